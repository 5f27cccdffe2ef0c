package anyconnect

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
)

const (
	// maxBody and maxHead bound an answer in bytes; real ones have some
	// thousands.
	maxBody, maxHead = 1 << 20, 64 << 10
	// personTime is more than an answer takes that no person gave.
	personTime = time.Second
	// maxRedirects bounds how often a gateway may send us elsewhere.
	maxRedirects = 3
)

// gateway speaks HTTP with a gateway over one TLS connection at a time. A
// gateway may close it between two requests; the next one dials again.
type gateway struct {
	cfg      tunnel.Config // Host, Port and Path follow redirects
	asker    tunnel.Asker
	progress func(tunnel.Phase)
	log      logrus.FieldLogger
	times    times

	link      *link
	cookies   map[string]string
	redirects int
	// peer is where the gateway was reached; the login and its tunnels stay
	// with one machine behind a name, and need no name server on the way back.
	peer netip.AddrPort
	// renamed says that the gateway's name wants to be asked for again first
	// (X-CSTP-DynDNS).
	renamed bool
	// deadline is when the patience ends.
	deadline time.Time
	// showedCertificate says that the last handshake showed a certificate.
	showedCertificate bool
	// answered says that the gateway has answered a request.
	answered bool
}

func newGateway(d *Driver, cfg tunnel.Config, ask tunnel.Asker, progress func(tunnel.Phase)) *gateway {
	return &gateway{
		cfg: cfg, asker: ask, progress: progress, log: d.log, times: d.times,
		cookies: map[string]string{}, deadline: time.Now().Add(d.times.patience),
	}
}

// ask asks a person.
func (g *gateway) ask(ctx context.Context, q tunnel.Question) (tunnel.Answer, error) {
	defer g.excuse(time.Now())
	return g.asker(ctx, q)
}

// excuse does not count the time since start, which was not the gateway's. A
// person who answered starts the patience anew.
func (g *gateway) excuse(start time.Time) {
	took := time.Since(start)
	g.deadline = g.deadline.Add(took)
	if took > personTime {
		g.deadline = time.Now().Add(g.times.patience)
	}
}

// answer is a gateway's answer, read whole.
type answer struct {
	status int
	reason string // the status line's words
	header http.Header
	body   []byte
}

// request is one request of a login.
type request struct {
	method      string
	path        string
	contentType string
	body        []byte
	header      http.Header // further headers
}

// exchange sends a request and reads the answer. Where the connection of an
// earlier request turns out to be closed, it dials once more; so it does where
// a gateway that asked for a certificate in vain hangs up, to tell one that
// insists on it from one that is just going down.
func (g *gateway) exchange(ctx context.Context, r request) (*answer, error) {
	hungUp := false // on us without a certificate
	for {
		stale := g.link != nil
		if err := g.connect(ctx); err != nil {
			return nil, err
		}
		limit := g.link.limit
		a, err := g.exchangeOnce(ctx, r)
		if err == nil {
			g.answered = true
			return a, nil
		}
		lacking := !stale && !g.answered && g.link.lacksCertificate()
		g.disconnect()
		switch {
		case ctx.Err() != nil || !isClosed(err) || limit.answered || !stale && !lacking:
			return nil, exchangeError(ctx, err)
		case lacking && hungUp:
			return nil, lacksCertificate(err)
		}
		hungUp = lacking
	}
}

func (g *gateway) exchangeOnce(ctx context.Context, r request) (*answer, error) {
	link := g.link
	defer link.limitTime(ctx, g.deadline)()
	link.limit.allow(maxHead + maxBody)
	req, err := g.httpRequest(r)
	if err != nil {
		return nil, tunnel.NewError(tunnel.CodeInvalid, "word request", err)
	}
	if err := req.Write(link.tls); err != nil {
		return nil, err
	}
	return g.readAnswer(req)
}

