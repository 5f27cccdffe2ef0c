package netcfg

import (
	"cmp"
	"net/netip"
	"slices"

	"torii/tunnel"
)

// Machine is what a plan has to know of this machine.
type Machine struct {
	// Addresses are those of this machine's links with their networks, the
	// loopback's and the tunnel's left out.
	Addresses []netip.Prefix
	// WithoutIPv6 means that a link of ours could have no IPv6 address: the
	// kernel has no IPv6, or an administrator turned it off for new links.
	WithoutIPv6 bool
}

// Plan checks settings and works out what has to be in place for them. It does
// nothing but compute; equal settings give an equal plan, whatever order they
// came in. Settings that no sane network has end in CodeBadSettings.
func Plan(settings tunnel.Settings, machine Machine) (*Config, error) {
	s, err := clean(settings, machine)
	if err != nil {
		return nil, err
	}
	for _, own := range machine.Addresses {
		for _, inside := range s.Addresses {
			if own.Addr().Unmap() == inside.Addr() {
				return nil, bad("address %s is this machine's own outside the tunnel", inside.Addr())
			}
		}
	}
	config := &Config{
		MTU:       s.MTU,
		Addresses: slices.SortedFunc(slices.Values(s.Addresses), comparePrefixes),
		DNS:       planDNS(&s),
	}
	routes := make(table)
	planInside(routes, &s)
	if s.ExcludeLocalLAN {
		planLocalLAN(routes, machine)
	}
	for _, p := range s.Exclude {
		routes[p] = RouteThrow
	}
	planServers(routes, &s)
	planGateway(routes, &s, config)
	config.Routes = routes.sorted()
	return config, nil
}

// table holds a route a prefix; what is set later wins.
type table map[netip.Prefix]RouteKind

func (t table) sorted() []Route {
	routes := make([]Route, 0, len(t))
	for prefix, kind := range t {
		routes = append(routes, Route{Prefix: prefix, Kind: kind})
	}
	slices.SortFunc(routes, func(a, b Route) int { return comparePrefixes(a.Prefix, b.Prefix) })
	return routes
}

// planInside routes what goes through the tunnel. The networks that our own
// addresses lie in go inside in a split tunnel too.
func planInside(routes table, s *tunnel.Settings) {
	for _, p := range inside(s) {
		switch {
		case p.Addr().Is4() && s.Has4(), p.Addr().Is6() && s.Has6():
			routes[p] = RouteTunnel
		case !s.BypassMissingFamily:
			routes[p] = RouteUnreachable
		}
	}
	if _, ok := routes[everything6()]; ok {
		// A link's own talk (neighbours, routers) is no leak and must go on.
		routes[netip.MustParsePrefix("fe80::/10")] = RouteThrow
	}
	wideFirst := slices.SortedFunc(slices.Values(s.Addresses), func(a, b netip.Prefix) int {
		return cmp.Or(cmp.Compare(a.Bits(), b.Bits()), comparePrefixes(a, b))
	})
	for _, p := range wideFirst {
		if kind, _ := routes.lookup(p.Masked()); !p.IsSingleIP() && kind != RouteTunnel {
			routes[p.Masked()] = RouteTunnel
		}
	}
}

// inside returns the networks that the gateway wants inside. One that names
// everything of one family, instead of nothing, means a full tunnel too: the
// family without an address must not slip around it.
func inside(s *tunnel.Settings) []netip.Prefix {
	if s.FullTunnel() {
		return []netip.Prefix{everything4(), everything6()}
	}
	include := slices.Clone(s.Include)
	if slices.Contains(include, everything4()) && !s.Has6() {
		include = append(include, everything6())
	}
	if slices.Contains(include, everything6()) && !s.Has4() {
		include = append(include, everything4())
	}
	return include
}

// planServers routes the name servers inside, whatever network they lie in,
// unless the gateway excludes one by itself.
func planServers(routes table, s *tunnel.Settings) {
	for _, server := range s.DNS {
		if !answers(s, server) {
			continue
		}
		host := netip.PrefixFrom(server, server.BitLen())
		if kind, by := routes.lookup(host); kind != RouteTunnel && by != host {
			routes[host] = RouteTunnel
		}
	}
}

// answers reports whether a name server can be asked inside. One of a family
// without an address could be asked outside at best, and there nobody but
// eavesdroppers would hear of the inside's names.
func answers(s *tunnel.Settings, server netip.Addr) bool {
	return server.Is4() && s.Has4() || server.Is6() && s.Has6()
}

// lookup finds the route that p's packets take as long as p is whole: the
// narrowest that contains it.
func (t table) lookup(p netip.Prefix) (kind RouteKind, by netip.Prefix) {
	for outer, k := range t {
		if outer.Bits() <= p.Bits() && outer.Contains(p.Addr()) && (!by.IsValid() || outer.Bits() > by.Bits()) {
			kind, by = k, outer
		}
	}
	return kind, by
}

// planLocalLAN leaves the networks of this machine's links outside. Whoever
// runs a network decides how wide it claims to be, and could so draw any part
// of the world around the tunnel; public networks therefore count only up to
// the size that one link has (TunnelCrack, CVE-2023-36672).
func planLocalLAN(routes table, machine Machine) {
	for _, p := range machine.Addresses {
		p, err := unmapped(p)
		if err != nil || p.IsSingleIP() || forbidden(p.Masked()) {
			continue
		}
		widest := 24
		if p.Addr().Is6() {
			widest = 64
		}
		if p.Bits() >= widest || private(p.Masked()) {
			routes[p.Masked()] = RouteThrow
		}
	}
}

// private reports whether a network lies within one that the Internet does not
// route (RFC 1918, RFC 6598, RFC 4193).
func private(p netip.Prefix) bool {
	return within(p, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
}

// planGateway keeps the tunnel's own packets outside. A gateway on this
// machine or on a link of its own needs no help.
func planGateway(routes table, s *tunnel.Settings, config *Config) {
	gateway := s.Gateway.Addr().Unmap().WithZone("")
	if !gateway.IsValid() || gateway.IsLoopback() || gateway.IsLinkLocalUnicast() {
		return
	}
	config.Gateway = gateway
	routes[netip.PrefixFrom(gateway, gateway.BitLen())] = RouteUnreachable
}

// planDNS decides which names go inside. A split tunnel whose gateway names
// servers and no domain at all means them for every name, or for none: the
// first at least works.
func planDNS(s *tunnel.Settings) DNS {
	servers := slices.DeleteFunc(slices.Clone(s.DNS), func(a netip.Addr) bool { return !answers(s, a) })
	if len(servers) == 0 {
		return DNS{}
	}
	dns := DNS{Servers: servers, Search: s.SearchDomains, Domains: s.SplitDNS}
	if s.TunnelAllDNS || len(s.SplitDNS) == 0 && s.FullTunnel() {
		dns.Domains, dns.All = nil, true
		return dns
	}
	if len(dns.Domains) == 0 {
		dns.Domains = s.SearchDomains
	}
	dns.Domains = slices.Sorted(slices.Values(dns.Domains))
	dns.All = len(dns.Domains) == 0
	return dns
}

func everything4() netip.Prefix { return netip.PrefixFrom(netip.IPv4Unspecified(), 0) }
func everything6() netip.Prefix { return netip.PrefixFrom(netip.IPv6Unspecified(), 0) }
