package proxy

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"

	"torii/tunnel"
)

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func TestRoute(t *testing.T) {
	both := prefixes("10.99.0.2/24", "fd99::2/64")
	full := tunnel.Settings{Addresses: both, Gateway: netip.MustParseAddrPort("192.0.2.1:443")}
	full4 := tunnel.Settings{Addresses: both[:1]}
	bypass := tunnel.Settings{Addresses: both[:1], BypassMissingFamily: true}
	split := tunnel.Settings{Addresses: both, Include: prefixes("10.0.0.0/8", "fd00::/8"),
		Exclude: prefixes("10.1.0.0/16", "10.0.0.0/8", "10.1.2.0/24"), DNS: []netip.Addr{netip.MustParseAddr("172.16.0.53")}}
	nested := tunnel.Settings{Addresses: both, Include: prefixes("10.0.0.0/8", "10.1.2.3/32"), Exclude: prefixes("10.1.0.0/16")}
	lan := tunnel.Settings{Addresses: both, ExcludeLocalLAN: true}
	m := machine{links: prefixes("192.168.1.0/24"), loopback: []netip.Addr{netip.MustParseAddr("10.255.255.1")}}
	for _, c := range []struct {
		name     string
		settings tunnel.Settings
		to       string
		want     verdict
	}{
		{"full tunnel", full, "203.0.113.1", throughTunnel},
		{"full tunnel, IPv6", full, "2001:db8::1", throughTunnel},
		{"the gateway itself", full, "192.0.2.1", directly},
		{"the gateway, mapped", full, "::ffff:192.0.2.1", directly},
		{"IPv6 around an IPv4 tunnel", full4, "2001:db8::1", refused},
		{"IPv6 that may bypass", bypass, "2001:db8::1", directly},
		{"split, not included", split, "203.0.113.1", directly},
		{"split, as specific an exclusion", split, "10.2.0.1", directly},
		{"split, IPv6", split, "fd12::1", throughTunnel},
		{"a DNS server outside the routes", split, "172.16.0.53", throughTunnel},
		{"an exclusion within", nested, "10.1.9.9", directly},
		{"an inclusion within the exclusion", nested, "10.1.2.3", throughTunnel},
		{"the local network", lan, "192.168.1.77", directly},
		{"beside the local network", lan, "192.168.2.77", throughTunnel},
		{"an address of a loopback interface", full, "10.255.255.1", refused},
		{"loopback", full, "127.0.0.1", refused},
		{"the net of zero", full, "0.1.2.3", refused},
		{"broadcast", full, "255.255.255.255", refused},
		{"multicast", full, "224.0.0.1", refused},
		{"loopback behind NAT64", full, "64:ff9b::7f00:1", refused},
		{"an address of a loopback interface behind NAT64", full, "64:ff9b::aff:ff01", refused},
		{"another address behind NAT64", full, "64:ff9b::cb00:7101", throughTunnel},
	} {
		if got := route(&c.settings, m, netip.MustParseAddr(c.to)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	server := []netip.Addr{netip.MustParseAddr("10.0.0.53")}
	address := prefixes("10.0.0.2/24")
	split := prefixes("10.0.0.0/8")
	for _, c := range []struct {
		name     string
		settings tunnel.Settings
		host     string
		want     string // who answers
	}{
		{"no server", tunnel.Settings{Addresses: address}, "known.test", "outside"},
		{"full tunnel", tunnel.Settings{Addresses: address, DNS: server}, "known.test", "inside"},
		{"full tunnel with domains", tunnel.Settings{Addresses: address, DNS: server, SplitDNS: []string{"corp.test"}}, "known.test", "outside"},
		{"split, a domain of it", tunnel.Settings{Include: split, DNS: server, SplitDNS: []string{"TEST."}}, "known.test", "inside"},
		{"split, no domain of it", tunnel.Settings{Include: split, DNS: server, SplitDNS: []string{"own.test"}}, "known.test", "outside"},
		{"split, not a label of it", tunnel.Settings{Include: split, DNS: server, SplitDNS: []string{"nown.test"}}, "known.test", "outside"},
		{"split, the search domain", tunnel.Settings{Include: split, DNS: server, SearchDomains: []string{"test"}}, "known.test", "inside"},
		{"split, all DNS", tunnel.Settings{Include: split, DNS: server, SplitDNS: []string{"x"}, TunnelAllDNS: true}, "known.test", "inside"},
		{"split, no domains", tunnel.Settings{Include: split, DNS: server}, "known.test", "inside"},
		{"split, no domains, unknown inside", tunnel.Settings{Include: split, DNS: server}, "else.test", "outside"},
		{"a short name", tunnel.Settings{Include: split, DNS: server, SearchDomains: []string{"none.test", "test"}}, "known", "inside"},
		{"an address", tunnel.Settings{Include: split, DNS: server}, "192.0.2.9", "192.0.2.9"},
		{"localhost", tunnel.Settings{Addresses: address, DNS: server}, "LOCALHOST.", "nobody"},
		{"below localhost", tunnel.Settings{Addresses: address, DNS: server}, "a.localhost", "nobody"},
	} {
		t.Run(c.name, func(t *testing.T) {
			marks := map[string]netip.Addr{"inside": netip.MustParseAddr("10.0.0.9"), "outside": netip.MustParseAddr("203.0.113.9")}
			answer := func(who string, known ...string) lookup {
				return func(_ context.Context, _, name string) ([]netip.Addr, error) {
					if !slices.Contains(known, name) {
						return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
					}
					return []netip.Addr{marks[who]}, nil
				}
			}
			n := names{settings: c.settings, inside: answer("inside", "known.test", "localhost", "a.localhost"), outside: answer("outside", "known.test", "else.test", "localhost", "a.localhost")}
			got, err := n.resolve(t.Context(), c.host)
			want := fmt.Sprint([]netip.Addr{marks[c.want]})
			switch {
			case c.want == "nobody":
				if err == nil {
					t.Errorf("got %v", got)
				}
				return
			case !marks[c.want].IsValid():
				want = "[" + c.want + "]"
			}
			if err != nil || fmt.Sprint(got) != want {
				t.Errorf("got %v, %v; want %s", got, err, want)
			}
		})
	}
}

func TestParseAuthority(t *testing.T) {
	for _, c := range []struct {
		text string
		want destination
		bad  bool
	}{
		{"host.test:80", destination{"host.test", 80}, false},
		{"[fd00::1]:443", destination{"fd00::1", 443}, false},
		{text: "host.test", bad: true},
		{text: ":80", bad: true},
		{text: "host:0", bad: true},
		{text: "host:65536", bad: true},
		{text: "host:http", bad: true},
		{text: "", bad: true},
	} {
		if got, err := parseAuthority(c.text); (err != nil) != c.bad || got != c.want {
			t.Errorf("%q: %v, %v", c.text, got, err)
		}
	}
}

func FuzzSOCKSRequest(f *testing.F) {
	f.Add([]byte{5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, 0, 80})
	f.Add(append(append([]byte{5, 2, 0, 2, 5, 1, 0, 3, 9}, "host.test"...), 1, 187))
	f.Add([]byte{5, 1, 2, 1, 2, 'm', 'e', 2, 'p', 'w', 5, 3, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 53})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		if _, err := readGreeting(r); err != nil {
			return
		}
		rest := b[len(b)-r.Len():]
		readPassword(bytes.NewReader(rest))
		_, to, err := readRequest(r)
		if err == nil && (to.host == "" || len(to.host) > 255) {
			t.Errorf("a request without a destination was taken: %+v", to)
		}
	})
}

func FuzzDatagram(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 10, 0, 0, 1, 0, 53, 'x'})
	f.Add([]byte{0, 0, 1, 1, 10, 0, 0, 1, 0, 53})
	f.Add(append(append([]byte{0, 0, 0, 3, 4}, "name"...), 0, 53))
	f.Fuzz(func(t *testing.T, b []byte) {
		to, payload, err := parseDatagram(b)
		if err == nil && (to.host == "" || len(payload) >= len(b)) {
			t.Errorf("%+v with %d bytes of %d", to, len(payload), len(b))
		}
	})
}

func FuzzAuthority(f *testing.F) {
	f.Add("host.test:80")
	f.Add("[::1]:443")
	f.Fuzz(func(t *testing.T, text string) {
		if to, err := parseAuthority(text); err == nil && (to.host == "" || to.port == 0) {
			t.Errorf("%q: %+v", text, to)
		}
	})
}