// httpRequest words a request with the headers that every one carries.
func (g *gateway) httpRequest(r request) (*http.Request, error) {
	req, err := http.NewRequest(r.method, "https://"+g.hostPort()+r.path, bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	setIdentity(req.Header, g.cfg.Device)
	if r.contentType == xmlType {
		req.Header.Set("X-Aggregate-Auth", "1")
	}
	req.Header.Set("Accept", "*/*")
	req.Header.Set("Accept-Encoding", "identity")
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	for name, value := range g.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return req, nil
}

// readAnswer reads an answer whole and takes its cookies.
func (g *gateway) readAnswer(req *http.Request) (*answer, error) {
	resp, err := http.ReadResponse(g.link.in, req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxBody {
		return nil, tunnel.Errorf(tunnel.CodeProtocol, "read answer", "it is longer than %d bytes", maxBody)
	}
	for _, c := range resp.Cookies() {
		if c.Value == "" || c.MaxAge < 0 {
			delete(g.cookies, c.Name)
		} else {
			g.cookies[c.Name] = c.Value
		}
	}
	_, reason, _ := bytes.Cut([]byte(resp.Status), []byte(" "))
	if resp.Close {
		defer g.disconnect()
	}
	return &answer{status: resp.StatusCode, reason: string(reason), header: resp.Header, body: body}, nil
}

// follow goes where a redirect leads: to https only, a few times, and without
// the cookies of another host. The server there is verified like the first.
func (g *gateway) follow(location string) error {
	base := &url.URL{Scheme: "https", Host: g.hostPort(), Path: "/"}
	target, err := base.Parse(location)
	if err != nil {
		return tunnel.NewError(tunnel.CodeProtocol, "follow redirect", err)
	}
	if target.Scheme != "https" || target.Hostname() == "" {
		return tunnel.Errorf(tunnel.CodeProtocol, "follow redirect", "it leads to %s://, not to https", target.Scheme)
	}
	if g.redirects++; g.redirects > maxRedirects {
		return tunnel.Errorf(tunnel.CodeProtocol, "follow redirect", "there were more than %d", maxRedirects)
	}
	port := uint64(DefaultPort)
	if text := target.Port(); text != "" {
		if port, err = strconv.ParseUint(text, 10, 16); err != nil || port == 0 {
			return tunnel.Errorf(tunnel.CodeProtocol, "follow redirect", "bad port %q", text)
		}
	}
	if !strings.EqualFold(target.Hostname(), g.cfg.Host) || uint16(port) != g.cfg.Port {
		g.disconnect()
		clear(g.cookies)
		g.peer = netip.AddrPort{}
		g.cfg.Host, g.cfg.Port = target.Hostname(), uint16(port)
	}
	g.cfg.Path = target.RequestURI()
	return nil
}

// hostPort is the gateway's authority as the Host header has it.
func (g *gateway) hostPort() string {
	if g.cfg.Port == DefaultPort {
		if ip := net.ParseIP(g.cfg.Host); ip != nil && ip.To4() == nil {
			return "[" + g.cfg.Host + "]"
		}
		return g.cfg.Host
	}
	return net.JoinHostPort(g.cfg.Host, strconv.Itoa(int(g.cfg.Port)))
}

// path is the path that a login begins with.
func (g *gateway) path() string {
	if g.cfg.Path == "" {
		return "/"
	}
	return g.cfg.Path
}

// disconnect closes the connection; the next exchange dials.
func (g *gateway) disconnect() {
	if g.link != nil {
		g.link.close()
		g.link = nil
	}
}

// setIdentity says who asks. Gateways choose by the beginning of the user
// agent what they speak, and many answer only to "AnyConnect" (facts page,
// section 1).
func setIdentity(h http.Header, device tunnel.DeviceIdentity) {
	h.Set("User-Agent", "AnyConnect-compatible OpenConnect VPN Agent "+device.ClientVersion)
	h.Set("X-Transcend-Version", "1")
	for name, value := range map[string]string{
		"X-AnyConnect-Identifier-ClientVersion":   device.ClientVersion,
		"X-AnyConnect-Identifier-Platform":        device.Platform,
		"X-AnyConnect-Identifier-PlatformVersion": device.PlatformVersion,
		"X-AnyConnect-Identifier-DeviceType":      device.DeviceType,
		"X-AnyConnect-Identifier-Device-UniqueID": device.UniqueID,
	} {
		if value != "" {
			h[name] = []string{value}
		}
	}
}

// isClosed reports whether the other end had closed the connection.
func isClosed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isReset(err)
}

// exchangeError gives an error of an exchange its code.
func exchangeError(ctx context.Context, err error) error {
	if coded, ok := errors.AsType[*tunnel.Error](err); ok {
		return coded
	}
	if ctx.Err() != nil {
		return contextError(ctx, "talk to the gateway")
	}
	if refused := certificateAlert(err); refused != nil {
		return refused
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return tunnel.NewError(tunnel.CodeTimeout, "talk to the gateway", err)
	}
	if isClosed(err) {
		return tunnel.NewError(tunnel.CodeConnectionLost, "talk to the gateway", err)
	}
	return tunnel.NewError(tunnel.CodeProtocol, "talk to the gateway", err)
}

// contextError is the error of work that was called off or took too long.
func contextError(ctx context.Context, op string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return tunnel.NewError(tunnel.CodeTimeout, op, ctx.Err())
	}
	return tunnel.NewError(tunnel.CodeCancelled, op, context.Cause(ctx))
}
