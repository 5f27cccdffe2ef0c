package proxy

import (
	"net/netip"
	"slices"

	"torii/tunnel"
)

// verdict says where a destination is reached.
type verdict int

const (
	refused verdict = iota
	throughTunnel
	directly
)

// route decides where an address is reached under settings. A more specific
// network wins over a less specific one; of equals, the exclusion wins.
func route(settings *tunnel.Settings, m machine, to netip.Addr) verdict {
	to = to.Unmap().WithZone("")
	switch {
	case isOwn(m, to):
		return refused
	case to == settings.Gateway.Addr().Unmap():
		return directly
	case slices.Contains(settings.DNS, to) && hasFamily(settings, to):
		return throughTunnel
	case settings.ExcludeLocalLAN && longest(m.links, to) >= 0:
		return directly
	}
	included := longest(settings.Include, to)
	if settings.FullTunnel() {
		included = 0
	}
	if included < 0 || longest(settings.Exclude, to) >= included && longest(settings.Exclude, to) >= 0 {
		return directly
	}
	switch {
	case hasFamily(settings, to):
		return throughTunnel
	case settings.BypassMissingFamily:
		return directly
	default:
		return refused // it must not leak around the tunnel
	}
}

// nat64 holds IPv4 addresses in its last 32 bits (RFC 6052 section 2.1).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// isOwn tells whether an address leads to this machine itself, or nowhere that
// a person means. Linux takes the unspecified address for the loopback.
func isOwn(m machine, to netip.Addr) bool {
	if nat64.Contains(to) {
		b := to.As16()
		to = netip.AddrFrom4([4]byte(b[12:]))
	}
	return !to.IsValid() || to.IsLoopback() || to.IsUnspecified() || to.IsMulticast() ||
		to.Is4() && (to.As4()[0] == 0 || to == netip.AddrFrom4([4]byte{255, 255, 255, 255})) ||
		slices.Contains(m.loopback, to)
}

// longest is the length of the longest prefix that contains an address; -1
// when none does.
func longest(prefixes []netip.Prefix, to netip.Addr) int {
	bits := -1
	for _, p := range prefixes {
		if p.Contains(to) {
			bits = max(bits, p.Bits())
		}
	}
	return bits
}

// hasFamily tells whether the tunnel has an address of the family of to.
func hasFamily(settings *tunnel.Settings, to netip.Addr) bool {
	if to.Is4() {
		return settings.Has4()
	}
	return settings.Has6()
}
