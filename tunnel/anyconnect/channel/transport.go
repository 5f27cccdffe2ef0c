package channel

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
	"torii/tunnel/internal/words"
)

// Transport carries the packets of one tunnel over TLS and DTLS.
type Transport struct {
	cfg    Config
	stream *cstp.Conn
	// streamLife watches the TLS channel.
	streamLife *liveness

	// datagrams is the DTLS channel while it is up.
	datagrams atomic.Pointer[datagrams]
	// mtu is the largest inner packet that the present path carries, in bytes.
	mtu atomic.Int64

	deliver func(bufs [][]byte, offset int) error

	changed  chan struct{}
	rekeyDue chan struct{}

	telling sync.WaitGroup // control frames on their way

	serving atomic.Bool // Serve reads the stream
	leaving atomic.Bool // the gateway was told goodbye

	ending sync.Once
	ended  chan struct{} // closed by end
	cause  error         // why, before ended is closed
}

var _ tunnel.Transport = (*Transport)(nil)

// New makes a transport of an answered CONNECT. It owns the TLS connection.
func New(cfg Config) *Transport {
	now := time.Now()
	t := &Transport{
		cfg:        cfg,
		stream:     cstp.NewConn(cfg.TLS, cfg.Wire, cfg.Early),
		streamLife: newLiveness(cfg.Params.DPD, cfg.Params.Keepalive, now),
		changed:    make(chan struct{}, 1),
		rekeyDue:   make(chan struct{}),
		ended:      make(chan struct{}),
	}
	t.mtu.Store(int64(cfg.Settings.MTU))
	return t
}

// Settings implements tunnel.Transport.
func (t *Transport) Settings() tunnel.Settings { return t.cfg.Settings }

// Changed implements tunnel.Transport.
func (t *Transport) Changed() <-chan struct{} { return t.changed }

// RekeyDue implements tunnel.Transport.
func (t *Transport) RekeyDue() <-chan struct{} { return t.rekeyDue }

// Status implements tunnel.Transport.
func (t *Transport) Status() tunnel.TransportStatus {
	if d := t.datagrams.Load(); d != nil {
		return tunnel.TransportStatus{
			Transport: "dtls", Cipher: d.conn.Cipher(),
			Local: addrPort(d.conn.LocalAddr()), Gateway: addrPort(d.conn.RemoteAddr()), MTU: int(t.mtu.Load()),
		}
	}
	return tunnel.TransportStatus{
		Transport: "tls", Cipher: cipherName(t.cfg.TLS.ConnectionState()),
		Local: addrPort(t.cfg.TLS.LocalAddr()), Gateway: addrPort(t.cfg.TLS.RemoteAddr()), MTU: int(t.mtu.Load()),
	}
}

// Serve implements tunnel.Transport.
func (t *Transport) Serve(ctx context.Context, deliver func(bufs [][]byte, offset int) error) error {
	t.deliver = deliver
	t.serving.Store(true)
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { t.end(t.serveStream()) })
	work.Go(func() { t.watch(ctx) })
	if t.cfg.DialUDP != nil && t.cfg.Params.DTLS != nil {
		work.Go(func() { t.keepDatagrams(ctx) })
	}
	select {
	case <-ctx.Done():
		t.end(ctx.Err())
	case <-t.ended:
	}
	cancel()
	work.Wait()
	t.telling.Wait()
	return t.cause
}

// Send implements tunnel.Transport.
func (t *Transport) Send(bufs [][]byte) error {
	if len(bufs) == 0 {
		return nil
	}
	if d := t.datagrams.Load(); d != nil {
		d.sent(len(bufs))
		if err := d.conn.Send(bufs); err != nil {
			d.fail(err)
			t.datagrams.CompareAndSwap(d, nil) // the next batch takes TLS
		}
		return nil
	}
	t.streamLife.sent()
	if err := t.stream.Send(bufs); err != nil {
		t.end(lost("send packets", err))
		return t.cause
	}
	return nil
}

// Close implements tunnel.Transport.
func (t *Transport) Close(reason tunnel.EndReason) error {
	if reason == tunnel.EndSession {
		select {
		case <-t.ended:
		default:
			t.stream.HurrySends() // the peer may take nothing any more
			t.sayGoodbye()
		}
	}
	t.end(errClosed())
	return nil
}

// goodbyeTime bounds how long a gateway has to hang up once it was told
// goodbye.
const goodbyeTime = time.Second

