package anyconnect

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/net/proxy"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
)

const (
	// inBuffer is the read buffer of HTTP over a link, in bytes.
	inBuffer = 16 << 10
)

// link is a TLS connection to a gateway.
type link struct {
	tls   *tls.Conn
	wire  *cstp.BatchConn
	in    *bufio.Reader // over limit
	limit *limit
	// wantedCertificate says that the gateway asked for a certificate,
	// showedCertificate that it got one.
	wantedCertificate bool
	showedCertificate bool
}

// lacksCertificate reports whether the gateway asked for a certificate in vain.
func (l *link) lacksCertificate() bool { return l.wantedCertificate && !l.showedCertificate }

func (l *link) close() { l.wire.CloseTLS(l.tls) }

// limitTime bounds what is read and written until the returned function is
// called, which tells whether ctx did not end meanwhile.
func (l *link) limitTime(ctx context.Context, deadline time.Time) (release func() bool) {
	if end, ok := ctx.Deadline(); ok && end.Before(deadline) {
		deadline = end
	}
	l.tls.SetDeadline(deadline)
	return context.AfterFunc(ctx, func() { l.tls.SetDeadline(time.Unix(1, 0)) })
}

// limit bounds how much of a connection is read as an answer.
type limit struct {
	conn net.Conn
	left int // bytes
	// answered says that something came since the last allow.
	answered bool
}

// allow lets size further bytes come.
func (l *limit) allow(size int) { l.left, l.answered = size, false }

func (l *limit) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, tunnel.Errorf(tunnel.CodeProtocol, "read answer", "it does not end")
	}
	n, err := l.conn.Read(b[:min(len(b), l.left)])
	l.left -= n
	l.answered = l.answered || n > 0
	return n, err
}

// connect dials and verifies the gateway unless there is a connection.
func (g *gateway) connect(ctx context.Context) error {
	if g.link != nil {
		return nil
	}
	raw, err := g.dial(ctx)
	if err != nil {
		return err
	}
	g.progress(tunnel.PhaseVerifying)
	g.link, err = g.handshake(ctx, raw)
	if err != nil {
		raw.Close()
		return err
	}
	g.showedCertificate = g.link.showedCertificate
	return nil
}

// dial opens TCP to the gateway, by the way that the configuration names.
func (g *gateway) dial(ctx context.Context) (net.Conn, error) {
	target := net.JoinHostPort(g.cfg.Host, strconv.Itoa(int(g.cfg.Port)))
	end := time.Now().Add(g.times.dial)
	if g.deadline.Before(end) {
		end = g.deadline
	}
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	g.progress(tunnel.PhaseResolving)
	if g.cfg.Dial != nil {
		g.progress(tunnel.PhaseReaching)
		conn, err := g.cfg.Dial(ctx, "tcp", target)
		return conn, dialError(ctx, err)
	}
	if g.cfg.UpstreamProxy != nil {
		g.progress(tunnel.PhaseReaching)
		return g.dialUpstream(ctx, target)
	}
	conn, err := g.dialDirectly(ctx, target)
	if err != nil {
		return nil, dialError(ctx, err)
	}
	g.peer = remoteAddr(conn)
	return conn, nil
}

// dialDirectly goes where the gateway was before, if it was. While a tunnel is
// in place this machine's names are asked inside, so a lost tunnel could not
// come back by its gateway's name.
func (g *gateway) dialDirectly(ctx context.Context, target string) (net.Conn, error) {
	if !g.renamed {
		if conn, err := g.dialPeer(ctx); err == nil {
			return conn, nil
		}
	}
	conn, err := g.dialByName(ctx, target)
	if err != nil && g.renamed {
		if conn, peerErr := g.dialPeer(ctx); peerErr == nil {
			return conn, nil
		}
	}
	return conn, err
}

