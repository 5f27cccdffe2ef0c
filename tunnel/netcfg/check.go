package netcfg

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"torii/tunnel"
)

// The bounds of what a gateway may send. Cisco's gateways stop at 1200
// networks a list; the others are far above what anybody uses.
const (
	maxAddresses = 8
	maxNetworks  = 2048
	maxServers   = 16
	maxDomains   = 512
	minMTU       = 576   // RFC 791: what every host must take
	minMTU6      = 1280  // RFC 8200 section 5
	maxMTU       = 65535 // an IP packet's length field
)

// defaultMTU is used where the gateway names none: what fits through nearly
// every path with the tunnel's own headers around it.
const defaultMTU = 1280

func bad(format string, args ...any) error {
	return tunnel.Errorf(tunnel.CodeBadSettings, "check network settings", format, args...)
}

// clean checks settings and returns a copy whose addresses and names are
// written in one way: IPv4 as IPv4, networks without host bits, names in lower
// case without the last dot.
func clean(s tunnel.Settings, machine Machine) (tunnel.Settings, error) {
	switch {
	case len(s.Addresses) == 0:
		return s, bad("the gateway gave no address")
	case len(s.Addresses) > maxAddresses:
		return s, bad("%d addresses", len(s.Addresses))
	case len(s.Include) > maxNetworks || len(s.Exclude) > maxNetworks:
		return s, bad("%d networks inside and %d outside", len(s.Include), len(s.Exclude))
	case len(s.DNS) > maxServers:
		return s, bad("%d name servers", len(s.DNS))
	case len(s.SearchDomains)+len(s.SplitDNS) > maxDomains:
		return s, bad("%d domains", len(s.SearchDomains)+len(s.SplitDNS))
	}
	var err error
	if s.Addresses, err = cleanAddresses(s.Addresses); err != nil {
		return s, err
	}
	if machine.WithoutIPv6 && s.Has6() {
		if s, err = without6(s); err != nil {
			return s, err
		}
	}
	if s.MTU, err = cleanMTU(s.MTU, s.Has6()); err != nil {
		return s, err
	}
	if s.Include, err = cleanNetworks(s.Include, forbidden); err != nil {
		return s, err
	}
	if s.Exclude, err = cleanNetworks(s.Exclude, forbiddenOutside); err != nil {
		return s, err
	}
	if s.DNS, err = cleanServers(s.DNS); err != nil {
		return s, err
	}
	if s.SearchDomains, err = cleanDomains(s.SearchDomains); err != nil {
		return s, err
	}
	if s.SplitDNS, err = cleanDomains(s.SplitDNS); err != nil {
		return s, err
	}
	return s, checkOutside(&s)
}

// without6 takes the IPv6 addresses out for a machine on which no link could
// have them. The gateway wanted IPv6 inside, so none of it may go outside.
func without6(s tunnel.Settings) (tunnel.Settings, error) {
	s.Addresses = slices.DeleteFunc(s.Addresses, func(p netip.Prefix) bool { return p.Addr().Is6() })
	if len(s.Addresses) == 0 {
		return s, tunnel.Errorf(tunnel.CodeNetworkSetup, "check network settings",
			"the gateway gave IPv6 addresses only, and IPv6 is turned off on this machine")
	}
	s.BypassMissingFamily = false
	return s, nil
}

// checkOutside checks what stays outside: not everything, and no gateway that
// is one of our addresses inside.
func checkOutside(s *tunnel.Settings) error {
	for _, p := range s.Exclude {
		if p.Bits() == 0 {
			return bad("the gateway excludes everything (%s)", p)
		}
	}
	gateway := s.Gateway.Addr().Unmap().WithZone("")
	if !gateway.IsValid() {
		return nil
	}
	if gateway.IsUnspecified() || gateway.IsMulticast() {
		return bad("the gateway's address is %s", gateway)
	}
	for _, p := range s.Addresses {
		if p.Addr() == gateway {
			return bad("the gateway gave its own address %s", gateway)
		}
	}
	return nil
}

func cleanMTU(mtu int, has6 bool) (int, error) {
	if mtu == 0 {
		mtu = defaultMTU
	}
	if mtu < minMTU || mtu > maxMTU {
		return 0, bad("packets of %d bytes", mtu)
	}
	if has6 {
		// Linux takes IPv6 off a link that carries less. Longer packets than
		// the path's are the transport's to carry.
		mtu = max(mtu, minMTU6)
	}
	return mtu, nil
}

