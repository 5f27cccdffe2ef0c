package anyconnect

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"net/netip"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"bufio"

	"github.com/google/go-cmp/cmp"

	"torii/tunnel"
	"torii/tunnel/anyconnect/channel"
	"torii/tunnel/anyconnect/dtls"
)

// headersOf reads lines as the answer to CONNECT is read.
func headersOf(t testing.TB, lines ...string) textproto.MIMEHeader {
	t.Helper()
	text := strings.Join(lines, "\r\n") + "\r\n\r\n"
	header, err := textproto.NewReader(bufio.NewReader(strings.NewReader(text))).ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	return header
}

// least are the headers without which there is no tunnel.
var least = []string{"X-CSTP-Address: 10.9.0.2", "X-CSTP-MTU: 1400"}

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func addrs(texts ...string) (list []netip.Addr) {
	for _, text := range texts {
		list = append(list, netip.MustParseAddr(text))
	}
	return list
}

func TestSettings(t *testing.T) {
	base := tunnel.Settings{Addresses: prefixes("10.9.0.2/32"), MTU: 1400}
	with := func(edit func(s *tunnel.Settings)) tunnel.Settings {
		s := base
		edit(&s)
		return s
	}
	for _, c := range []struct {
		name  string
		lines []string // besides least
		want  tunnel.Settings
	}{
		{"the least", nil, base},
		{"names in any case", []string{"x-cstp-netmask: 255.255.255.0", "X-Cstp-Dns: 10.9.0.1", "X-CSTP-TUNNEL-ALL-DNS: True"},
			with(func(s *tunnel.Settings) {
				s.Addresses, s.DNS, s.TunnelAllDNS = prefixes("10.9.0.2/24"), addrs("10.9.0.1"), true
			})},
		{"repeated headers stay apart", []string{"X-CSTP-DNS: 10.9.0.1", "X-CSTP-DNS: 10.9.0.2", "X-CSTP-DNS: 10.9.0.1", "X-CSTP-DNS-IP6: fd00::53"},
			with(func(s *tunnel.Settings) { s.DNS = addrs("10.9.0.1", "10.9.0.2", "fd00::53") })},
		{"both families", []string{"X-CSTP-Netmask: 255.255.0.0", "X-CSTP-Address-IP6: fd00::2/64"},
			with(func(s *tunnel.Settings) { s.Addresses = prefixes("10.9.0.2/16", "fd00::2/64") })},
		{"IPv6 the older way too", []string{"X-CSTP-Netmask: 255.255.255.0", "X-CSTP-Address: fd00::2", "X-CSTP-Netmask: fd00::/64", "X-CSTP-Address-IP6: fd00::2/64"},
			with(func(s *tunnel.Settings) { s.Addresses = prefixes("10.9.0.2/24", "fd00::2/64") })},
		{"routes in every way", []string{"X-CSTP-Split-Include: 10.1.2.3/255.255.0.0", "X-CSTP-Split-Include: 192.0.2.0/24",
			"X-CSTP-Split-Include: 198.51.100.7", "X-CSTP-Split-Include-IP6: fd01::1/48", "X-CSTP-Split-Exclude: 10.1.9.0/255.255.255.0", "X-CSTP-Split-Exclude-IP6: fd01::/64"},
			with(func(s *tunnel.Settings) {
				s.Include = prefixes("10.1.0.0/16", "192.0.2.0/24", "198.51.100.7/32", "fd01::/48")
				s.Exclude = prefixes("10.1.9.0/24", "fd01::/64")
			})},
		{"the local network", []string{"X-CSTP-Split-Exclude: 0.0.0.0/255.255.255.255", "X-CSTP-Split-Exclude: 203.0.113.0/24"},
			with(func(s *tunnel.Settings) { s.ExcludeLocalLAN, s.Exclude = true, prefixes("203.0.113.0/24") })},
		{"domains", []string{"X-CSTP-Default-Domain: one.example two.example,THREE.example.", "X-CSTP-Split-DNS: a.example", "X-CSTP-Split-DNS: *.b.example", "X-CSTP-Split-DNS: 10.0.0.1", "X-CSTP-Split-DNS: 10.0.0.0/8"},
			with(func(s *tunnel.Settings) {
				s.SearchDomains = []string{"one.example", "two.example", "three.example"}
				s.SplitDNS = []string{"a.example", "b.example"}
			})},
		{"the larger MTU", []string{"X-DTLS-MTU: 1420"}, with(func(s *tunnel.Settings) { s.MTU = 1420 })},
		{"limits", []string{"X-CSTP-Session-Timeout: 3600", "X-CSTP-Session-Timeout-Remaining: 1800", "X-CSTP-Lease-Duration: 7200", "X-CSTP-Idle-Timeout: 600"},
			with(func(s *tunnel.Settings) { s.SessionTimeout, s.IdleTimeout = 30*time.Minute, 10*time.Minute })},
		{"no limits", []string{"X-CSTP-Session-Timeout: none", "X-CSTP-Lease-Duration: 0", "X-CSTP-Idle-Timeout: none"}, base},
		{"a limit that overflowed", []string{"X-CSTP-Session-Timeout: -1", "X-CSTP-Lease-Duration: 99999999999"}, base},
		{"a banner", []string{"X-CSTP-Banner: Welcome%3A%20100%25%0Anext%20line%1b[2J"}, with(func(s *tunnel.Settings) { s.Banner = "Welcome: 100%\nnext line[2J" })},
		{"a banner that is not encoded", []string{"X-CSTP-Banner: 100% welcome"}, with(func(s *tunnel.Settings) { s.Banner = "100% welcome" })},
		{"the other family outside", []string{"X-CSTP-Client-Bypass-Protocol: true"}, with(func(s *tunnel.Settings) { s.BypassMissingFamily = true })},
		{"what nobody knows", []string{"X-CSTP-Quarantine: false", "X-CSTP-License: accept", "X-CSTP-NBNS: 10.9.0.4", "X-Unknown: 1"}, base},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseSettings(headersOf(t, append(c.lines, least...)...), netip.AddrPort{})
			if err != nil {
				t.Fatal(err)
			}
			compare := []cmp.Option{cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
				cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })}
			if difference := cmp.Diff(c.want, *got, compare...); difference != "" {
				t.Error(difference)
			}
		})
	}
}

