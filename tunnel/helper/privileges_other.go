//go:build !linux

package helper

import (
	"errors"
	"fmt"
	"runtime"
)

// DropPrivileges fails: this system's privileges cannot be dropped yet.
func DropPrivileges() error {
	return fmt.Errorf("drop privileges on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
