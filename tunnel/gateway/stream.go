package gateway

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"torii/tunnel"
)

// stream is the TLS channel of a tunnel: one frame a record.
type stream struct {
	conn *tls.Conn
	mu   sync.Mutex
}

func newStream(conn *tls.Conn) *stream { return &stream{conn: conn} }

func head(kind byte, n int) []byte {
	return append(binary.BigEndian.AppendUint16([]byte("STF\x01"), uint16(n)), kind, 0)
}

func (s *stream) Send(packets [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range packets {
		frame := p[tunnel.Headroom-8:]
		copy(frame, head(frameData, len(p)-tunnel.Headroom))
		if _, err := s.conn.Write(frame); err != nil {
			return err
		}
	}
	return nil
}

func (s *stream) SendControl(kind byte, payload []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.conn.Write(append(head(kind, len(payload)), payload...))
	return err
}

func (s *stream) Serve(_ context.Context, deliver func([][]byte, int) error, control func(byte, []byte) error) error {
	r := bufio.NewReader(s.conn)
	for {
		var h [8]byte
		if _, err := io.ReadFull(r, h[:]); err != nil {
			return err
		}
		if string(h[:4]) != "STF\x01" {
			return errors.New("bad frame")
		}
		buf := make([]byte, tunnel.Headroom+int(binary.BigEndian.Uint16(h[4:])))
		if _, err := io.ReadFull(r, buf[tunnel.Headroom:]); err != nil {
			return err
		}
		var err error
		if h[6] == frameData {
			err = deliver([][]byte{buf}, tunnel.Headroom)
		} else {
			err = control(h[6], buf[tunnel.Headroom:])
		}
		if err != nil {
			return err
		}
	}
}

func (s *stream) Close() error { return s.conn.Close() }
