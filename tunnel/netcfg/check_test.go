package netcfg

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"torii/tunnel"
)

func TestHostileSettingsAreRefused(t *testing.T) {
	many := func(n int, format string) []netip.Prefix {
		var list []netip.Prefix
		for i := range n {
			list = append(list, netip.MustParsePrefix(fmt.Sprintf(format, i>>8, i&0xff)))
		}
		return list
	}
	var manyNames []string
	for i := range maxDomains + 1 {
		manyNames = append(manyNames, fmt.Sprintf("n%d.example", i))
	}
	cases := []struct {
		name   string
		change func(*tunnel.Settings)
	}{
		{"no address", func(s *tunnel.Settings) { s.Addresses = nil }},
		{"an address without value", func(s *tunnel.Settings) { s.Addresses = []netip.Prefix{{}} }},
		{"too many addresses", func(s *tunnel.Settings) { s.Addresses = many(maxAddresses+1, "10.1.%d.%d/32") }},
		{"the same address twice", func(s *tunnel.Settings) { s.Addresses = prefixes("10.1.2.3/24", "10.1.2.3/32") }},
		{"an address that is alone in the world", func(s *tunnel.Settings) { s.Addresses = prefixes("10.1.2.3/0") }},
		{"a loopback address", func(s *tunnel.Settings) { s.Addresses = prefixes("127.0.0.1/8") }},
		{"the IPv6 loopback", func(s *tunnel.Settings) { s.Addresses = prefixes("::1/128") }},
		{"a loopback dressed as IPv6", func(s *tunnel.Settings) { s.Addresses = prefixes("::ffff:127.0.0.1/128") }},
		{"a link-local address", func(s *tunnel.Settings) { s.Addresses = prefixes("169.254.3.4/16") }},
		{"an IPv6 link-local address", func(s *tunnel.Settings) { s.Addresses = prefixes("fe80::3/64") }},
		{"the unspecified address", func(s *tunnel.Settings) { s.Addresses = prefixes("0.0.0.0/24") }},
		{"a multicast address", func(s *tunnel.Settings) { s.Addresses = prefixes("224.0.0.5/24") }},
		{"an IPv6 multicast address", func(s *tunnel.Settings) { s.Addresses = prefixes("ff02::5/64") }},
		{"the broadcast address", func(s *tunnel.Settings) { s.Addresses = prefixes("255.255.255.255/32") }},
		{"an impossible mapped network", func(s *tunnel.Settings) { s.Include = prefixes("::ffff:0:0/64", "::ffff:10.0.0.0/90") }},
		{"a negative packet size", func(s *tunnel.Settings) { s.MTU = -1 }},
		{"tiny packets", func(s *tunnel.Settings) { s.MTU = 575 }},
		{"giant packets", func(s *tunnel.Settings) { s.MTU = 65536 }},
		{"too many networks", func(s *tunnel.Settings) { s.Include = many(maxNetworks+1, "10.1.%d.%d/32") }},
		{"too many networks outside", func(s *tunnel.Settings) { s.Exclude = many(maxNetworks+1, "10.1.%d.%d/32") }},
		{"a network without value", func(s *tunnel.Settings) { s.Include = []netip.Prefix{{}} }},
		{"the loopback inside", func(s *tunnel.Settings) { s.Include = prefixes("127.0.0.0/8") }},
		{"a part of the loopback inside", func(s *tunnel.Settings) { s.Include = prefixes("127.0.0.53/32") }},
		{"the IPv6 loopback inside", func(s *tunnel.Settings) { s.Include = prefixes("::1/128") }},
		{"link-local inside", func(s *tunnel.Settings) { s.Include = prefixes("169.254.169.254/32") }},
		{"IPv6 link-local inside", func(s *tunnel.Settings) { s.Include = prefixes("fe80::/10") }},
		{"this network inside", func(s *tunnel.Settings) { s.Include = prefixes("0.0.0.0/8") }},
		{"multicast inside", func(s *tunnel.Settings) { s.Include = prefixes("224.0.0.0/4") }},
		{"the loopback outside", func(s *tunnel.Settings) { s.Exclude = prefixes("127.0.0.0/8") }},
		{"everything outside", func(s *tunnel.Settings) { s.Exclude = prefixes("0.0.0.0/0") }},
		{"all of IPv6 outside", func(s *tunnel.Settings) { s.Exclude = prefixes("::/0") }},
		{"too many servers", func(s *tunnel.Settings) {
			for i := range maxServers + 1 {
				s.DNS = append(s.DNS, netip.AddrFrom4([4]byte{10, 1, 2, byte(i + 10)}))
			}
		}},
		{"a server without value", func(s *tunnel.Settings) { s.DNS = []netip.Addr{{}} }},
		{"a server on this machine", func(s *tunnel.Settings) { s.DNS = addresses("127.0.0.53") }},
		{"a server on a link", func(s *tunnel.Settings) { s.DNS = addresses("fe80::53%lo") }},
		{"a multicast server", func(s *tunnel.Settings) { s.DNS = addresses("224.0.0.251") }},
		{"too many domains", func(s *tunnel.Settings) { s.SplitDNS = manyNames }},
		{"a gateway everywhere", func(s *tunnel.Settings) { s.Gateway = netip.MustParseAddrPort("0.0.0.0:443") }},
		{"a multicast gateway", func(s *tunnel.Settings) { s.Gateway = netip.MustParseAddrPort("[ff02::1]:443") }},
		{"the gateway's own address", func(s *tunnel.Settings) { s.Gateway = netip.MustParseAddrPort("10.1.2.3:443") }},
		{"the machine's own address", func(s *tunnel.Settings) { s.Addresses = prefixes("192.168.1.20/32") }},
	}
	for _, domain := range []string{
		"", ".", "a..b", ".example", "-a.example", "a-.example", "two words.example", "corp.example\nnameserver 192.0.2.66",
		"corp\x00.example", "büro.example", "*.example", "a/b.example", "corp.example;", strings.Repeat("a", 64) + ".example",
		strings.Repeat("abcdefg.", 32) + "example",
	} {
		cases = append(cases, struct {
			name   string
			change func(*tunnel.Settings)
		}{fmt.Sprintf("search domain %.30q", domain), func(s *tunnel.Settings) { s.SearchDomains = []string{domain} }})
		cases = append(cases, struct {
			name   string
			change func(*tunnel.Settings)
		}{fmt.Sprintf("split domain %.30q", domain), func(s *tunnel.Settings) { s.SplitDNS = []string{"good.example", domain} }})
	}
	machine := Machine{Addresses: prefixes("192.168.1.20/24")}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			settings := tunnel.Settings{Addresses: prefixes("10.1.2.3/24"), MTU: 1400, Gateway: gateway}
			if _, err := Plan(settings, machine); err != nil {
				t.Fatalf("without the change: %v", err)
			}
			c.change(&settings)
			config, err := Plan(settings, machine)
			if tunnel.CodeOf(err) != tunnel.CodeBadSettings {
				t.Errorf("error %v, want CodeBadSettings; the plan:\n%v", err, config)
			}
		})
	}
}

func TestIPv6OnlyWithoutIPv6IsNotTheGatewaysFault(t *testing.T) {
	_, err := Plan(tunnel.Settings{Addresses: prefixes("2001:db8::1/64")}, Machine{WithoutIPv6: true})
	if tunnel.CodeOf(err) != tunnel.CodeNetworkSetup {
		t.Errorf("error %v, want CodeNetworkSetup", err)
	}
}
