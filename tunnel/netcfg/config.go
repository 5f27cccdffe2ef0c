package netcfg

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// What marks routing entries as the tunnel's own. The helper takes every rule
// with one of these priorities that leads to Table or was made by Protocol,
// and every route in Table, for its own.
const (
	// Table holds the tunnel's routes.
	Table = 21615
	// GatewayPriority is the rule that keeps the gateway outside.
	GatewayPriority = 31010
	// TunnelPriority is the rule that leads to Table.
	TunnelPriority = 31020
	// Protocol is written on our rules and routes (rtm_protocol).
	Protocol = 116
)

// RouteKind says what happens to packets that match a route.
type RouteKind string

// The kinds of routes in the tunnel's table.
const (
	RouteTunnel      RouteKind = "tunnel"      // into the tunnel
	RouteThrow       RouteKind = "throw"       // outside, as if the tunnel were not there
	RouteUnreachable RouteKind = "unreachable" // nowhere
)

// Route is one route of the tunnel's table.
type Route struct {
	Prefix netip.Prefix
	Kind   RouteKind
}

// DNS says which servers answer which names.
type DNS struct {
	// Servers are asked in this order; none leaves the machine's names alone.
	Servers []netip.Addr
	// Search are appended to short names, in this order.
	Search []string
	// Domains are the names that go to Servers where All is false.
	Domains []string
	// All sends every name to Servers.
	All bool
}

// Config is everything that is in place while a tunnel is up.
type Config struct {
	MTU       int // bytes
	Addresses []netip.Prefix
	// Gateway is the host that stays outside; the zero value for none.
	Gateway netip.Addr
	// Routes are sorted and have one entry a prefix.
	Routes []Route
	DNS    DNS
}

// Has reports whether a family's packets are looked up in the tunnel's table.
func (c *Config) Has(family4 bool) bool {
	return slices.ContainsFunc(c.Routes, func(r Route) bool { return r.Prefix.Addr().Is4() == family4 })
}

// Secure returns the networks that go through the tunnel.
func (c *Config) Secure() []netip.Prefix { return c.prefixes(RouteTunnel) }

// NonSecure returns the networks that stay outside, without those that never
// leave a link.
func (c *Config) NonSecure() []netip.Prefix {
	return slices.DeleteFunc(c.prefixes(RouteThrow), forbidden)
}

func (c *Config) prefixes(kind RouteKind) []netip.Prefix {
	var found []netip.Prefix
	for _, r := range c.Routes {
		if r.Kind == kind {
			found = append(found, r.Prefix)
		}
	}
	return found
}

// String writes the whole Config, one fact a line and in a fixed order, for
// logs and goldens.
func (c *Config) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "mtu %d\n", c.MTU)
	for _, a := range c.Addresses {
		fmt.Fprintf(&b, "address %s\n", a)
	}
	if c.Gateway.IsValid() {
		fmt.Fprintf(&b, "outside %s\n", c.Gateway)
	}
	for _, r := range c.Routes {
		fmt.Fprintf(&b, "%s %s\n", r.Kind, r.Prefix)
	}
	if len(c.DNS.Servers) == 0 {
		return b.String()
	}
	for _, s := range c.DNS.Servers {
		fmt.Fprintf(&b, "dns %s\n", s)
	}
	for _, d := range c.DNS.Search {
		fmt.Fprintf(&b, "search %s\n", d)
	}
	for _, d := range c.DNS.Domains {
		fmt.Fprintf(&b, "names %s\n", d)
	}
	if c.DNS.All {
		b.WriteString("names all\n")
	}
	return b.String()
}

// comparePrefixes orders IPv4 before IPv6, then by address, then the wider first.
func comparePrefixes(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}