func TestImpossibleSettings(t *testing.T) {
	many := func(format string, n int) (lines []string) {
		for i := range n {
			lines = append(lines, fmt.Sprintf(format, i>>8&255, i&255))
		}
		return lines
	}
	for name, lines := range map[string][]string{
		"no MTU":                 {"X-CSTP-Address: 10.9.0.2"},
		"an MTU of 20":           {"X-CSTP-Address: 10.9.0.2", "X-CSTP-MTU: 20"},
		"an MTU of 65536":        {"X-CSTP-Address: 10.9.0.2", "X-CSTP-MTU: 65536"},
		"an MTU below zero":      {"X-CSTP-Address: 10.9.0.2", "X-CSTP-MTU: -1400"},
		"an MTU of words":        {"X-CSTP-Address: 10.9.0.2", "X-CSTP-MTU: large"},
		"no address":             {"X-CSTP-MTU: 1400"},
		"an address of words":    {"X-CSTP-Address: here", "X-CSTP-MTU: 1400"},
		"a loopback address":     {"X-CSTP-Address: 127.0.0.1", "X-CSTP-MTU: 1400"},
		"a multicast address":    {"X-CSTP-Address: 224.0.0.1", "X-CSTP-MTU: 1400"},
		"no address at all":      {"X-CSTP-Address: 0.0.0.0", "X-CSTP-MTU: 1400"},
		"the broadcast address":  {"X-CSTP-Address: 255.255.255.255", "X-CSTP-MTU: 1400"},
		"a link-local address":   {"X-CSTP-Address-IP6: fe80::1/64", "X-CSTP-MTU: 1400"},
		"an address with a zone": {"X-CSTP-Address: fe80::1%eth0", "X-CSTP-MTU: 1400"},
		"IPv4 in IPv6":           {"X-CSTP-Address-IP6: ::ffff:10.0.0.1/120", "X-CSTP-MTU: 1400"},
		"the whole of IPv6":      {"X-CSTP-Address-IP6: fd00::1/0", "X-CSTP-MTU: 1400"},
		"a mask with a hole":     append([]string{"X-CSTP-Netmask: 255.0.255.0"}, least...),
		"addresses without end":  append(many("X-CSTP-Address: 10.1.%d.%d", 5), least...),
		"a route of words":       append([]string{"X-CSTP-Split-Include: everything"}, least...),
		"a route beyond":         append([]string{"X-CSTP-Split-Include: 300.1.2.3/99"}, least...),
		"a route of 33 bits":     append([]string{"X-CSTP-Split-Include: 10.0.0.0/33"}, least...),
		"a route below zero":     append([]string{"X-CSTP-Split-Exclude: 10.0.0.0/-1"}, least...),
		"routes without end":     append(many("X-CSTP-Split-Include: 10.%d.%d.0/24", maxRoutes+1), least...),
		"a server of words":      append([]string{"X-CSTP-DNS: resolver.example"}, least...),
		"this machine's server":  append([]string{"X-CSTP-DNS: 127.0.0.53"}, least...),
		"a server of a zone":     append([]string{"X-CSTP-DNS-IP6: fe80::1%1"}, least...),
		"servers without end":    append(many("X-CSTP-DNS: 10.2.%d.%d", maxNames+1), least...),
		"domains without end":    append(many("X-CSTP-Split-DNS: d%d-%d.example", maxNames+1), least...),
	} {
		if s, err := parseSettings(headersOf(t, lines...), netip.AddrPort{}); tunnel.CodeOf(err) != tunnel.CodeBadSettings {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestParams(t *testing.T) {
	psk, master := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 48)
	chain := []*x509.Certificate{{Raw: []byte("leaf")}}
	pskLines := []string{"X-DTLS-Port: 443", "X-DTLS-CipherSuite: PSK-NEGOTIATE", "X-DTLS-App-ID: 0102"}
	negotiated := dtls.Config{PSK: psk, AppID: []byte{1, 2}}
	resumed := dtls.Config{MasterSecret: master, SessionID: []byte{3, 4}, PeerCertificate: []byte("leaf")}
	resumed128 := resumed
	resumed128.AES128 = true
	for _, c := range []struct {
		name  string
		psk   []byte
		lines []string
		want  channel.Params
	}{
		{"nothing", psk, nil, channel.Params{}},
		{"times", psk, []string{"X-CSTP-DPD: 90", "X-CSTP-Keepalive: 20", "X-CSTP-Rekey-Time: 172800", "X-CSTP-Rekey-Method: SSL"},
			channel.Params{DPD: 90 * time.Second, Keepalive: 20 * time.Second, Rekey: 48 * time.Hour, RekeyMethod: "ssl"}},
		{"times that are off", psk, []string{"X-CSTP-DPD: 0", "X-CSTP-Keepalive: none", "X-CSTP-Rekey-Time: 31536000000", "X-CSTP-Rekey-Method: none"},
			channel.Params{RekeyMethod: "none"}},
		{"PSK", psk, append(pskLines, "X-DTLS-DPD: 60", "X-DTLS-Keepalive: 30", "X-DTLS-MTU: 1380", "X-DTLS-Rekey-Time: 3600", "X-DTLS-Rekey-Method: ssl"),
			channel.Params{DTLS: &channel.DTLSParams{Port: 443, MTU: 1380, DPD: time.Minute, Keepalive: 30 * time.Second, Rekey: time.Hour, Handshake: negotiated}}},
		{"PSK without a rekey", psk, append(pskLines, "X-DTLS-Rekey-Time: 3600", "X-DTLS-Rekey-Method: none"),
			channel.Params{DTLS: &channel.DTLSParams{Port: 443, Handshake: negotiated}}},
		{"PSK that the connection cannot give", nil, pskLines, channel.Params{}},
		{"PSK without a name", psk, pskLines[:2], channel.Params{}},
		{"PSK with a name that is too long", psk, append(pskLines[:2:2], "X-DTLS-App-ID: "+strings.Repeat("00", 33)), channel.Params{}},
		{"a port that is none", psk, append(pskLines[1:], "X-DTLS-Port: 70000"), channel.Params{}},
		{"the older way", psk, []string{"X-DTLS-Port: 4433", "X-DTLS-CipherSuite: OC-DTLS1_2-AES256-GCM", "X-DTLS-Session-ID: 0304"},
			channel.Params{DTLS: &channel.DTLSParams{Port: 4433, Handshake: resumed}}},
		{"the older way by ASA's name", psk, []string{"X-DTLS-Port: 4433", "X-DTLS12-CipherSuite: AES128-GCM-SHA256", "X-DTLS-Session-ID: 0304"},
			channel.Params{DTLS: &channel.DTLSParams{Port: 4433, Handshake: resumed128}}},
		{"the older way without a session", psk, []string{"X-DTLS-Port: 4433", "X-DTLS-CipherSuite: OC-DTLS1_2-AES256-GCM"}, channel.Params{}},
		{"a suite that was not offered", psk, []string{"X-DTLS-Port: 4433", "X-DTLS-CipherSuite: DES-CBC3-SHA", "X-DTLS-Session-ID: 0304"}, channel.Params{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseParams(headersOf(t, append(c.lines, "X-A: b")...), c.psk, master, chain)
			if err != nil {
				t.Fatal(err)
			}
			if difference := cmp.Diff(c.want, *got); difference != "" {
				t.Error(difference)
			}
		})
	}
	for _, line := range []string{"X-CSTP-Content-Encoding: lzs", "X-DTLS-Content-Encoding: oc-lz4"} {
		if _, err := parseParams(headersOf(t, line), psk, master, chain); tunnel.CodeOf(err) != tunnel.CodeProtocol {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestStatusOfTheTunnel(t *testing.T) {
	for _, c := range []struct {
		line, reason string
		want         tunnel.Code
		detail       string
	}{
		{"HTTP/1.1 200 CONNECTED", "", "", ""},
		{"HTTP/1.1 200", "", "", ""},
		{"HTTP/1.1 401 Unauthorized", "", tunnel.CodeSessionEnded, "Unauthorized"},
		{"HTTP/1.1 401 Cookie is not acceptable", "Idle timeout", tunnel.CodeSessionEnded, "Idle timeout"},
		{"HTTP/1.1 405 Method not allowed", "", tunnel.CodeSessionEnded, "Method not allowed"},
		{"HTTP/1.1 503 Service Unavailable", "No address \x1b[0mleft", tunnel.CodeGatewayRefused, "No address [0mleft"},
		{"HTTP/1.1 403 Forbidden", "", tunnel.CodeGatewayRefused, "Forbidden"},
		{"HTTP/1.1 503 x", "The device has been registered", tunnel.CodeDeviceRegistered, "The device has been registered"},
		{"HTTP/1.1 503 x", "デバイスを登録しました", tunnel.CodeDeviceRegistered, "デバイスを登録しました"},
		{"HTTP/1.1 503 x", "この端末は未登録です", tunnel.CodeGatewayRefused, "この端末は未登録です"},
		{"HTTP/1.1 302 Found", "", tunnel.CodeProtocol, ""},
		{"SSH-2.0-OpenSSH", "", tunnel.CodeProtocol, ""},
		{"", "", tunnel.CodeProtocol, ""},
	} {
		err := checkStatus(c.line, textproto.MIMEHeader{"X-Reason": {c.reason}})
		if tunnel.CodeOf(err) != c.want {
			t.Errorf("%q: %v, want %q", c.line, err, c.want)
		}
		if coded, ok := err.(*tunnel.Error); ok && coded.Detail != c.detail {
			t.Errorf("%q: detail %q, want %q", c.line, coded.Detail, c.detail)
		}
	}
}

// FuzzConnectAnswer reads an answer to CONNECT: what comes out is bounded and
// fit to be planned with, whatever went in.
func FuzzConnectAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 CONNECTED\r\nX-CSTP-Address: 10.0.0.2\r\nX-CSTP-Netmask: 255.255.255.0\r\nX-CSTP-MTU: 1400\r\nX-CSTP-Split-Include: 10.0.0.0/255.0.0.0\r\nX-CSTP-DNS: 10.0.0.1\r\nX-DTLS-Port: 443\r\nX-DTLS-CipherSuite: PSK-NEGOTIATE\r\nX-DTLS-App-ID: 00ff\r\n\r\nSTF"))
	f.Add([]byte("HTTP/1.1 200 x\nX-CSTP-Address-IP6: fd00::1/64\nX-CSTP-MTU:1280\nX-CSTP-Split-Exclude:0.0.0.0/255.255.255.255\nX-CSTP-Banner: %41\n\n"))
	f.Add([]byte("HTTP/1.0 503 no\r\nX-Reason: full\r\n\r\n"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		block, err := readHeaderBlock(bufio.NewReaderSize(bytes.NewReader(answer), 16))
		if err != nil {
			return
		}
		header, err := readHeaders(block)
		if err != nil {
			return
		}
		parseParams(header, []byte("psk"), []byte("master"), []*x509.Certificate{{}})
		s, err := parseSettings(header, netip.AddrPort{})
		if err != nil {
			if tunnel.CodeOf(err) != tunnel.CodeBadSettings {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if len(s.Addresses) == 0 || len(s.Addresses) > 8 || s.MTU < leastMTU || s.MTU > mostMTU || len(s.Banner) > maxBanner {
			t.Errorf("taken: %+v", s)
		}
		for _, p := range append(append(s.Include, s.Exclude...), s.Addresses...) {
			if !p.IsValid() || p.Addr().Is4In6() || p.Addr().Zone() != "" {
				t.Errorf("taken: %v", p)
			}
		}
	})
}
