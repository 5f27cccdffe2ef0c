package netcfg

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"torii/tunnel"
)

var gateway = netip.MustParseAddrPort("198.51.100.7:443")

// planCase is a plan as text. Lines of want are indented for reading.
type planCase struct {
	name     string
	settings tunnel.Settings
	machine  Machine
	want     string
}

func TestPlanFull(t *testing.T) {
	testPlans(t, []planCase{
		{
			name: "IPv4 only: IPv6 does not leak",
			settings: tunnel.Settings{
				Addresses: prefixes("10.1.2.3/24"), MTU: 1400, Gateway: gateway,
				DNS: addresses("10.1.0.53", "10.1.1.53"), SearchDomains: []string{"corp.example"},
			},
			want: `
				mtu 1400
				address 10.1.2.3/24
				outside 198.51.100.7
				tunnel 0.0.0.0/0
				unreachable 198.51.100.7/32
				unreachable ::/0
				throw fe80::/10
				dns 10.1.0.53
				dns 10.1.1.53
				search corp.example
				names all`,
		},
		{
			name: "IPv6 only: IPv4 does not leak",
			settings: tunnel.Settings{
				Addresses: prefixes("2001:db8:1::5/64"), Gateway: netip.MustParseAddrPort("[2001:db8:ffff::1]:443"),
			},
			want: `
				mtu 1280
				address 2001:db8:1::5/64
				outside 2001:db8:ffff::1
				unreachable 0.0.0.0/0
				tunnel ::/0
				unreachable 2001:db8:ffff::1/128
				throw fe80::/10`,
		},
		{
			name:     "both families",
			settings: tunnel.Settings{Addresses: prefixes("10.1.2.3/32", "2001:db8:1::5/128"), MTU: 1200, Gateway: gateway},
			want: `
				mtu 1280
				address 10.1.2.3/32
				address 2001:db8:1::5/128
				outside 198.51.100.7
				tunnel 0.0.0.0/0
				unreachable 198.51.100.7/32
				tunnel ::/0
				throw fe80::/10`,
		},
		{
			name: "the missing family may go outside",
			settings: tunnel.Settings{
				Addresses: prefixes("10.1.2.3/24"), MTU: 1400, Gateway: gateway, BypassMissingFamily: true,
			},
			want: `
				mtu 1400
				address 10.1.2.3/24
				outside 198.51.100.7
				tunnel 0.0.0.0/0
				unreachable 198.51.100.7/32`,
		},
		{
			name: "a server of the missing family hears no names",
			settings: tunnel.Settings{
				Addresses: prefixes("10.1.2.3/24"), MTU: 1400, BypassMissingFamily: true,
				DNS: addresses("2001:db8::53", "10.1.0.53"),
			},
			want: `
				mtu 1400
				address 10.1.2.3/24
				tunnel 0.0.0.0/0
				dns 10.1.0.53
				names all`,
		},
		{
			name: "exclusions, IPv6's among them where IPv6 is missing",
			settings: tunnel.Settings{
				Addresses: prefixes("10.1.2.3/24"), MTU: 1400, Gateway: gateway,
				Exclude: prefixes("203.0.113.0/24", "2001:db8:9::/48", "169.254.0.0/16", "10.9.9.9/16"),
			},
			want: `
				mtu 1400
				address 10.1.2.3/24
				outside 198.51.100.7
				tunnel 0.0.0.0/0
				throw 10.9.0.0/16
				throw 169.254.0.0/16
				unreachable 198.51.100.7/32
				throw 203.0.113.0/24
				unreachable ::/0
				throw 2001:db8:9::/48
				throw fe80::/10`,
		},
		{
			name: "IPv6 is off on this machine: it neither fails nor leaks",
			settings: tunnel.Settings{
				Addresses: prefixes("10.1.2.3/24", "2001:db8:1::5/64"), MTU: 1400, BypassMissingFamily: true,
				DNS: addresses("2001:db8:1::53", "10.1.0.53"),
			},
			machine: Machine{WithoutIPv6: true},
			want: `
				mtu 1400
				address 10.1.2.3/24
				tunnel 0.0.0.0/0
				unreachable ::/0
				throw fe80::/10
				dns 10.1.0.53
				names all`,
		},
		{
			name:     "a gateway on this machine or link needs no way outside",
			settings: tunnel.Settings{Addresses: prefixes("10.1.2.3/24"), MTU: 1400, BypassMissingFamily: true, Gateway: netip.MustParseAddrPort("127.0.0.1:443")},
			want: `
				mtu 1400
				address 10.1.2.3/24
				tunnel 0.0.0.0/0`,
		},
		{
			name: "everything as one network of the list",
			settings: tunnel.Settings{
				Addresses: prefixes("10.1.2.3/24"), MTU: 1400, Include: prefixes("0.0.0.0/0", "10.5.0.0/16"),
			},
			want: `
				mtu 1400
				address 10.1.2.3/24
				tunnel 0.0.0.0/0
				tunnel 10.5.0.0/16
				unreachable ::/0
				throw fe80::/10`,
		},
	})
}

