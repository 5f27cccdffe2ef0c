package anyconnect

import (
	"crypto/x509"
	"encoding/hex"
	"net/netip"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"torii/tunnel"
	"torii/tunnel/anyconnect/channel"
	"torii/tunnel/anyconnect/dtls"
	"torii/tunnel/internal/words"
)

const (
	// usualMTU is Ethernet's, in bytes.
	usualMTU = 1500
	// leastMTU and mostMTU are what a tunnel may have: the least that IPv4
	// demands of a link, and more than which no packet buffer here holds.
	leastMTU, mostMTU = 576, 2048
	// maxRoutes bounds the routes of each kind.
	maxRoutes = 4096
	// maxNames bounds domains and servers of each kind.
	maxNames = 256
	// maxBanner bounds the banner, in bytes.
	maxBanner = 8 << 10
)

// The names of DTLS suites in the X-DTLS headers.
const (
	pskNegotiate = "PSK-NEGOTIATE"
	legacyAES256 = "OC-DTLS1_2-AES256-GCM"
	legacyAES128 = "OC-DTLS1_2-AES128-GCM"
	ciscoAES256  = "AES256-GCM-SHA384"
	ciscoAES128  = "AES128-GCM-SHA256"
)

// headerReader reads the answer to CONNECT and keeps the first thing that was
// wrong.
type headerReader struct {
	header textproto.MIMEHeader
	err    error
}

// fail notes a value that no sane gateway sends.
func (r *headerReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = tunnel.Errorf(tunnel.CodeBadSettings, "read the tunnel's settings", format, args...)
	}
}

// values returns all values of a header, bounded.
func (r *headerReader) values(name string, most int) []string {
	values := r.header.Values(name)
	if len(values) > most {
		r.fail("%d values of %s, more than %d", len(values), name, most)
		return nil
	}
	return values
}

// flag reads true or false.
func (r *headerReader) flag(name string) bool { return strings.EqualFold(r.header.Get(name), "true") }

// number reads a count, -1 where there is none.
func (r *headerReader) number(name string) int {
	text := strings.TrimSpace(r.header.Get(name))
	if text == "" {
		return -1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		r.fail("%s is %q, no number", name, text)
		return -1
	}
	return n
}

// seconds reads a time; 0 where there is none, where it is "none", or where it
// overflowed (some gateways say "a year" as a negative number).
func (r *headerReader) seconds(name string) time.Duration {
	n, err := strconv.ParseInt(strings.TrimSpace(r.header.Get(name)), 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// parseSettings reads what concerns this machine's network.
func parseSettings(header textproto.MIMEHeader, gateway netip.AddrPort) (*tunnel.Settings, error) {
	r := &headerReader{header: header}
	s := &tunnel.Settings{
		Gateway:             gateway,
		Addresses:           r.addresses(),
		MTU:                 max(r.number("X-CSTP-MTU"), r.number("X-DTLS-MTU")),
		DNS:                 r.servers(),
		SearchDomains:       r.domains("X-CSTP-Default-Domain"),
		SplitDNS:            r.domains("X-CSTP-Split-DNS"),
		TunnelAllDNS:        r.flag("X-CSTP-Tunnel-All-DNS"),
		BypassMissingFamily: r.flag("X-CSTP-Client-Bypass-Protocol"),
		Banner:              words.Text(unescape(header.Get("X-CSTP-Banner")), maxBanner),
		SessionTimeout:      r.sessionTimeout(),
		IdleTimeout:         r.seconds("X-CSTP-Idle-Timeout"),
	}
	s.Include = append(r.routes("X-CSTP-Split-Include"), r.routes("X-CSTP-Split-Include-IP6")...)
	for _, route := range append(r.routes("X-CSTP-Split-Exclude"), r.routes("X-CSTP-Split-Exclude-IP6")...) {
		if route == netip.PrefixFrom(netip.IPv4Unspecified(), 32) {
			s.ExcludeLocalLAN = true // the gateway's way to say it (facts page, section 3)
			continue
		}
		s.Exclude = append(s.Exclude, route)
	}
	if len(s.Addresses) == 0 {
		r.fail("there is no address")
	}
	if s.MTU < leastMTU || s.MTU > mostMTU {
		r.fail("an MTU of %d bytes", s.MTU)
	}
	return s, r.err
}

// addresses reads this machine's addresses inside.
func (r *headerReader) addresses() []netip.Prefix {
	var found []netip.Prefix
	add := func(p netip.Prefix, ok bool, text string) {
		if !ok {
			r.fail("%q is no address", text)
		} else if !slices.Contains(found, p) {
			found = append(found, p)
		}
	}
	mask := r.header.Get("X-CSTP-Netmask")
	for _, text := range r.values("X-CSTP-Address", 4) {
		addr, err := netip.ParseAddr(strings.TrimSpace(text))
		switch {
		case err != nil || !isHost(addr):
			add(netip.Prefix{}, false, text)
		case addr.Is6():
			add(netip.PrefixFrom(addr, 128), true, text)
		default:
			bits, ok := 32, true
			if mask != "" && !strings.Contains(mask, ":") {
				bits, ok = maskBits(mask)
			}
			add(netip.PrefixFrom(addr, bits), ok, text+"/"+mask)
		}
	}
	for _, text := range r.values("X-CSTP-Address-IP6", 4) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
				p, err = netip.PrefixFrom(addr, 128), nil
			}
		}
		add(p, err == nil && p.Addr().Is6() && isHost(p.Addr()) && p.Bits() > 0, text)
	}
	// The full form says more than the bare address of the same family.
	return slices.DeleteFunc(found, func(p netip.Prefix) bool {
		return p.IsSingleIP() && slices.ContainsFunc(found, func(q netip.Prefix) bool { return q != p && q.Addr() == p.Addr() })
	})
}