// dialUpstream goes through the proxy: to where it was before, for the same
// reason, and then to its name.
func (g *gateway) dialUpstream(ctx context.Context, target string) (net.Conn, error) {
	if g.peer.IsValid() {
		known := *g.cfg.UpstreamProxy
		known.Host = g.peer.String()
		again, cancel := context.WithTimeout(ctx, g.times.peer)
		defer cancel()
		if conn, err := DialThrough(again, &known, target); err == nil {
			return conn, nil
		}
	}
	conn, err := DialThrough(ctx, g.cfg.UpstreamProxy, target)
	if err == nil {
		g.peer = remoteAddr(conn)
	}
	return conn, err
}

// dialPeer goes to the address of the last time.
func (g *gateway) dialPeer(ctx context.Context) (net.Conn, error) {
	if !g.peer.IsValid() {
		return nil, errors.New("there was no last time")
	}
	g.progress(tunnel.PhaseReaching)
	d := net.Dialer{Timeout: g.times.peer}
	return d.DialContext(ctx, "tcp", g.peer.String())
}

// dialByName goes to the gateway's name. The name is resolved apart from the
// dial, so that a person sees which of the two takes long.
func (g *gateway) dialByName(ctx context.Context, target string) (net.Conn, error) {
	if _, err := netip.ParseAddr(g.cfg.Host); err != nil {
		lookup, cancel := context.WithTimeout(ctx, g.times.peer)
		defer cancel()
		if _, err := net.DefaultResolver.LookupNetIP(lookup, "ip", g.cfg.Host); err != nil {
			return nil, err
		}
	}
	g.progress(tunnel.PhaseReaching)
	var d net.Dialer
	return d.DialContext(ctx, "tcp", target)
}

// dialError gives an error of the way to the gateway its code.
func dialError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*tunnel.Error](err); ok {
		return err
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return tunnel.NewError(tunnel.CodeNameNotFound, "resolve the gateway's name", err).WithDetail(dns.Name)
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return contextError(ctx, "reach the gateway")
	}
	return tunnel.NewError(tunnel.CodeUnreachable, "reach the gateway", err)
}

// DialThrough opens TCP to target, HOST:PORT, through an HTTP or SOCKS5 proxy.
// The error has CodeProxy.
func DialThrough(ctx context.Context, via *url.URL, target string) (net.Conn, error) {
	const op = "reach the gateway through the proxy"
	var conn net.Conn
	var err error
	switch via.Scheme {
	case "http":
		conn, err = dialHTTPProxy(ctx, via, target)
	case "socks5", "socks5h":
		var dialer proxy.Dialer
		if dialer, err = proxy.FromURL(via, &net.Dialer{}); err == nil {
			conn, err = dialer.(proxy.ContextDialer).DialContext(ctx, "tcp", target)
		}
	default:
		err = fmt.Errorf("proxies of kind %q are not known", via.Scheme)
	}
	if err == nil {
		return conn, nil
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil, contextError(ctx, op)
	}
	return nil, tunnel.NewError(tunnel.CodeProxy, op, err).WithDetail(via.Host)
}

// dialHTTPProxy asks an HTTP proxy for a connection (RFC 9110, section 9.3.6).
func dialHTTPProxy(ctx context.Context, via *url.URL, target string) (net.Conn, error) {
	address := via.Host
	if via.Port() == "" {
		address = net.JoinHostPort(via.Hostname(), "80")
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := askHTTPProxy(conn, via.User, target); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func askHTTPProxy(conn net.Conn, user *url.Userinfo, target string) error {
	request := "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n"
	if user != nil {
		password, _ := user.Password()
		login := base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
		request += "Proxy-Authorization: Basic " + login + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		return err
	}
	// One byte at a time, so that no byte of the gateway's is taken from TLS.
	in := bufio.NewReaderSize(io.LimitReader(oneByte{conn}, 64<<10), 1)
	resp, err := http.ReadResponse(in, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return fmt.Errorf("read the proxy's answer: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the proxy answered %s", resp.Status)
	}
	return nil
}

// oneByte reads one byte a call.
type oneByte struct{ io.Reader }

func (r oneByte) Read(b []byte) (int, error) {
	if len(b) > 1 {
		b = b[:1]
	}
	return r.Reader.Read(b)
}

// isReset reports whether the other end broke the connection.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}
