package dtls

import (
	"bytes"
	"net"
	"os"
	"sync"
	"time"

	"github.com/pion/transport/v5/deadline"
)

// gate stands between the handshake library and the socket, so that the two
// readers of one socket never take each other's datagrams: the library reads
// only what is put into the gate.
type gate struct {
	conn  net.Conn
	inbox chan []byte
	// readDeadline is the library's; it must not touch the socket's, which
	// belongs to our own reader.
	readDeadline *deadline.Deadline
	closed       chan struct{}
	closing      sync.Once
}

// gateRoom is how many datagrams wait for the library. A flight of a handshake
// has fewer.
const gateRoom = 32

func newGate(conn net.Conn) *gate {
	return &gate{
		conn:         conn,
		inbox:        make(chan []byte, gateRoom),
		readDeadline: deadline.New(),
		closed:       make(chan struct{}),
	}
}

// put hands a copy of a datagram to the library; what it does not take in time
// is lost, as on a network.
func (g *gate) put(datagram []byte) {
	select {
	case g.inbox <- bytes.Clone(datagram):
	default:
	}
}

// ReadFrom implements net.PacketConn for the library.
func (g *gate) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case datagram := <-g.inbox:
		return copy(b, datagram), g.conn.RemoteAddr(), nil
	case <-g.readDeadline.Done():
		return 0, nil, os.ErrDeadlineExceeded
	case <-g.closed:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo implements net.PacketConn for the library.
func (g *gate) WriteTo(b []byte, _ net.Addr) (int, error) {
	select {
	case <-g.closed:
		return 0, net.ErrClosed
	default:
		return g.conn.Write(b)
	}
}

// Close ends the library's reads and writes. The socket stays open: it is the
// Conn's.
func (g *gate) Close() error {
	g.closing.Do(func() { close(g.closed) })
	return nil
}

func (g *gate) LocalAddr() net.Addr { return g.conn.LocalAddr() }

// SetDeadline implements net.PacketConn; datagrams are written at once, so
// only reads can wait.
func (g *gate) SetDeadline(t time.Time) error      { return g.SetReadDeadline(t) }
func (g *gate) SetWriteDeadline(_ time.Time) error { return nil }
func (g *gate) SetReadDeadline(t time.Time) error {
	g.readDeadline.Set(t)
	return nil
}
