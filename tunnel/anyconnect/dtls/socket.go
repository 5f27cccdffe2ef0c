package dtls

import (
	"net"
	"time"
)

// socket moves datagrams in batches.
type socket interface {
	// send sends datagrams. One that the path does not take now is lost.
	send(datagrams [][]byte) error
	// receive waits for datagrams and gives each to take, valid during the
	// call only. It returns after all that one system call brought.
	receive(take func(datagram []byte) error) error
	Close() error
	SetWriteDeadline(t time.Time) error
	LocalAddr() net.Addr
	RemoteAddr() net.Addr
}

// plainSocket moves one datagram a call, over any connection.
type plainSocket struct {
	net.Conn
	buf    []byte
	tooBig func() // called when the path refused a datagram for its size
}

func newPlainSocket(conn net.Conn, tooBig func()) *plainSocket {
	return &plainSocket{Conn: conn, buf: make([]byte, 1<<16), tooBig: tooBig}
}

func (s *plainSocket) send(datagrams [][]byte) error {
	for _, datagram := range datagrams {
		_, err := s.Write(datagram)
		if isTooBig(err) {
			s.tooBig()
		} else if err != nil && !isPassing(err) {
			return err
		}
	}
	return nil
}

func (s *plainSocket) receive(take func(datagram []byte) error) error {
	n, err := s.Read(s.buf)
	if err != nil {
		return err
	}
	return take(s.buf[:n])
}
