//go:build !linux

package netcfg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
)

// Link is the tunnel's network link. Whoever holds File is its other end.
type Link struct {
	Name  string
	Index int
	File  *os.File
}

// LinkState is what the holder of a link's other end cannot see by itself.
type LinkState struct {
	Up  bool
	MTU int // bytes
}

func unsupported() error {
	return fmt.Errorf("configure the network on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// Machine fails: this system's network cannot be configured yet.
func (s *System) Machine(string) (Machine, error) { return Machine{}, unsupported() }

// CreateLink fails: this system's network cannot be configured yet.
func (s *System) CreateLink(Record) (*Link, error) { return nil, unsupported() }

// Apply fails: this system's network cannot be configured yet.
func (s *System) Apply(context.Context, *Link, *Config, Record) error { return unsupported() }

// Maintain fails: this system's network cannot be configured yet.
func (s *System) Maintain(*Link, *Config, Record) error { return unsupported() }

// State fails: this system's network cannot be configured yet.
func (s *System) State(*Link) (LinkState, error) { return LinkState{}, unsupported() }

// Watch fails: this system's network cannot be configured yet.
func (s *System) Watch(context.Context, func()) (stop func(), err error) { return nil, unsupported() }

func (s *System) removeLink(string) error { return unsupported() }

func (s *System) removeRouting() error { return unsupported() }
