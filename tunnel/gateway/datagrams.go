package gateway

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"
)

// linkTable finds the tunnels whose clients may open DTLS, by their App-ID.
type linkTable struct {
	mu    sync.Mutex
	links map[[32]byte]*link
}

// addLink makes a tunnel known to the DTLS side; dropLink ends that.
func (g *Gateway) addLink(l *link) {
	if l.psk == nil {
		return
	}
	g.links.mu.Lock()
	defer g.links.mu.Unlock()
	g.links.links[l.appID] = l
}

func (g *Gateway) dropLink(l *link) {
	g.links.mu.Lock()
	defer g.links.mu.Unlock()
	if g.links.links[l.appID] == l {
		delete(g.links.links, l.appID)
	}
}

// findLink finds the tunnel that a ClientHello names; nil when there is none.
func (g *Gateway) findLink(hello []byte) *link {
	id, err := helloSessionID(hello)
	if err != nil {
		return nil
	}
	g.links.mu.Lock()
	defer g.links.mu.Unlock()
	return g.links.links[id]
}

// serveMemoryDatagrams serves one UDP connection in memory: it waits for a
// ClientHello that names a tunnel, and then for as long as the DTLS channel
// lives. What else comes is dropped, as on a socket.
func (g *Gateway) serveMemoryDatagrams(conn net.Conn) {
	defer conn.Close()
	stop := context.AfterFunc(g.ctx, func() { conn.Close() })
	defer stop()
	buf := make([]byte, 1<<16)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		switch g.Fault() {
		case FaultUDPBlocked, FaultGatewayFrozen:
			continue
		}
		if l := g.findLink(buf[:n]); l != nil {
			l.serveDatagrams(conn, append([]byte(nil), buf[:n]...))
			return
		}
	}
}

var errNoHello = errors.New("the datagram is no ClientHello")

// helloSessionID reads the session id of a DTLS ClientHello, which holds the
// App-ID (RFC 6347 section 4.2.2): a record header of 13 bytes, a handshake
// header of 12, version (2), random (32), and the id with its length.
func helloSessionID(datagram []byte) (id [32]byte, err error) {
	const (
		recordHeader    = 13
		handshakeHeader = 12
		lengthAt        = recordHeader + handshakeHeader + 2 + 32
	)
	if len(datagram) < lengthAt+1+len(id) || datagram[0] != 22 || datagram[recordHeader] != 1 ||
		binary.BigEndian.Uint16(datagram[1:3])>>8 != 0xfe || int(datagram[lengthAt]) != len(id) {
		return id, errNoHello
	}
	copy(id[:], datagram[lengthAt+1:])
	return id, nil
}
