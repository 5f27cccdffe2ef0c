package gateway

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	// streamBuffer is how many bytes a stream in memory holds before a writer
	// waits.
	streamBuffer = 256 << 10
	// datagramQueue is how many datagrams wait before more are dropped.
	datagramQueue = 512
)

// memoryPair returns the two ends of a connection in memory: a stream, or
// datagrams that keep their borders. Unlike net.Pipe it buffers, so both ends
// may write before they read, as TLS does.
func memoryPair(near, far net.Addr, datagrams bool) (nearEnd, farEnd net.Conn) {
	there, back := newQueue(datagrams), newQueue(datagrams)
	return &memoryConn{in: back, out: there, local: near, remote: far},
		&memoryConn{in: there, out: back, local: far, remote: near}
}

// memoryConn is one end of a pair.
type memoryConn struct {
	in, out       *queue
	local, remote net.Addr
}

func (c *memoryConn) Read(b []byte) (int, error)  { return c.in.read(b) }
func (c *memoryConn) Write(b []byte) (int, error) { return c.out.write(b) }
func (c *memoryConn) LocalAddr() net.Addr         { return c.local }
func (c *memoryConn) RemoteAddr() net.Addr        { return c.remote }

// Close ends both directions. The other end still reads what was written.
func (c *memoryConn) Close() error {
	c.in.close(net.ErrClosed, syscall.EPIPE)
	c.out.close(io.EOF, net.ErrClosed)
	return nil
}

func (c *memoryConn) SetDeadline(t time.Time) error {
	c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c *memoryConn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.reading, t)
	return nil
}

func (c *memoryConn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.writing, t)
	return nil
}

// queue is one direction of a pair.
type queue struct {
	datagrams bool

	mu      sync.Mutex
	changed sync.Cond
	// parts waits to be read: datagrams, or the pieces of a stream.
	parts [][]byte
	size  int // bytes in parts
	// readErr and writeErr are set when an end was closed. A closed stream is
	// read to its end first, unless it was the reader who closed.
	readErr, writeErr error
	reading, writing  deadline
}

// deadline is a point in time after which calls fail.
type deadline struct {
	timer   *time.Timer
	expired bool
}

func newQueue(datagrams bool) *queue {
	q := &queue{datagrams: datagrams}
	q.changed.L = &q.mu
	return q
}

// read takes one datagram or as much of the stream as fits.
func (q *queue) read(b []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.readErr != nil && q.readErr != io.EOF:
			return 0, q.readErr
		case q.reading.expired:
			return 0, os.ErrDeadlineExceeded
		case len(q.parts) > 0:
			n := q.take(b)
			q.changed.Broadcast()
			return n, nil
		case q.readErr != nil:
			return 0, q.readErr
		}
		q.changed.Wait()
	}
}

// take moves bytes out of the queue; q.mu is held.
func (q *queue) take(b []byte) (n int) {
	for len(q.parts) > 0 && n < len(b) {
		first := q.parts[0]
		m := copy(b[n:], first)
		n += m
		if q.datagrams || m == len(first) {
			q.size -= len(first)
			q.parts[0] = nil
			q.parts = q.parts[1:]
		} else {
			q.size -= m
			q.parts[0] = first[m:]
		}
		if q.datagrams {
			break
		}
	}
	return n
}

// write adds one datagram, or a piece of the stream once there is room.
func (q *queue) write(b []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.writeErr != nil:
			return 0, q.writeErr
		case q.writing.expired:
			return 0, os.ErrDeadlineExceeded
		case q.datagrams && len(q.parts) >= datagramQueue:
			return len(b), nil // dropped, as a network does
		case q.datagrams || q.size < streamBuffer:
			q.parts = append(q.parts, append([]byte(nil), b...))
			q.size += len(b)
			q.changed.Broadcast()
			return len(b), nil
		}
		q.changed.Wait()
	}
}

// close sets what readers and writers get from now on; the first call counts.
func (q *queue) close(readErr, writeErr error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.readErr == nil || q.readErr == io.EOF {
		q.readErr = readErr
	}
	if q.writeErr == nil {
		q.writeErr = writeErr
	}
	q.reading.stop()
	q.writing.stop()
	q.changed.Broadcast()
}

// setDeadline sets one of the queue's deadlines; the zero time is none.
func (q *queue) setDeadline(d *deadline, t time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	d.stop()
	d.expired = false
	if q.readErr != nil && q.writeErr != nil {
		return // closed: nothing waits any more
	}
	if wait := time.Until(t); !t.IsZero() && wait > 0 {
		var timer *time.Timer
		timer = time.AfterFunc(wait, func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			if d.timer == timer {
				d.expired = true
				q.changed.Broadcast()
			}
		})
		d.timer = timer
	} else if !t.IsZero() {
		d.expired = true
		q.changed.Broadcast()
	}
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}
