package wire

import "os"

// Peer is the process on the other side of a unix socket, as the kernel knows
// it from the moment it connected. The process cannot forge it.
type Peer struct {
	UID uint32
	GID uint32
	// Groups are the supplementary groups; nil where the system does not tell.
	Groups []uint32
	PID    int32
	// PIDFD refers to the process itself, where PID may have been taken over
	// by another one; nil where the system has none.
	PIDFD *os.File
	// NetNS identifies the network namespace that the other side's socket was
	// made in (the kernel's cookie, unique until reboot); 0 where the system
	// does not tell.
	NetNS uint64
}

// Close closes PIDFD.
func (p *Peer) Close() error {
	if p.PIDFD == nil {
		return nil
	}
	return p.PIDFD.Close()
}

// InGroup reports whether the process is a member of the group.
func (p *Peer) InGroup(gid uint32) bool {
	if p.GID == gid {
		return true
	}
	for _, g := range p.Groups {
		if g == gid {
			return true
		}
	}
	return false
}