func TestPlanSplit(t *testing.T) {
	testPlans(t, []planCase{
		{
			name: "networks, our own and a server's",
			settings: tunnel.Settings{
				Addresses: prefixes("10.1.2.3/24"), MTU: 1400, Gateway: gateway,
				Include: prefixes("172.16.5.0/24", "172.16.0.9/16"), DNS: addresses("10.9.0.53"),
				SearchDomains: []string{"corp.example"},
			},
			want: `
				mtu 1400
				address 10.1.2.3/24
				outside 198.51.100.7
				tunnel 10.1.2.0/24
				tunnel 10.9.0.53/32
				tunnel 172.16.0.0/16
				tunnel 172.16.5.0/24
				unreachable 198.51.100.7/32
				dns 10.9.0.53
				search corp.example
				names corp.example`,
		},
		{
			name: "both families with a hole",
			settings: tunnel.Settings{
				Addresses: prefixes("10.1.2.3/32", "2001:db8:1::5/64"), MTU: 1400,
				Include: prefixes("10.0.0.0/8", "2001:db8::/32"), Exclude: prefixes("10.3.0.0/16", "2001:db8:7::/48"),
			},
			want: `
				mtu 1400
				address 10.1.2.3/32
				address 2001:db8:1::5/64
				tunnel 10.0.0.0/8
				throw 10.3.0.0/16
				tunnel 2001:db8::/32
				throw 2001:db8:7::/48`,
		},
		{
			name: "an IPv6 network without an IPv6 address goes nowhere",
			settings: tunnel.Settings{
				Addresses: prefixes("10.1.2.3/32"), MTU: 1400, Include: prefixes("10.0.0.0/8", "2001:db8::/32"),
			},
			want: `
				mtu 1400
				address 10.1.2.3/32
				tunnel 10.0.0.0/8
				unreachable 2001:db8::/32`,
		},
		{
			name: "a server that the gateway leaves outside by itself stays there",
			settings: tunnel.Settings{
				Addresses: prefixes("10.1.2.3/32"), MTU: 1400, Include: prefixes("10.0.0.0/8"),
				Exclude: prefixes("192.0.2.53/32"), DNS: addresses("192.0.2.53", "192.0.2.54"), SplitDNS: []string{"b.example", "a.example"},
			},
			want: `
				mtu 1400
				address 10.1.2.3/32
				tunnel 10.0.0.0/8
				throw 192.0.2.53/32
				tunnel 192.0.2.54/32
				dns 192.0.2.53
				dns 192.0.2.54
				names a.example
				names b.example`,
		},
		{
			name: "every name inside though not every network",
			settings: tunnel.Settings{
				Addresses: prefixes("10.1.2.3/32"), MTU: 1400, Include: prefixes("10.0.0.0/8"),
				DNS: addresses("10.0.0.53"), SplitDNS: []string{"a.example"}, TunnelAllDNS: true,
			},
			want: `
				mtu 1400
				address 10.1.2.3/32
				tunnel 10.0.0.0/8
				dns 10.0.0.53
				names all`,
		},
		{
			name: "a gateway within an inside network stays outside",
			settings: tunnel.Settings{
				Addresses: prefixes("10.1.2.3/32"), MTU: 1400, Include: prefixes("198.51.100.0/24"), Gateway: gateway,
			},
			want: `
				mtu 1400
				address 10.1.2.3/32
				outside 198.51.100.7
				tunnel 198.51.100.0/24
				unreachable 198.51.100.7/32`,
		},
		{
			name: "IPv4 that is dressed as IPv6, names with dots and capitals",
			settings: tunnel.Settings{
				Addresses: []netip.Prefix{netip.MustParsePrefix("::ffff:10.1.2.3/128")}, MTU: 1400,
				Include: prefixes("::ffff:10.0.0.0/104"), Gateway: netip.MustParseAddrPort("[::ffff:198.51.100.7]:443"),
				DNS: addresses("::ffff:10.0.0.53", "10.0.0.53"), SplitDNS: []string{"Corp.Example.", "corp.example"},
			},
			want: `
				mtu 1400
				address 10.1.2.3/32
				outside 198.51.100.7
				tunnel 10.0.0.0/8
				unreachable 198.51.100.7/32
				dns 10.0.0.53
				names corp.example`,
		},
	})
}

