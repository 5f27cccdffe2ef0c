package proxy

import (
	"context"
	"net"
	"net/netip"
	"os"
)

// system is what the proxy asks of this machine; a test may answer instead.
type system struct {
	// owner tells which user owns the socket at the other end.
	owner func(protocol uint8, local, remote netip.AddrPort) (uid uint32, err error)
	user  uint32 // the user that is served
	// dial and lookup reach what lies outside of the tunnel.
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	lookup lookup
	links  func() (machine, error)
}

// withDefaults fills in the real machine where nothing is said.
func (s system) withDefaults() system {
	if s.owner == nil {
		s.owner, s.user = ownerOf, uint32(os.Getuid())
	}
	if s.dial == nil {
		s.dial = new(net.Dialer).DialContext
	}
	if s.lookup == nil {
		s.lookup = net.DefaultResolver.LookupNetIP
	}
	if s.links == nil {
		s.links = thisMachine
	}
	return s
}

// machine is what a routing decision wants to know of this machine.
type machine struct {
	links    []netip.Prefix // networks of its own links
	loopback []netip.Addr   // addresses of its loopback interfaces
}

// thisMachine asks the system.
func thisMachine() (machine, error) {
	var m machine
	interfaces, err := net.Interfaces()
	if err != nil {
		return m, err
	}
	for _, i := range interfaces {
		addresses, err := i.Addrs()
		if err != nil {
			continue // the link went away just now
		}
		for _, a := range addresses {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil {
				continue
			}
			if i.Flags&net.FlagLoopback != 0 {
				m.loopback = append(m.loopback, prefix.Addr().Unmap())
			} else {
				m.links = append(m.links, prefix.Masked())
			}
		}
	}
	return m, nil
}
