package anyconnect

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"time"

	"torii/tunnel"
	"torii/tunnel/anyconnect/channel"
	"torii/tunnel/anyconnect/dtls"
)

const (
	tunnelPath = "/CSCOSSLC/tunnel"
	// exporterLabel and pskLen make the key of PSK-NEGOTIATE from the TLS
	// connection (facts page, section 5).
	exporterLabel = "EXPORTER-openconnect-psk"
	pskLen        = 32
	// masterSecretLen is what the older way sends over TLS instead.
	masterSecretLen = 48
	// maxHeaders bounds the answer to CONNECT in bytes: thousands of routes.
	maxHeaders = 512 << 10
	// ipv6Header, ipv4Header and udpHeader are outer headers, in bytes.
	ipv4Header, ipv6Header, udpHeader = 20, 40, 8
)

// connecting is one request for a tunnel.
type connecting struct {
	gateway  *gateway
	session  *session
	previous *tunnel.Settings

	psk          []byte // nil where the TLS connection has none to give
	masterSecret []byte
}

// run sends CONNECT and makes a transport of the answer.
func (c *connecting) run(ctx context.Context) (*channel.Transport, error) {
	link := c.gateway.link
	stop := link.limitTime(ctx, c.gateway.deadline)
	defer stop()
	link.limit.allow(maxHeaders + inBuffer)
	c.makeSecrets()
	if err := c.request(); err != nil {
		return nil, exchangeError(ctx, err)
	}
	header, err := c.answer()
	if err != nil {
		return nil, exchangeError(ctx, err)
	}
	c.gateway.renamed = strings.EqualFold(header.Get("X-CSTP-DynDNS"), "true")
	if c.previous == nil && len(header.Values("X-CSTP-Address"))+len(header.Values("X-CSTP-Address-IP6")) == 0 {
		// A gateway that registers devices does so with a first tunnel that it
		// gives no address to (reference 002, 3-2).
		return nil, tunnel.Errorf(tunnel.CodeDeviceRegistered, "ask for the tunnel", "the gateway gave no address").
			WithDetail(oneLine(header.Get("X-Reason")))
	}
	settings, err := parseSettings(header, remoteAddr(link.wire))
	if err != nil {
		return nil, err
	}
	params, err := parseParams(header, c.psk, c.masterSecret, link.tls.ConnectionState().PeerCertificates)
	if err != nil {
		return nil, err
	}
	if !stop() { // ctx ended meanwhile, and with it the connection
		return nil, contextError(ctx, "ask for the tunnel")
	}
	link.tls.SetDeadline(time.Time{})
	link.wire.BeforeRead = nil
	early, err := link.in.Peek(link.in.Buffered())
	if err != nil {
		return nil, tunnel.NewError(tunnel.CodeInternal, "take over the connection", err)
	}
	return channel.New(channel.Config{
		TLS: link.tls, Wire: link.wire, Early: early, Settings: *settings, Params: *params,
		DialUDP: c.dialUDP(params), Log: c.gateway.log,
	}), nil
}

// makeSecrets prepares both ways to a DTLS channel.
func (c *connecting) makeSecrets() {
	state := c.gateway.link.tls.ConnectionState()
	// TLS 1.2 gives keying material only with the extended master secret
	// (RFC 7627); without it the older way remains.
	if psk, err := state.ExportKeyingMaterial(exporterLabel, nil, pskLen); err == nil {
		c.psk = psk
	}
	c.masterSecret = make([]byte, masterSecretLen)
	rand.Read(c.masterSecret)
}

// request writes the CONNECT request. Its headers' names are written as the
// gateways write them.
func (c *connecting) request() error {
	g := c.gateway
	var b bytes.Buffer
	line := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	fmt.Fprintf(&b, "CONNECT %s HTTP/1.1\r\n", tunnelPath)
	line("Host", g.hostPort())
	identity := http.Header{}
	setIdentity(identity, g.cfg.Device)
	for name, values := range identity {
		line(name, values[0])
	}
	line("Cookie", sessionCookie+"="+c.session.cookie.Reveal())
	line("X-CSTP-Version", "1")
	line("X-CSTP-Hostname", hostname(g.cfg.Device))
	line("X-CSTP-Protocol", "Copyright (c) 2004 Cisco Systems, Inc.") // some gateways insist on it
	base := pathMTU(g.link.wire)
	overhead := ipv4Header + udpHeader + dtls.Overhead
	if remoteAddr(g.link.wire).Addr().Is6() {
		overhead = ipv6Header + udpHeader + dtls.Overhead
	}
	line("X-CSTP-Base-MTU", strconv.Itoa(base))
	line("X-CSTP-MTU", strconv.Itoa(base-overhead))
	line("X-CSTP-Address-Type", "IPv6,IPv4")
	line("X-CSTP-Full-IPv6-Capability", "true")
	if c.previous != nil {
		for _, p := range c.previous.Addresses {
			line("X-CSTP-Address", p.Addr().String())
		}
	}
	c.offerDTLS(line)
	b.WriteString("\r\n")
	_, err := g.link.tls.Write(b.Bytes())
	return err
}