func cleanAddresses(addresses []netip.Prefix) ([]netip.Prefix, error) {
	cleaned := make([]netip.Prefix, 0, len(addresses))
	seen := make(map[netip.Addr]bool)
	for _, p := range addresses {
		p, err := unmapped(p)
		if err != nil {
			return nil, err
		}
		if err := checkHost(p.Addr()); err != nil {
			return nil, err
		}
		if p.Bits() == 0 {
			return nil, bad("address %s is alone in the world", p)
		}
		if seen[p.Addr()] {
			return nil, bad("address %s comes twice", p.Addr())
		}
		seen[p.Addr()] = true
		cleaned = append(cleaned, p)
	}
	return cleaned, nil
}

func cleanServers(servers []netip.Addr) ([]netip.Addr, error) {
	var cleaned []netip.Addr
	seen := make(map[netip.Addr]bool)
	for _, a := range servers {
		a = a.Unmap().WithZone("")
		if !a.IsValid() {
			return nil, bad("a name server without an address")
		}
		if err := checkHost(a); err != nil {
			return nil, err
		}
		if !seen[a] {
			seen[a] = true
			cleaned = append(cleaned, a)
		}
	}
	return cleaned, nil
}

// checkHost refuses addresses that no host on another network has.
func checkHost(a netip.Addr) error {
	switch {
	case a.IsUnspecified(), a.IsLoopback(), a.IsLinkLocalUnicast(), a.IsMulticast(),
		a == netip.AddrFrom4([4]byte{255, 255, 255, 255}), forbidden(netip.PrefixFrom(a, a.BitLen())):
		return bad("address %s cannot be used", a)
	}
	return nil
}

func cleanNetworks(networks []netip.Prefix, forbidden func(netip.Prefix) bool) ([]netip.Prefix, error) {
	var cleaned []netip.Prefix
	for _, p := range networks {
		p, err := unmapped(p)
		if err != nil {
			return nil, err
		}
		p = p.Masked()
		if forbidden(p) {
			return nil, bad("network %s cannot be routed", p)
		}
		cleaned = append(cleaned, p)
	}
	return cleaned, nil
}

// forbidden reports whether a network lies within one that never leaves this
// machine or this link, or that is no network of hosts.
func forbidden(p netip.Prefix) bool {
	return forbiddenOutside(p) || within(p, "169.254.0.0/16", "224.0.0.0/4", "fe80::/10", "ff00::/8") // RFC 3927, 1112, 4291
}

// forbiddenOutside reports whether a network cannot even be kept outside.
// Administrators do list what never leaves a link (RFC 3927 addresses,
// multicast) among what is not to be tunnelled, and that is no harm.
func forbiddenOutside(p netip.Prefix) bool {
	return within(p, "0.0.0.0/8", "127.0.0.0/8", "240.0.0.0/4", "::/127", "::ffff:0:0/96") // RFC 6890, RFC 4291
}

// within reports whether a network lies within one of others. A bare default
// route has the first address of 0.0.0.0/8 and is wider: it does not.
func within(p netip.Prefix, others ...string) bool {
	return slices.ContainsFunc(others, func(text string) bool {
		outer := netip.MustParsePrefix(text)
		return outer.Bits() <= p.Bits() && outer.Contains(p.Addr())
	})
}

// unmapped writes an IPv4 network that is dressed as IPv6 as IPv4.
func unmapped(p netip.Prefix) (netip.Prefix, error) {
	if !p.IsValid() {
		return p, bad("an address without value")
	}
	if !p.Addr().Is4In6() {
		return p, nil
	}
	if p.Bits() < 96 {
		return p, bad("network %s cannot be routed", p)
	}
	return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96), nil
}

func cleanDomains(domains []string) ([]string, error) {
	var cleaned []string
	seen := make(map[string]bool)
	for _, d := range domains {
		d = strings.ToLower(strings.TrimSuffix(d, "."))
		if err := checkDomain(d); err != nil {
			return nil, err
		}
		if !seen[d] {
			seen[d] = true
			cleaned = append(cleaned, d)
		}
	}
	return cleaned, nil
}

// checkDomain holds a name to letters, digits, hyphens and underscores in
// labels of 63 and 253 in all (RFC 1035 section 2.3.4), so that nothing else
// can reach a file that others read line by line.
func checkDomain(d string) error {
	if d == "" || len(d) > 253 {
		return bad("a domain of %d characters", len(d))
	}
	for label := range strings.SplitSeq(d, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, notInName) ||
			label[0] == '-' || label[len(label)-1] == '-' {
			return bad("domain %s", fmt.Sprintf("%.80q", d))
		}
	}
	return nil
}

func notInName(c rune) bool {
	return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_'
}