// servers reads the DNS servers.
func (r *headerReader) servers() []netip.Addr {
	var found []netip.Addr
	for _, name := range []string{"X-CSTP-DNS", "X-CSTP-DNS-IP6"} {
		for _, text := range r.values(name, maxNames) {
			addr, err := netip.ParseAddr(strings.TrimSpace(text))
			if err != nil || !isHost(addr) {
				r.fail("%s %q is no address", name, text)
				continue
			}
			if !slices.Contains(found, addr) {
				found = append(found, addr)
			}
		}
	}
	return found
}

// isHost refuses what is no address of a host on another network.
func isHost(a netip.Addr) bool {
	return !a.IsUnspecified() && !a.IsLoopback() && !a.IsMulticast() && !a.IsLinkLocalUnicast() &&
		!a.Is4In6() && a.Zone() == "" && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// domains reads domain names; one header may hold several. Gateways in the
// wild list addresses among them, which no name lies under.
func (r *headerReader) domains(name string) []string {
	var found []string
	for _, text := range r.values(name, maxNames) {
		for _, domain := range strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ',' || c == '\t' }) {
			domain = strings.ToLower(strings.Trim(strings.TrimPrefix(domain, "*."), "."))
			if domain != "" && !isAddress(domain) && !slices.Contains(found, domain) {
				found = append(found, domain)
			}
		}
	}
	return found
}

// isAddress reports whether a name is an address or a network.
func isAddress(name string) bool {
	_, ok := parseRoute(name)
	return ok
}

// routes reads networks: with a dotted mask, with a prefix length, or a single
// address.
func (r *headerReader) routes(name string) []netip.Prefix {
	var found []netip.Prefix
	for _, text := range r.values(name, maxRoutes) {
		p, ok := parseRoute(strings.TrimSpace(text))
		if !ok {
			r.fail("%s %q is no network", name, text)
			continue
		}
		found = append(found, p)
	}
	return found
}

func parseRoute(text string) (netip.Prefix, bool) {
	host, mask, hasMask := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" || addr.Is4In6() {
		return netip.Prefix{}, false
	}
	bits := addr.BitLen()
	if hasMask {
		if strings.Contains(mask, ".") && addr.Is4() {
			var ok bool
			if bits, ok = maskBits(mask); !ok {
				return netip.Prefix{}, false
			}
		} else if bits, err = strconv.Atoi(mask); err != nil {
			return netip.Prefix{}, false
		}
	}
	p := netip.PrefixFrom(addr, bits)
	if !p.IsValid() {
		return netip.Prefix{}, false
	}
	return p.Masked(), true
}

