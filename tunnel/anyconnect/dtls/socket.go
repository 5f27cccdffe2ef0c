package dtls

import "net"

// socket moves datagrams in batches.
type socket interface {
	// send sends datagrams. One that the path does not take now is lost.
	send(datagrams [][]byte) error
	// receive waits for datagrams and gives each to take, valid during the
	// call only. It returns after all that one system call brought.
	receive(take func(datagram []byte) error) error
	Close() error
	LocalAddr() net.Addr
	RemoteAddr() net.Addr
}

// plainSocket moves one datagram a call, over any connection.
type plainSocket struct {
	net.Conn
	buf []byte
}

func newPlainSocket(conn net.Conn) *plainSocket {
	return &plainSocket{Conn: conn, buf: make([]byte, 1<<16)}
}

func (s *plainSocket) send(datagrams [][]byte) error {
	for _, datagram := range datagrams {
		if _, err := s.Write(datagram); err != nil && !isPassing(err) {
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
