package proxy

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"

	"torii/tunnel"
)

// lookup resolves a name to addresses; network is "ip".
type lookup func(ctx context.Context, network, name string) ([]netip.Addr, error)

// names resolves the names of destinations: in the tunnel or outside, as the
// gateway's split DNS says.
type names struct {
	settings tunnel.Settings
	inside   lookup
	outside  lookup
}

// where says who is asked about a name.
type where int

const (
	askInside where = iota
	askOutside
	// askInsideFirst is for a split tunnel whose gateway names no domains: the
	// servers inside know some names, and nobody says which.
	askInsideFirst
)

// resolve returns the addresses of a host, which may be an address itself.
func (n *names) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	host = strings.TrimSuffix(host, ".")
	if address, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return []netip.Addr{address.Unmap().WithZone("")}, nil
	}
	if isLocalhost(host) {
		return nil, errOwnMachine
	}
	if !strings.Contains(host, ".") && len(n.settings.DNS) > 0 {
		for _, domain := range n.settings.SearchDomains {
			if addresses, err := n.inside(ctx, "ip", host+"."+strings.Trim(domain, ".")); err == nil {
				return addresses, nil
			}
		}
	}
	switch n.whom(host) {
	case askInside:
		return n.inside(ctx, "ip", host)
	case askInsideFirst:
		addresses, err := n.inside(ctx, "ip", host)
		if dnsError, ok := errors.AsType[*net.DNSError](err); ok && dnsError.IsNotFound {
			return n.outside(ctx, "ip", host)
		}
		return addresses, err
	default:
		return n.outside(ctx, "ip", host)
	}
}

// whom applies the rules of tunnel.Settings to a name.
func (n *names) whom(host string) where {
	s := &n.settings
	switch {
	case len(s.DNS) == 0:
		return askOutside
	case s.TunnelAllDNS:
		return askInside
	}
	domains := s.SplitDNS
	if len(domains) == 0 {
		if s.FullTunnel() {
			return askInside
		}
		domains = s.SearchDomains
	}
	if len(domains) == 0 {
		return askInsideFirst
	}
	for _, domain := range domains {
		if isBelow(host, domain) {
			return askInside
		}
	}
	return askOutside
}

// isBelow tells whether a name is a domain or below it.
func isBelow(name, domain string) bool {
	name, domain = strings.ToLower(name), strings.ToLower(strings.Trim(domain, "."))
	return name == domain || domain != "" && strings.HasSuffix(name, "."+domain)
}

// isLocalhost tells whether a name means this machine (RFC 6761 section 6.3).
func isLocalhost(host string) bool { return isBelow(host, "localhost") }
