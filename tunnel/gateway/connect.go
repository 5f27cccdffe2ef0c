package gateway

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"torii/tunnel/anyconnect/cstp"
)

const (
	tunnelPath = "/CSCOSSLC/tunnel"
	// pskLabel is the TLS exporter label of the DTLS key (draft section 2.3).
	pskLabel = "EXPORTER-openconnect-psk"
	pskSize  = 32
	// baseMTU is told as the MTU of the gateway's own link.
	baseMTU = 1500
	// maxDevices bounds the devices that are remembered.
	maxDevices = 1024
)

// serveConnect answers the request for a tunnel and carries it to its end.
func (g *Gateway) serveConnect(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != tunnelPath {
		http.NotFound(w, r)
		return
	}
	s := g.findSession(cookie(r, sessionCookie))
	if s == nil {
		w.Header().Set("X-Reason", "The session is not known here.")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if g.registers(s.device) {
		// No address and no tunnel: the connection has done what it was for.
		w.Header().Set("X-CSTP-Version", "1")
		w.Header().Set("Connection", "close")
		return
	}
	l, answer, err := g.prepareTunnel(s, r)
	if err != nil {
		w.Header().Set("X-Reason", err.Error())
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	hijacked, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer hijacked.Close()
	early, err := buffered.Reader.Peek(buffered.Reader.Buffered())
	if err != nil {
		return
	}
	l.stream = cstp.NewConn(l.tls, l.tls.NetConn().(*cstp.BatchConn), early)
	if _, err := hijacked.Write(answer); err != nil {
		return
	}
	g.log.WithField("user", s.user).Debug("practice gateway: tunnel opened")
	l.serve()
	g.log.WithField("user", s.user).Debug("practice gateway: tunnel closed")
}

// registers tells whether this connection of a device is its first, and
// remembers it.
func (g *Gateway) registers(device string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.config.RegistersDevices || g.devices[device] {
		return false
	}
	if len(g.devices) >= maxDevices {
		clear(g.devices)
	}
	g.devices[device] = true
	return true
}

// prepareTunnel gives the session its addresses and words the answer.
func (g *Gateway) prepareTunnel(s *session, r *http.Request) (*link, []byte, error) {
	in, err := g.openInside()
	if err != nil {
		return nil, nil, err
	}
	family := strings.ToLower(r.Header.Get("X-CSTP-Address-Type"))
	v4, v6, err := s.takeAddresses(in, family == "" || strings.Contains(family, "ipv6"))
	if err != nil {
		return nil, nil, err
	}
	l := newLink(s, in, connOf(r), v4, v6)
	h := &headers{}
	h.add("X-CSTP-Version", "1")
	h.add("X-CSTP-Server-Name", "Torii practice gateway")
	if g.Fault() == FaultImpossibleRoutes {
		h.addImpossible()
	} else {
		g.addNetwork(h, v4, v6)
	}
	g.addTimes(h)
	if g.config.Banner != "" {
		h.add("X-CSTP-Banner", url.PathEscape(g.config.Banner))
	}
	if !g.config.NoDTLS && offersPSK(r) {
		if err := l.offerDTLS(h, connOf(r).LocalAddr()); err != nil {
			g.log.WithError(err).Debug("practice gateway: no DTLS for this client")
		}
	}
	return l, h.bytes("HTTP/1.1 200 CONNECTED"), nil
}

// offersPSK tells whether a client can do DTLS with a key from the TLS channel.
func offersPSK(r *http.Request) bool {
	for _, offered := range r.Header.Values("X-DTLS-CipherSuite") {
		for suite := range strings.SplitSeq(offered, ":") {
			if strings.EqualFold(strings.TrimSpace(suite), "PSK-NEGOTIATE") {
				return true
			}
		}
	}
	return false
}

// offerDTLS makes the link's key and its name and tells the client.
func (l *link) offerDTLS(h *headers, local net.Addr) error {
	state := l.tls.ConnectionState()
	key, err := state.ExportKeyingMaterial(pskLabel, nil, pskSize)
	if err != nil {
		return fmt.Errorf("derive the DTLS key: %w", err)
	}
	rand.Read(l.appID[:])
	l.psk = key
	config := &l.session.gateway.config
	_, port, err := net.SplitHostPort(local.String())
	if err != nil {
		return fmt.Errorf("find the DTLS port: %w", err)
	}
	h.add("X-DTLS-App-ID", hex.EncodeToString(l.appID[:]))
	h.add("X-DTLS-Port", port)
	h.add("X-DTLS-CipherSuite", "PSK-NEGOTIATE")
	h.add("X-DTLS-MTU", fmt.Sprint(config.MTU))
	h.addSeconds("X-DTLS-DPD", config.DPD)
	h.addSeconds("X-DTLS-Keepalive", config.Keepalive)
	return nil
}

// addNetwork tells addresses, routes and DNS.
func (g *Gateway) addNetwork(h *headers, v4, v6 netip.Addr) {
	c := &g.config
	h.add("X-CSTP-Base-MTU", fmt.Sprint(baseMTU))
	h.add("X-CSTP-MTU", fmt.Sprint(c.MTU))
	h.add("X-CSTP-Address", v4.String())
	h.add("X-CSTP-Netmask", mask(c.Network4))
	if v6.IsValid() {
		h.add("X-CSTP-Address-IP6", netip.PrefixFrom(v6, c.Network6.Bits()).String())
	}
	h.add("X-CSTP-DNS", serverAddress(c.Network4).String())
	h.add("X-CSTP-Default-Domain", Domain)
	h.add("X-CSTP-Tunnel-All-DNS", "false")
	h.add("X-CSTP-Client-Bypass-Protocol", "false")
	if !c.FullTunnel {
		h.add("X-CSTP-Split-DNS", Domain)
		h.addRoutes("X-CSTP-Split-Include", c.Include)
	}
	h.addRoutes("X-CSTP-Split-Exclude", c.Exclude)
}

// addTimes tells the intervals and limits.
func (g *Gateway) addTimes(h *headers) {
	c := &g.config
	h.addSeconds("X-CSTP-DPD", c.DPD)
	h.addSeconds("X-CSTP-Keepalive", c.Keepalive)
	h.addSeconds("X-CSTP-Disconnected-Timeout", c.KeepSession)
	if c.Rekey > 0 {
		h.addSeconds("X-CSTP-Rekey-Time", c.Rekey)
		h.add("X-CSTP-Rekey-Method", "new-tunnel")
	} else {
		h.add("X-CSTP-Rekey-Method", "none")
	}
	h.addLimit("X-CSTP-Session-Timeout", c.SessionTimeout)
	h.addLimit("X-CSTP-Idle-Timeout", c.IdleTimeout)
}

// headers is the head of the answer to CONNECT, written as gateways write it:
// names with their own capitals, repeated ones apart.
type headers struct{ lines []string }

func (h *headers) add(name, value string) { h.lines = append(h.lines, name+": "+value) }

// addSeconds adds a time, rounded up, so that a test may use a short one.
func (h *headers) addSeconds(name string, d time.Duration) {
	h.add(name, fmt.Sprint(int((d+time.Second-1)/time.Second)))
}

// addLimit adds a time that may be missing.
func (h *headers) addLimit(name string, d time.Duration) {
	if d == 0 {
		h.add(name, "none")
		return
	}
	h.addSeconds(name, d)
}

// addRoutes adds networks under the names of their families.
func (h *headers) addRoutes(name string, routes []netip.Prefix) {
	for _, route := range routes {
		if route.Addr().Is4() {
			h.add(name, route.Masked().Addr().String()+"/"+mask(route))
		} else {
			h.add(name+"-IP6", route.Masked().String())
		}
	}
}

// addImpossible tells a network that cannot be.
func (h *headers) addImpossible() {
	h.add("X-CSTP-MTU", "20")
	h.add("X-CSTP-Address", "127.0.0.1")
	h.add("X-CSTP-Netmask", "255.0.255.0")
	h.add("X-CSTP-DNS", "255.255.255.255")
	for _, route := range []string{"300.1.2.3/99", "127.0.0.0/255.0.0.0", "224.0.0.0/240.0.0.0", "0.0.0.0/0.0.0.0/0"} {
		h.add("X-CSTP-Split-Include", route)
	}
}

// bytes writes the head.
func (h *headers) bytes(status string) []byte {
	return []byte(status + "\r\n" + strings.Join(h.lines, "\r\n") + "\r\n\r\n")
}

// mask is a prefix length of IPv4 in dotted form.
func mask(p netip.Prefix) string {
	return net.IP(net.CIDRMask(p.Bits(), 32)).String()
}
