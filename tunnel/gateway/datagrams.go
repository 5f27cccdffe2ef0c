package gateway

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"

	"torii/tunnel/anyconnect/dtls"
)

// maxUDP is the longest datagram that UDP carries.
const maxUDP = 1 << 16

// linkTable finds the tunnels whose clients may open DTLS, by their App-ID.
type linkTable struct {
	mu    sync.Mutex
	links map[appID]*link
}

// appID names a tunnel in a DTLS handshake (X-DTLS-App-ID).
type appID [32]byte

// add makes a tunnel known to the DTLS side; drop ends that.
func (t *linkTable) add(l *link) {
	if l.psk == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.links[l.appID] = l
}

func (t *linkTable) drop(l *link) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.links[l.appID] == l {
		delete(t.links, l.appID)
	}
}

// find finds the tunnel that a ClientHello names; nil when there is none.
func (t *linkTable) find(datagram []byte) *link {
	id, ok := dtls.SessionID(datagram)
	if !ok || len(id) != len(appID{}) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.links[appID(id)]
}

// hearsDatagrams tells whether the fault that is set lets a handshake begin.
func (g *Gateway) hearsDatagrams() bool {
	fault := g.Fault()
	return fault != FaultUDPBlocked && fault != FaultGatewayFrozen
}

// serveMemoryDatagrams serves one UDP connection in memory: it waits for a
// ClientHello that names a tunnel, and then for as long as the DTLS channel
// lives. What else comes is dropped, as on a socket.
func (g *Gateway) serveMemoryDatagrams(conn net.Conn) {
	defer conn.Close()
	stop := context.AfterFunc(g.ctx, func() { conn.Close() })
	defer stop()
	buf := make([]byte, maxUDP)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if l := g.links.find(buf[:n]); l != nil && g.hearsDatagrams() {
			l.serveDatagrams(&replayConn{Conn: conn, first: bytes.Clone(buf[:n])})
			return
		}
	}
}

// replayConn reads a datagram first that was read already.
type replayConn struct {
	net.Conn
	first []byte
}

func (c *replayConn) Read(b []byte) (int, error) {
	if c.first == nil {
		return c.Conn.Read(b)
	}
	n := copy(b, c.first)
	c.first = nil
	return n, nil
}

// acceptDatagrams serves the UDP listener until Close. A client gets a socket
// of its own, connected to it, so that the kernel sorts its datagrams and moves
// them in batches. The ClientHello that named its tunnel is lost with that;
// clients repeat it after a second.
func (g *Gateway) acceptDatagrams(listener *net.UDPConn, at netip.AddrPort) {
	defer listener.Close()
	stop := context.AfterFunc(g.ctx, func() { listener.Close() })
	defer stop()
	buf := make([]byte, maxUDP)
	for {
		n, from, err := listener.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		l := g.links.find(buf[:n])
		if err != nil || l == nil || !g.hearsDatagrams() {
			continue
		}
		dialer := net.Dialer{LocalAddr: net.UDPAddrFromAddrPort(at), Control: shareAddress}
		conn, err := dialer.DialContext(g.ctx, "udp", from.String())
		if err != nil {
			g.log.WithError(err).Debug("practice gateway: socket for a client")
			continue
		}
		if err := g.start(func() { l.serveDatagrams(conn) }); err != nil {
			conn.Close()
		}
	}
}

// serveDatagrams shakes hands on a connection that the tunnel's client opened
// and carries packets on it until it ends.
func (l *link) serveDatagrams(conn net.Conn) {
	g := l.session.gateway
	channel, err := dtls.Server(g.ctx, conn, dtls.Config{PSK: l.psk})
	if err != nil {
		g.log.WithError(err).Debug("practice gateway: DTLS handshake")
		return
	}
	defer channel.Close()
	if !l.adopt(channel) {
		return
	}
	g.log.WithField("cipher", channel.Cipher()).Debug("practice gateway: DTLS is up")
	err = channel.Serve(l.deliverFrom(true), l.controlFrom(channel, true))
	g.log.WithError(err).Debug("practice gateway: DTLS is over")
	if l.datagrams.CompareAndSwap(channel, nil) {
		l.overDatagrams.Store(false)
	}
}

// adopt makes a channel the tunnel's own, in place of an earlier one. A tunnel
// that is over takes none.
func (l *link) adopt(channel *dtls.Conn) bool {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return false
	}
	before := l.datagrams.Swap(channel)
	l.mu.Unlock()
	l.overDatagrams.Store(true)
	if before != nil {
		before.Close()
	}
	return true
}
