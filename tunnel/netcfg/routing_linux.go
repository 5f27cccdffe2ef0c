package netcfg

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// families are those that rules and routes are kept for, each on its own.
func families() []int { return []int{netlink.FAMILY_V4, netlink.FAMILY_V6} }

// kernelType gives each kind of route its type (rtm_type).
func kernelType(kind RouteKind) int {
	switch kind {
	case RouteThrow:
		return unix.RTN_THROW
	case RouteUnreachable:
		return unix.RTN_UNREACHABLE
	default:
		return unix.RTN_UNICAST
	}
}

// routeKey is what makes two routes of our table the same.
type routeKey struct {
	prefix netip.Prefix
	kind   int
	link   int // 0 for routes that lead to no link
}

func (r Route) key(link *Link) routeKey {
	key := routeKey{prefix: r.Prefix, kind: kernelType(r.Kind)}
	if r.Kind == RouteTunnel {
		key.link = link.Index
	}
	return key
}

// applyRoutes makes the tunnel's table hold exactly what config says.
func applyRoutes(link *Link, config *Config) error {
	have, err := listRoutes()
	if err != nil {
		return err
	}
	wanted := make(map[routeKey]bool)
	for _, r := range config.Routes {
		wanted[r.key(link)] = true
	}
	// What is wrong goes first: two routes of a prefix may stand in each
	// other's way. What is right is not touched.
	for key, route := range have {
		if wanted[key] {
			continue
		}
		if err := netlink.RouteDel(&route); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("delete route %s: %w", key.prefix, err)
		}
	}
	for _, r := range config.Routes {
		if _, there := have[r.key(link)]; there {
			continue
		}
		// The scope is universe and not link, which a route without a router
		// usually has: when the main table gets a route, the kernel looks for
		// the link that its router is on among routes of scope link, by all
		// rules, and must not find the tunnel.
		route := &netlink.Route{
			Table: Table, Protocol: Protocol, Type: kernelType(r.Kind), LinkIndex: r.key(link).link,
			Dst: toIPNet(r.Prefix), Family: familyOf(r.Prefix.Addr()), Scope: netlink.SCOPE_UNIVERSE,
		}
		if err := netlink.RouteReplace(route); err != nil {
			if route.Family == netlink.FAMILY_V6 && noIPv6(err) && r.Kind != RouteTunnel {
				continue // IPv6 is off: nothing leaks
			}
			return fmt.Errorf("add route %s %s: %w", r.Kind, r.Prefix, err)
		}
	}
	return nil
}

// listRoutes returns what is in the tunnel's table.
func listRoutes() (map[routeKey]netlink.Route, error) {
	found := make(map[routeKey]netlink.Route)
	for _, family := range families() {
		routes, err := whole(func() ([]netlink.Route, error) {
			return netlink.RouteListFiltered(family, &netlink.Route{Table: Table}, netlink.RT_FILTER_TABLE)
		})
		if err != nil {
			if family == netlink.FAMILY_V6 && noIPv6(err) {
				continue
			}
			return nil, fmt.Errorf("list routes: %w", err)
		}
		for _, r := range routes {
			prefix := defaultOf(family)
			if r.Dst != nil {
				prefix, _ = fromIPNet(r.Dst)
			}
			key := routeKey{prefix: prefix, kind: r.Type}
			if r.Type == unix.RTN_UNICAST {
				key.link = r.LinkIndex
			}
			r.Dst, r.Family = toIPNet(prefix), family
			found[key] = r
		}
	}
	return found, nil
}

// ruleKey is what makes two of our rules the same. An invalid To means all.
type ruleKey struct {
	family, priority, table int
	to                      netip.Prefix
}

// wantedRules says which rules config needs.
func wantedRules(config *Config) []ruleKey {
	var rules []ruleKey
	if config.Gateway.IsValid() {
		rules = append(rules, ruleKey{
			familyOf(config.Gateway), GatewayPriority, unix.RT_TABLE_MAIN,
			netip.PrefixFrom(config.Gateway, config.Gateway.BitLen()),
		})
	}
	for _, family := range families() {
		if config.Has(family == netlink.FAMILY_V4) {
			rules = append(rules, ruleKey{family: family, priority: TunnelPriority, table: Table})
		}
	}
	return rules
}

// applyRules makes our rules exactly the wanted ones. New ones come before old
// ones go, the gateway's first, so that nothing slips through between.
func applyRules(wanted []ruleKey) error {
	have, err := listRules()
	if err != nil {
		return err
	}
	for _, key := range wanted {
		if _, there := have[key]; there {
			continue
		}
		rule := netlink.NewRule()
		rule.Family, rule.Priority, rule.Table, rule.Protocol = key.family, key.priority, key.table, Protocol
		if key.to.IsValid() {
			rule.Dst = toIPNet(key.to)
		}
		err := netlink.RuleAdd(rule)
		if err != nil && !errors.Is(err, unix.EEXIST) && !(key.family == netlink.FAMILY_V6 && noIPv6(err)) {
			return fmt.Errorf("add rule %d: %w", key.priority, err)
		}
	}
	for key, rule := range have {
		if slices.Contains(wanted, key) {
			continue
		}
		if err := netlink.RuleDel(&rule); err != nil && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("delete rule %d: %w", key.priority, err)
		}
	}
	return nil
}

// listRules returns the rules that are ours: of one of our priorities, and
// made by our protocol or leading to our table.
func listRules() (map[ruleKey]netlink.Rule, error) {
	found := make(map[ruleKey]netlink.Rule)
	for _, family := range families() {
		rules, err := whole(func() ([]netlink.Rule, error) { return netlink.RuleList(family) })
		if err != nil {
			if family == netlink.FAMILY_V6 && noIPv6(err) {
				continue
			}
			return nil, fmt.Errorf("list rules: %w", err)
		}
		for _, r := range rules {
			if r.Priority != GatewayPriority && r.Priority != TunnelPriority || r.Protocol != Protocol && r.Table != Table {
				continue
			}
			key := ruleKey{family: family, priority: r.Priority, table: r.Table}
			if p, ok := fromIPNet(r.Dst); ok {
				key.to = p
			}
			r.Family = family
			found[key] = r
		}
	}
	return found, nil
}

// removeRouting takes our rules and then our routes away.
func (s *System) removeRouting() error {
	err := applyRules(nil)
	routes, listErr := listRoutes()
	err = errors.Join(err, listErr)
	for key, route := range routes {
		if delErr := netlink.RouteDel(&route); delErr != nil && !errors.Is(delErr, unix.ESRCH) {
			err = errors.Join(err, fmt.Errorf("delete route %s: %w", key.prefix, delErr))
		}
	}
	return err
}

func familyOf(a netip.Addr) int {
	if a.Is4() {
		return netlink.FAMILY_V4
	}
	return netlink.FAMILY_V6
}

func defaultOf(family int) netip.Prefix {
	if family == netlink.FAMILY_V4 {
		return everything4()
	}
	return everything6()
}

// noIPv6 reports whether a request failed because the kernel has no IPv6.
func noIPv6(err error) bool {
	return errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EPFNOSUPPORT)
}