func TestPlanLeavesLocalNetworksOutside(t *testing.T) {
	machine := Machine{Addresses: []netip.Prefix{
		netip.MustParsePrefix("192.168.1.20/24"),
		netip.MustParsePrefix("203.0.113.9/24"),
		netip.MustParsePrefix("8.8.8.8/8"),         // claimed, to draw part of the world around the tunnel
		netip.MustParsePrefix("2a00:1450::1/32"),   // the same
		netip.MustParsePrefix("2001:db8:5::20/64"), // a link's size
		netip.MustParsePrefix("fe80::1/64"),
		netip.MustParsePrefix("10.77.0.1/32"),
	}}
	settings := tunnel.Settings{
		Addresses: prefixes("10.1.2.3/24"), MTU: 1400, ExcludeLocalLAN: true, DNS: addresses("192.168.1.53"),
	}
	testPlans(t, []planCase{{
		name: "with the gateway's leave", settings: settings, machine: machine,
		want: `
			mtu 1400
			address 10.1.2.3/24
			tunnel 0.0.0.0/0
			throw 192.168.1.0/24
			tunnel 192.168.1.53/32
			throw 203.0.113.0/24
			unreachable ::/0
			throw 2001:db8:5::/64
			throw fe80::/10
			dns 192.168.1.53
			names all`,
	}})
	settings.ExcludeLocalLAN = false
	testPlans(t, []planCase{{
		name: "without it", settings: settings, machine: machine,
		want: `
			mtu 1400
			address 10.1.2.3/24
			tunnel 0.0.0.0/0
			unreachable ::/0
			throw fe80::/10
			dns 192.168.1.53
			names all`,
	}})
}

func testPlans(t *testing.T, cases []planCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config, err := Plan(c.settings, c.machine)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(strings.TrimSpace(c.want), "\t", "") + "\n"
			if diff := cmp.Diff(want, config.String()); diff != "" {
				t.Errorf("the plan differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlanDoesNotDependOnOrder(t *testing.T) {
	settings := tunnel.Settings{
		Addresses: prefixes("10.1.2.3/24", "2001:db8:1::5/64", "10.9.2.3/16"), MTU: 1400, Gateway: gateway,
		Include: prefixes("10.0.0.0/8", "10.0.0.0/9", "172.16.0.0/12", "2001:db8::/32", "10.9.0.0/16", "192.0.2.0/24"),
		Exclude: prefixes("10.3.0.0/16", "10.0.0.0/9", "192.0.2.128/25", "2001:db8:7::/48"),
		DNS:     addresses("10.9.0.53", "192.0.2.130"), SplitDNS: []string{"c.example", "a.example", "b.example"},
		ExcludeLocalLAN: true,
	}
	machine := Machine{Addresses: prefixes("192.168.1.20/24", "10.9.0.7/16", "2001:db8:5::20/64")}
	first, err := Plan(settings, machine)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		for _, list := range [][]netip.Prefix{settings.Addresses, settings.Include, settings.Exclude, machine.Addresses} {
			random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		random.Shuffle(len(settings.SplitDNS), func(i, j int) {
			settings.SplitDNS[i], settings.SplitDNS[j] = settings.SplitDNS[j], settings.SplitDNS[i]
		})
		again, err := Plan(settings, machine)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first.String(), again.String()); diff != "" {
			t.Fatalf("another order, another plan:\n%s", diff)
		}
	}
}

func TestPlanLeavesItsArgumentAlone(t *testing.T) {
	settings := tunnel.Settings{
		Addresses: prefixes("10.1.2.3/24", "2001:db8:1::5/64"), MTU: 1400, Include: prefixes("0.0.0.0/0"),
		DNS: addresses("2001:db8::53", "10.0.0.53"), SplitDNS: []string{"b.example", "a.example"},
	}
	before := settings
	before.Addresses, before.DNS = slices.Clone(settings.Addresses), slices.Clone(settings.DNS)
	before.SplitDNS, before.Include = slices.Clone(settings.SplitDNS), slices.Clone(settings.Include)
	if _, err := Plan(settings, Machine{WithoutIPv6: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, settings, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
		cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("Plan changed its argument:\n%s", diff)
	}
}

func TestSecureAndNonSecure(t *testing.T) {
	config, err := Plan(tunnel.Settings{
		Addresses: prefixes("10.1.2.3/24"), MTU: 1400, Gateway: gateway,
		Exclude: prefixes("203.0.113.0/24", "169.254.0.0/16"),
	}, Machine{})
	if err != nil {
		t.Fatal(err)
	}
	if got := config.Secure(); !slices.Equal(got, prefixes("0.0.0.0/0")) {
		t.Errorf("secure routes are %v", got)
	}
	if got := config.NonSecure(); !slices.Equal(got, prefixes("203.0.113.0/24")) {
		t.Errorf("non-secure routes are %v", got)
	}
}
