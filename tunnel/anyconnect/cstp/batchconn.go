package cstp

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"time"

	"torii/tunnel/internal/pace"
)

const (
	// readBuffer holds what one system call reads: some forty full records.
	readBuffer = 64 << 10
	// writeBuffer is where a corked writer sends what it has.
	writeBuffer = 64 << 10
	// recordHeaderLen is the length of a TLS record's header: type, version
	// and length (RFC 8446, section 5.1).
	recordHeaderLen = 5
)

// BatchConn sits between a TLS connection and its socket. One read of the
// socket serves as many TLS records as it held, and while it is corked the
// records of many writes leave in one system call.
type BatchConn struct {
	net.Conn
	// BeforeRead is called before each read of the socket; nil for nothing. It
	// is the reader's to change.
	BeforeRead func()

	in         []byte // unread bytes of the read buffer
	readBuffer []byte
	recordLeft int // bytes of the record under way that TLS has not read yet
	records    int // begun since the last read of the socket
	pace       pace.Reader
	// dontWait makes a read fail with errWouldWait instead of waiting for the
	// network; TLS takes that for a passing error and can go on afterwards.
	dontWait bool

	mu     sync.Mutex // guards what follows: TLS writes from its reader, too
	corked bool
	out    []byte
}

// NewBatchConn wraps a socket. TLS must be the only reader and writer of it.
func NewBatchConn(raw net.Conn) *BatchConn {
	return &BatchConn{Conn: raw, readBuffer: make([]byte, readBuffer)}
}

// Read never reads beyond the end of the present TLS record, so that TLS keeps
// no further record in a buffer of its own and RecordBuffered can tell whether
// a read would wait.
func (c *BatchConn) Read(b []byte) (int, error) {
	if c.recordLeft == 0 {
		if err := c.fill(recordHeaderLen); err != nil {
			return 0, err
		}
		c.recordLeft = recordLen(c.in)
		c.records++
	}
	if len(c.in) == 0 {
		if err := c.fill(1); err != nil {
			return 0, err
		}
	}
	n := copy(b, c.in[:min(len(c.in), c.recordLeft)])
	c.in = c.in[n:]
	c.recordLeft -= n
	return n, nil
}

// fill reads until at least want bytes are buffered.
func (c *BatchConn) fill(want int) error {
	if len(c.in) >= want {
		return nil
	}
	if c.dontWait {
		return errWouldWait{}
	}
	c.pace.Note(c.records, time.Now())
	c.records = 0
	c.pace.Wait()
	if c.BeforeRead != nil {
		c.BeforeRead()
	}
	have := copy(c.readBuffer, c.in)
	n, err := io.ReadAtLeast(c.Conn, c.readBuffer[have:], want-have)
	c.in = c.readBuffer[:have+n]
	if len(c.in) >= want {
		return nil
	}
	return err
}

// errWouldWait is the error of a read that may not wait. It is a net.Error of
// the passing kind, which crypto/tls does not keep.
type errWouldWait struct{}

func (errWouldWait) Error() string   { return "the network has no more now" }
func (errWouldWait) Timeout() bool   { return true }
func (errWouldWait) Temporary() bool { return true }

// RecordBuffered reports whether a whole TLS record can be read without
// waiting for the network.
func (c *BatchConn) RecordBuffered() bool {
	if c.recordLeft > 0 {
		return len(c.in) >= c.recordLeft
	}
	return len(c.in) >= recordHeaderLen && len(c.in) >= recordLen(c.in)
}

// recordLen is the length of the record that b begins with, header included.
func recordLen(b []byte) int {
	return recordHeaderLen + int(binary.BigEndian.Uint16(b[3:]))
}

// Write sends b, or keeps it while the connection is corked.
func (c *BatchConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.corked {
		return c.Conn.Write(b)
	}
	c.out = append(c.out, b...)
	if len(c.out) >= writeBuffer {
		if err := c.flush(); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// CloseTLS closes the TLS connection over c and its socket. TLS would wait five
// seconds for a peer that does not take its goodbye; this waits closeTimeout.
func (c *BatchConn) CloseTLS(tls net.Conn) error {
	hurry := time.AfterFunc(closeTimeout, func() { c.Conn.Close() })
	defer hurry.Stop()
	return tls.Close()
}

// Cork keeps writes until Uncork.
func (c *BatchConn) Cork() {
	c.mu.Lock()
	c.corked = true
	c.mu.Unlock()
}

// Uncork sends what was kept.
func (c *BatchConn) Uncork() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.corked = false
	return c.flush()
}

// flush sends what was kept; c.mu is held.
func (c *BatchConn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	_, err := c.Conn.Write(c.out)
	c.out = c.out[:0]
	return err
}