// sayGoodbye tells the gateway to forget the session, and goes on reading until
// it hangs up. A connection that is closed with packets unread is reset, and a
// UDP port that is closed refuses datagrams: either may reach the gateway
// before it has read the goodbye, and it would keep the session.
func (t *Transport) sayGoodbye() {
	t.leaving.Store(true)
	err := t.stream.SendControl(cstp.Disconnect, append([]byte{cstp.ReasonUser}, "user disconnected"...))
	if err != nil || !t.serving.Load() {
		return
	}
	timer := time.NewTimer(goodbyeTime)
	defer timer.Stop()
	select {
	case <-t.ended:
	case <-timer.C:
	}
}

// errClosed is why a transport ended that was closed from this side.
func errClosed() error {
	return tunnel.Errorf(tunnel.CodeCancelled, "serve tunnel", "the transport was closed")
}

// end ends the transport; the first cause stands.
func (t *Transport) end(cause error) {
	t.ending.Do(func() {
		t.cause = cause
		close(t.ended)
		if d := t.datagrams.Load(); d != nil {
			d.fail(cause)
		}
		t.stream.Close()
	})
	<-t.ended
}

// serveStream reads the TLS channel until it ends and says why.
func (t *Transport) serveStream() error {
	err := t.stream.Serve(func(bufs [][]byte, offset int) error {
		t.streamLife.heard()
		return t.deliver(bufs, offset)
	}, func(kind cstp.Type, payload []byte) error {
		t.streamLife.heard()
		return t.takeControl(kind, payload)
	})
	if t.leaving.Load() {
		return errClosed()
	}
	if coded, ok := errors.AsType[*tunnel.Error](err); ok {
		return coded
	}
	if errors.Is(err, cstp.ErrNoFrame) {
		return tunnel.NewError(tunnel.CodeProtocol, "read packets", err)
	}
	return lost("read packets", err)
}

// takeControl answers the TLS channel's control frames.
func (t *Transport) takeControl(kind cstp.Type, payload []byte) error {
	switch kind {
	case cstp.DPDRequest:
		return t.stream.SendControl(cstp.DPDReply, payload)
	case cstp.Disconnect, cstp.Terminate:
		return goodbye(kind, payload)
	case cstp.Compressed:
		return tunnel.Errorf(tunnel.CodeProtocol, "read packets", "a compressed packet, though compression was not offered")
	default: // DPD replies and keepalives were heard; unknown types are ignored, as ocserv does
		return nil
	}
}

// maxWords bounds a gateway's words at the end, in bytes.
const maxWords = 200

// goodbye words the end that the gateway asked for. A reason that is not known
// asks for a reconnect, as the known one does (facts page, section 4).
func goodbye(kind cstp.Type, payload []byte) error {
	code := tunnel.CodeSessionEnded
	text := payload
	if len(payload) > 0 {
		text = payload[1:]
		over := payload[0] == cstp.ReasonUser || payload[0] == cstp.ReasonError
		if kind == cstp.Disconnect && !over {
			code = tunnel.CodeConnectionLost
		}
	}
	return tunnel.Errorf(code, "serve tunnel", "the gateway sent %#02x % x", byte(kind), payload[:min(len(payload), 1)]).WithDetail(words.Line(string(text), maxWords))
}

// lost is the error of a connection that broke.
func lost(op string, cause error) error {
	return tunnel.NewError(tunnel.CodeConnectionLost, op, cause)
}

// notify tells whoever waits on Changed.
func (t *Transport) notify() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// addrPort reads an address of a connection; zero for one in memory.
func addrPort(addr net.Addr) netip.AddrPort {
	var parsed netip.AddrPort
	switch a := addr.(type) {
	case *net.TCPAddr:
		parsed = a.AddrPort()
	case *net.UDPAddr:
		parsed = a.AddrPort()
	default:
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(parsed.Addr().Unmap(), parsed.Port())
}

// cipherName names version and suite for people: "TLS 1.3, AES-256-GCM".
func cipherName(state tls.ConnectionState) string {
	name := tls.CipherSuiteName(state.CipherSuite)
	if _, suite, ok := strings.Cut(name, "_WITH_"); ok {
		name = suite
	}
	name = strings.TrimPrefix(name, "TLS_")
	for _, hash := range []string{"_SHA256", "_SHA384", "_SHA"} {
		name = strings.TrimSuffix(name, hash)
	}
	return tls.VersionName(state.Version) + ", " + strings.ReplaceAll(name, "_", "-")
}
