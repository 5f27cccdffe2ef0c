package tunnel

import (
	"net/netip"
	"time"
)

// Settings are the network settings that a gateway gave this client. They are
// data from outside: package netcfg checks them before anything is applied.
type Settings struct {
	// Addresses are this machine's addresses inside, with their prefix length.
	Addresses []netip.Prefix
	MTU       int // bytes of an inner packet
	DNS       []netip.Addr
	// SearchDomains are appended to short names (X-CSTP-Default-Domain).
	SearchDomains []string
	// SplitDNS are the domains whose names are asked inside; empty means all
	// names when the tunnel takes everything, else SearchDomains.
	SplitDNS []string
	// TunnelAllDNS sends every name to DNS, even in a split tunnel.
	TunnelAllDNS bool
	// Include are the networks that go through the tunnel; empty means all of
	// the families that have an address.
	Include []netip.Prefix
	// Exclude are the networks that stay outside.
	Exclude []netip.Prefix
	// ExcludeLocalLAN keeps the networks of this machine's own links outside
	// (the gateway excluded 0.0.0.0/255.255.255.255).
	ExcludeLocalLAN bool
	// BypassMissingFamily lets the address family that got no address go
	// outside; false drops it, so that nothing leaks around a full tunnel
	// (X-CSTP-Client-Bypass-Protocol).
	BypassMissingFamily bool
	// Gateway is the address of the gateway outside: its host route stays outside.
	Gateway netip.AddrPort

	Banner string // text to accept; empty for none
	// SessionTimeout and IdleTimeout are the gateway's limits; 0 for none.
	SessionTimeout time.Duration
	IdleTimeout    time.Duration
}

// FullTunnel reports whether the tunnel takes everything that is not excluded.
func (s *Settings) FullTunnel() bool { return len(s.Include) == 0 }

// Has4 reports whether there is an IPv4 address inside.
func (s *Settings) Has4() bool { return s.has(netip.Addr.Is4) }

// Has6 reports whether there is an IPv6 address inside.
func (s *Settings) Has6() bool { return s.has(netip.Addr.Is6) }

func (s *Settings) has(family func(netip.Addr) bool) bool {
	for _, p := range s.Addresses {
		if family(p.Addr()) {
			return true
		}
	}
	return false
}