// maskBits counts the bits of a dotted mask.
func maskBits(mask string) (int, bool) {
	addr, err := netip.ParseAddr(mask)
	if err != nil || !addr.Is4() {
		return 0, false
	}
	bits := 0
	for i, b := range addr.As4() {
		if bits < 8*i && b != 0 {
			return 0, false // a hole in the mask
		}
		for ; b&0x80 != 0; b <<= 1 {
			bits++
		}
		if b != 0 {
			return 0, false
		}
	}
	return bits, true
}

// sessionTimeout is the smallest limit of the session that there is.
func (r *headerReader) sessionTimeout() time.Duration {
	least := time.Duration(0)
	for _, name := range []string{"X-CSTP-Session-Timeout", "X-CSTP-Session-Timeout-Remaining", "X-CSTP-Lease-Duration"} {
		if t := r.seconds(name); t > 0 && (least == 0 || t < least) {
			least = t
		}
	}
	return least
}

// parseParams reads what concerns the channels.
func parseParams(header textproto.MIMEHeader, psk, masterSecret []byte, chain []*x509.Certificate) (*channel.Params, error) {
	const op = "read the tunnel's settings"
	r := &headerReader{header: header}
	for _, name := range []string{"X-CSTP-Content-Encoding", "X-DTLS-Content-Encoding"} {
		if value := header.Get(name); value != "" && !strings.EqualFold(value, "identity") {
			return nil, tunnel.Errorf(tunnel.CodeProtocol, op, "compression %q was not offered", value)
		}
	}
	p := &channel.Params{
		DPD: r.seconds("X-CSTP-DPD"), Keepalive: r.seconds("X-CSTP-Keepalive"),
		Rekey: r.seconds("X-CSTP-Rekey-Time"), RekeyMethod: strings.ToLower(header.Get("X-CSTP-Rekey-Method")),
	}
	handshake, ok := handshakeOf(header, psk, masterSecret, chain)
	port := r.number("X-DTLS-Port")
	if !ok || port <= 0 || port > 65535 {
		return p, r.err
	}
	p.DTLS = &channel.DTLSParams{
		Port: uint16(port), Handshake: handshake, MTU: max(r.number("X-DTLS-MTU"), 0),
		DPD: r.seconds("X-DTLS-DPD"), Keepalive: r.seconds("X-DTLS-Keepalive"),
	}
	if method := strings.ToLower(header.Get("X-DTLS-Rekey-Method")); method == "ssl" || method == "new-tunnel" {
		p.DTLS.Rekey = r.seconds("X-DTLS-Rekey-Time")
	}
	return p, r.err
}

// handshakeOf reads which of the offered ways to DTLS the gateway took; false
// for none that works.
func handshakeOf(header textproto.MIMEHeader, psk, masterSecret []byte, chain []*x509.Certificate) (dtls.Config, bool) {
	suite := header.Get("X-DTLS-CipherSuite")
	if suite == "" {
		suite = header.Get("X-DTLS12-CipherSuite")
	}
	if strings.EqualFold(suite, pskNegotiate) {
		id, err := hex.DecodeString(header.Get("X-DTLS-App-ID"))
		ok := err == nil && len(id) > 0 && len(id) <= 32 && psk != nil
		return dtls.Config{PSK: psk, AppID: id}, ok
	}
	aes128 := suite == legacyAES128 || suite == ciscoAES128
	if !aes128 && suite != legacyAES256 && suite != ciscoAES256 {
		return dtls.Config{}, false
	}
	id, err := hex.DecodeString(header.Get("X-DTLS-Session-ID"))
	if err != nil || len(id) == 0 || len(id) > 32 || len(chain) == 0 {
		return dtls.Config{}, false
	}
	return dtls.Config{MasterSecret: masterSecret, SessionID: id, AES128: aes128, PeerCertificate: chain[0].Raw}, true
}

// unescape decodes a banner (facts page, section 3: percent-encoded).
func unescape(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
