package netcfg

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
)

// System is this machine's network. Its methods need root (CAP_NET_ADMIN) and
// are called from one goroutine at a time.
type System struct {
	options Options
	// file is what the /etc/resolv.conf back end wrote last; nil before.
	file *FileChange
	// names are the changes of names since the last undoing, and given all
	// servers of the tunnel since then.
	names []Change
	given []netip.Addr
}

// Options say where things are on this machine.
type Options struct {
	// ResolvConf is the resolver's file; "" means /etc/resolv.conf.
	ResolvConf string
	// Bus is the address of the system bus; "" means the system's own, "none"
	// asks nobody on a bus.
	Bus string
	// Resolvconf is the path of resolvconf(8); "" looks for it where systems
	// have it.
	Resolvconf string
}

// NewSystem returns the machine that the calling process runs on.
func NewSystem(options Options) *System {
	if options.ResolvConf == "" {
		options.ResolvConf = "/etc/resolv.conf"
	}
	return &System{options: options}
}

// ErrLinkGone means that somebody deleted the tunnel's link.
var ErrLinkGone = errors.New("the link is gone")

// Record writes down a change before it is made, so that Undo can take it
// back after a crash. When it fails the change is not made.
type Record func(Change) error

// ChangeKind says which part of a Change is set.
type ChangeKind string

// The kinds of changes.
const (
	ChangeLink       ChangeKind = "link"
	ChangeRouting    ChangeKind = "routing"
	ChangeFile       ChangeKind = "file"
	ChangeResolved   ChangeKind = "resolved"
	ChangeManager    ChangeKind = "network-manager"
	ChangeResolvconf ChangeKind = "resolvconf"
)

// Change is one change of this machine, as the journal keeps it.
type Change struct {
	Kind ChangeKind `json:"kind"`
	// Link is the tunnel's link that is made (ChangeLink), that systemd-resolved
	// was told about (ChangeResolved), or that names the entry (ChangeResolvconf).
	Link string `json:"link,omitempty"`
	// Index is the link's number (ChangeResolved).
	Index int `json:"index,omitempty"`
	// File is set for ChangeFile.
	File *FileChange `json:"file,omitempty"`
	// Manager is set for ChangeManager.
	Manager *ManagerChange `json:"manager,omitempty"`
}

// FileChange is a file before and after.
type FileChange struct {
	Path string `json:"path"` // with its symbolic links followed
	// Existed tells whether there was a file before.
	Existed bool   `json:"existed"`
	Before  []byte `json:"before,omitempty"`
	After   []byte `json:"after"`
}

// ManagerChange is NetworkManager's global name configuration before and after.
type ManagerChange struct {
	Before ManagerDNS `json:"before"`
	After  ManagerDNS `json:"after"`
}

// OutlivesBoot reports whether a change is still there after the machine has
// been started anew. Links, rules and routes are not.
func (c Change) OutlivesBoot() bool {
	return c.Kind == ChangeFile || c.Kind == ChangeManager
}

// Undo takes one change back. It is not an error when nothing is left of the
// change, or when somebody else has changed the same thing since: then theirs
// stays.
func (s *System) Undo(ctx context.Context, change Change) error {
	switch change.Kind {
	case ChangeLink:
		return s.removeLink(change.Link)
	case ChangeRouting:
		return s.removeRouting()
	default:
		s.names, s.given = nil, nil
		return s.undoDNS(ctx, change)
	}
}

// Sweep takes away what bears our marks although no record names it: rules
// and routes, and links of our names. It is for repairs, while no tunnel is up.
func (s *System) Sweep() error {
	err := s.removeRouting()
	for n := range linkNames {
		err = errors.Join(err, s.removeLink(linkName(n)))
	}
	return err
}

// linkNames is how many links of ours may exist at once on a machine.
const linkNames = 16

func linkName(n int) string { return fmt.Sprintf("torii%d", n) }

// String says what a change is, for people.
func (c Change) String() string {
	switch c.Kind {
	case ChangeLink:
		return "network link " + c.Link
	case ChangeRouting:
		return "rules and routes of the tunnel"
	case ChangeFile:
		if c.File != nil {
			return "name servers in " + c.File.Path
		}
	}
	return "name servers in " + string(c.Kind)
}
