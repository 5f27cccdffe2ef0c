package gateway

import (
	"context"
	"crypto/tls"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
	"torii/tunnel/anyconnect/dtls"
)

// reasonAdministrator goes out with a terminate.
const reasonAdministrator = 0x70

// channel carries frames: the TLS connection, or DTLS beside it.
type channel interface {
	Send(packets [][]byte) error
	SendControl(kind cstp.Type, payload []byte) error
	Close() error
}

// link is one tunnel of a session: a TLS channel, and DTLS beside it when the
// client brings it up.
type link struct {
	session *session
	inside  *inside
	tls     *tls.Conn
	v4, v6  netip.Addr
	stream  *cstp.Conn // set once the answer to CONNECT goes out

	appID appID
	psk   []byte // nil where DTLS was not offered

	// datagrams is the DTLS channel while it is up. Packets are sent on it
	// while the client was heard there last.
	datagrams     atomic.Pointer[dtls.Conn]
	overDatagrams atomic.Bool
	mu            sync.Mutex // guards closed
	closed        bool

	heard atomic.Int64 // when a frame came last, in nanoseconds of Unix time
}

// newLink prepares a tunnel over a TLS connection.
func newLink(s *session, in *inside, conn *tls.Conn, v4, v6 netip.Addr) *link {
	return &link{session: s, inside: in, tls: conn, v4: v4, v6: v6}
}

// serve carries packets until the tunnel ends.
func (l *link) serve() {
	g := l.session.gateway
	if err := l.session.attach(l); err != nil {
		l.terminate(err.Error())
		return
	}
	g.links.add(l)
	ctx, cancel := context.WithCancel(g.ctx)
	var work sync.WaitGroup
	defer func() {
		cancel()
		l.close()
		work.Wait()
		g.links.drop(l)
		l.session.detach(l)
	}()
	stop := context.AfterFunc(ctx, l.close)
	defer stop()
	if g.Fault() == FaultRubbishFrames {
		l.tls.Write(rubbish())
	}
	if g.Fault() == FaultSessionEnded {
		timer := time.AfterFunc(sessionEndedAfter, func() { l.session.end("The session was ended by the administrator.") })
		defer timer.Stop()
	}
	l.heard.Store(time.Now().UnixNano())
	work.Go(func() { l.watch(ctx) })
	l.stream.Serve(l.deliverFrom(false), l.controlFrom(l.stream, false))
}

// close ends both channels.
func (l *link) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	if datagrams := l.datagrams.Load(); datagrams != nil {
		datagrams.Close()
	}
	l.stream.Close()
}

// terminate tells the client that the session is over, and closes.
func (l *link) terminate(reason string) {
	if reason != "" {
		l.tls.SetWriteDeadline(time.Now().Add(time.Second))
		l.stream.SendControl(cstp.Terminate, append([]byte{reasonAdministrator}, reason...))
	}
	l.close()
}

// watch asks a silent client whether it is there, and ends the tunnel of one
// that does not answer (draft section 2.2.2).
func (l *link) watch(ctx context.Context) {
	interval := l.session.gateway.config.DPD
	ticker := time.NewTicker(interval / 2)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if l.session.gateway.Fault() == FaultGatewayFrozen {
			continue
		}
		silence := time.Since(time.Unix(0, l.heard.Load()))
		if silence > 2*interval {
			l.close()
			return
		}
		if silence >= interval {
			l.stream.SendControl(cstp.DPDRequest, nil)
		}
	}
}

// send sends packets to the client where it was heard last. A frozen gateway
// and a blocked UDP send nothing.
func (l *link) send(packets [][]byte) {
	datagrams := l.datagrams.Load()
	over := datagrams != nil && l.overDatagrams.Load()
	switch {
	case l.deaf(over):
	case !over:
		l.stream.Send(packets) // an error ends Serve, too
	case datagrams.Send(packets) != nil:
		l.overDatagrams.Store(false)
	}
}

// deaf tells whether the fault that is set silences a channel.
func (l *link) deaf(datagrams bool) bool {
	switch l.session.gateway.Fault() {
	case FaultGatewayFrozen:
		return true
	case FaultUDPBlocked:
		return datagrams
	default:
		return false
	}
}

// deliverFrom takes packets from a channel to the inside: those with the
// session's own source address.
func (l *link) deliverFrom(datagrams bool) func([][]byte, int) error {
	return func(packets [][]byte, offset int) error {
		if l.deaf(datagrams) {
			return nil
		}
		l.heard.Store(time.Now().UnixNano())
		l.overDatagrams.Store(datagrams)
		own := packets[:0]
		for _, packet := range packets {
			if address := source(packet[offset:]); address == l.v4 || address == l.v6 || l.session.owns(address) {
				own = append(own, packet)
			}
		}
		if len(own) == 0 {
			return nil
		}
		_, err := l.inside.device.Write(own, offset)
		return err
	}
}

// controlFrom answers the other frames of a channel.
func (l *link) controlFrom(from channel, datagrams bool) func(cstp.Type, []byte) error {
	return func(kind cstp.Type, payload []byte) error {
		if l.deaf(datagrams) {
			return nil
		}
		l.heard.Store(time.Now().UnixNano())
		switch kind {
		case cstp.DPDRequest:
			return from.SendControl(cstp.DPDReply, payload)
		case cstp.Disconnect:
			if len(payload) == 0 || payload[0] != cstp.ReasonReconnect {
				l.session.end("")
			}
			return errDisconnected
		default:
			return nil // keepalive, a late answer, or a type to ignore
		}
	}
}

// errDisconnected ends a channel whose client said goodbye.
var errDisconnected = tunnel.Errorf(tunnel.CodeSessionEnded, "serve tunnel", "the client disconnected")