// offerDTLS offers the ways to DTLS, the best one first.
func (c *connecting) offerDTLS(line func(name, value string)) {
	if c.gateway.cfg.NoDTLS || c.gateway.cfg.UpstreamProxy != nil { // UDP does not pass a proxy
		return
	}
	offer := legacyAES256 + ":" + legacyAES128
	if c.psk != nil {
		offer = pskNegotiate + ":" + offer
	}
	line("X-DTLS-Master-Secret", strings.ToUpper(hex.EncodeToString(c.masterSecret)))
	line("X-DTLS-CipherSuite", offer)
	line("X-DTLS12-CipherSuite", ciscoAES256+":"+ciscoAES128)
}

// answer reads the answer's headers. Repeated ones stay apart and names are
// compared without case.
func (c *connecting) answer() (textproto.MIMEHeader, error) {
	// A second buffered reader would take packets behind the headers with it.
	lines, err := readHeaderBlock(c.gateway.link.in)
	if err != nil {
		return nil, err
	}
	return readHeaders(lines)
}

// readHeaders reads status line and headers.
func readHeaders(block []byte) (textproto.MIMEHeader, error) {
	const op = "ask for the tunnel"
	reader := textproto.NewReader(bufio.NewReader(bytes.NewReader(block)))
	status, err := reader.ReadLine()
	if err != nil {
		return nil, tunnel.NewError(tunnel.CodeProtocol, op, err)
	}
	header, err := reader.ReadMIMEHeader()
	if err != nil {
		return nil, tunnel.NewError(tunnel.CodeProtocol, op, err)
	}
	return header, checkStatus(status, header)
}

// readHeaderBlock reads up to and with the empty line that ends the headers.
func readHeaderBlock(in *bufio.Reader) ([]byte, error) {
	var block []byte
	for {
		line, err := in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		block = append(block, line...)
		if len(block) > maxHeaders {
			return nil, tunnel.Errorf(tunnel.CodeBadSettings, "ask for the tunnel", "the answer is longer than %d bytes", maxHeaders)
		}
		if err == nil && len(bytes.TrimRight(line, "\r\n")) == 0 && len(block) > len(line) {
			return block, nil
		}
	}
}

// checkStatus reads the status line of the answer to CONNECT.
func checkStatus(line string, header textproto.MIMEHeader) error {
	const op = "ask for the tunnel"
	version, rest, _ := strings.Cut(line, " ")
	if !strings.HasPrefix(version, "HTTP/1.") {
		return tunnel.Errorf(tunnel.CodeProtocol, op, "the answer is no HTTP")
	}
	status, said, _ := strings.Cut(rest, " ")
	if reason := header.Get("X-Reason"); reason != "" {
		said = reason
	}
	said = oneLine(said)
	switch status {
	case "200":
		return nil
	case "401", "405": // a camouflaged gateway says 405 to a cookie that is none any more
		return tunnel.Errorf(tunnel.CodeSessionEnded, op, "the gateway does not know the session any more").WithDetail(said)
	case "403", "503":
		code := tunnel.CodeGatewayRefused
		if isRegistration(said) {
			code = tunnel.CodeDeviceRegistered
		}
		return tunnel.Errorf(code, op, "the gateway answered %s", status).WithDetail(said)
	default:
		return tunnel.Errorf(tunnel.CodeProtocol, op, "the gateway answered %q", oneLine(line))
	}
}

// dialUDP returns how to reach the gateway's DTLS port; nil for never. It is
// the same address that TLS reached: a name may have several.
func (c *connecting) dialUDP(params *channel.Params) func(ctx context.Context) (net.Conn, error) {
	cfg := &c.gateway.cfg
	if cfg.NoDTLS || cfg.UpstreamProxy != nil || params.DTLS == nil {
		return nil
	}
	port := strconv.Itoa(int(params.DTLS.Port))
	if cfg.Dial != nil {
		dial, target := cfg.Dial, net.JoinHostPort(cfg.Host, port)
		return func(ctx context.Context) (net.Conn, error) { return dial(ctx, "udp", target) }
	}
	host, _, err := net.SplitHostPort(c.gateway.link.wire.RemoteAddr().String())
	if err != nil {
		return nil
	}
	target := net.JoinHostPort(host, port)
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", target)
	}
}

// remoteAddr is where the gateway is outside; zero for one in memory.
func remoteAddr(conn net.Conn) netip.AddrPort {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	at := tcp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// hostname is what the gateway calls this machine.
func hostname(device tunnel.DeviceIdentity) string {
	if device.ComputerName != "" {
		return device.ComputerName
	}
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "localhost"
}
