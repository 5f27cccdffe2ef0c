package gateway

import (
	"context"
	"crypto/tls"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"torii/tunnel"
)

// The types of frames (draft section 2.2).
const (
	frameData       = 0x00
	frameDPDRequest = 0x03
	frameDPDAnswer  = 0x04
	frameDisconnect = 0x05
	frameKeepalive  = 0x07
	frameTerminate  = 0x09

	// reasonReconnect in a disconnect keeps the session.
	reasonReconnect = 0x91
	// reasonAdministrator goes out with a terminate.
	reasonAdministrator = 0x70
)

// channel carries frames: the TLS connection, or DTLS beside it.
type channel interface {
	// Send sends packets, each behind tunnel.Headroom bytes of room.
	Send(packets [][]byte) error
	// SendControl sends any other frame.
	SendControl(kind byte, payload []byte) error
	// Serve reads until the channel ends.
	Serve(ctx context.Context, deliver func(packets [][]byte, offset int) error, control func(kind byte, payload []byte) error) error
	Close() error
}

// link is one tunnel of a session: a TLS channel, and DTLS beside it when the
// client brings it up.
type link struct {
	session *session
	inside  *inside
	tls     *tls.Conn
	v4, v6  netip.Addr
	stream  channel

	appID [32]byte // names the link in a DTLS handshake
	psk   []byte   // nil where DTLS was not offered

	// datagrams is the DTLS channel while it is up; present is where packets
	// are sent: where the client was heard last.
	mu        sync.Mutex
	datagrams channel
	present   atomic.Pointer[channel]

	heard atomic.Int64 // when a frame came last, in nanoseconds of Unix time
}

// newLink prepares a tunnel over a TLS connection.
func newLink(s *session, in *inside, conn *tls.Conn, v4, v6 netip.Addr) *link {
	l := &link{session: s, inside: in, tls: conn, v4: v4, v6: v6, stream: newStream(conn)}
	l.present.Store(&l.stream)
	return l
}

// serve carries packets until the tunnel ends.
func (l *link) serve() {
	g := l.session.gateway
	if err := l.session.attach(l); err != nil {
		l.terminate(err.Error())
		return
	}
	g.addLink(l)
	ctx, cancel := context.WithCancel(g.ctx)
	var work sync.WaitGroup
	defer func() {
		cancel()
		l.close()
		work.Wait()
		g.dropLink(l)
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
	l.stream.Serve(ctx, l.deliverFrom(&l.stream), l.controlFrom(&l.stream))
}

// close ends both channels.
func (l *link) close() {
	l.mu.Lock()
	datagrams := l.datagrams
	l.mu.Unlock()
	if datagrams != nil {
		datagrams.Close()
	}
	l.stream.Close()
}

// terminate tells the client that the session is over, and closes.
func (l *link) terminate(reason string) {
	if reason != "" {
		l.tls.SetWriteDeadline(time.Now().Add(time.Second))
		l.stream.SendControl(frameTerminate, append([]byte{reasonAdministrator}, reason...))
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
			l.stream.SendControl(frameDPDRequest, nil)
		}
	}
}

// send sends packets to the client where it was heard last. A frozen gateway
// and a blocked UDP send nothing.
func (l *link) send(packets [][]byte) {
	channel := l.present.Load()
	if l.deaf(channel) {
		return
	}
	if err := (*channel).Send(packets); err != nil && channel != &l.stream {
		l.present.CompareAndSwap(channel, &l.stream)
	}
}

// deaf tells whether the fault that is set silences a channel.
func (l *link) deaf(channel *channel) bool {
	switch l.session.gateway.Fault() {
	case FaultGatewayFrozen:
		return true
	case FaultUDPBlocked:
		return channel != &l.stream
	default:
		return false
	}
}

// deliverFrom takes packets from a channel to the inside: those with the
// session's own source address.
func (l *link) deliverFrom(from *channel) func([][]byte, int) error {
	return func(packets [][]byte, offset int) error {
		if l.deaf(from) {
			return nil
		}
		l.heard.Store(time.Now().UnixNano())
		l.present.Store(from)
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
func (l *link) controlFrom(from *channel) func(byte, []byte) error {
	return func(kind byte, payload []byte) error {
		if l.deaf(from) {
			return nil
		}
		l.heard.Store(time.Now().UnixNano())
		switch kind {
		case frameDPDRequest:
			return (*from).SendControl(frameDPDAnswer, payload)
		case frameDisconnect:
			if len(payload) == 0 || payload[0] != reasonReconnect {
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
