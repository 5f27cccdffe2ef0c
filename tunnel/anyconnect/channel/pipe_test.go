package channel

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/transport/v5/deadline"
)

// pipeRoom is how many writes wait in a pipe: a reader that is gone is noticed.
const pipeRoom = 64

// pipe is a connection in memory whose time a test may let run. A stream waits
// while it is full; datagrams are dropped, and while the path is cut or they
// are longer than it.
type pipe struct {
	in        <-chan []byte
	out       chan<- []byte
	rest      []byte
	path      *path
	datagrams bool
	stuck     atomic.Bool // nothing more is taken from a stream

	reading, writing *deadline.Deadline
	closed, farGone  chan struct{}
	once             *sync.Once
}

// path is what datagrams go through.
type path struct {
	cut     atomic.Bool
	longest atomic.Int64 // bytes; 0 for any
}

// newPipe returns the two ends of a connection.
func newPipe(p *path) (near, far *pipe) {
	there, back := make(chan []byte, pipeRoom), make(chan []byte, pipeRoom)
	nearGone, farGone := make(chan struct{}), make(chan struct{})
	end := func(in <-chan []byte, out chan<- []byte, closed, gone chan struct{}) *pipe {
		return &pipe{in: in, out: out, path: p, datagrams: p != nil, reading: deadline.New(), writing: deadline.New(),
			closed: closed, farGone: gone, once: new(sync.Once)}
	}
	return end(back, there, nearGone, farGone), end(there, back, farGone, nearGone)
}

func (p *pipe) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		select {
		case <-p.closed:
			return 0, net.ErrClosed
		case <-p.reading.Done():
			return 0, os.ErrDeadlineExceeded
		default:
		}
		select {
		case p.rest = <-p.in:
		case <-p.closed:
			return 0, net.ErrClosed
		case <-p.reading.Done():
			return 0, os.ErrDeadlineExceeded
		case <-p.farGone:
			select {
			case p.rest = <-p.in: // what was written before the end
			default:
				return 0, io.EOF
			}
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	if p.datagrams {
		p.rest = nil
	}
	return n, nil
}

func (p *pipe) Write(b []byte) (int, error) {
	select {
	case <-p.closed:
		return 0, net.ErrClosed
	case <-p.writing.Done():
		return 0, os.ErrDeadlineExceeded
	default:
	}
	data := append([]byte(nil), b...)
	if p.datagrams {
		if longest := p.path.longest.Load(); p.path.cut.Load() || longest > 0 && len(b) > int(longest) {
			return len(b), nil
		}
		select {
		case p.out <- data:
		default:
		}
		return len(b), nil
	}
	out := p.out
	if p.stuck.Load() {
		out = nil
	}
	select {
	case out <- data:
		return len(b), nil
	case <-p.closed:
		return 0, net.ErrClosed
	case <-p.farGone:
		return 0, io.ErrClosedPipe
	case <-p.writing.Done():
		return 0, os.ErrDeadlineExceeded
	}
}

func (p *pipe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipe) LocalAddr() net.Addr  { return &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }
func (p *pipe) RemoteAddr() net.Addr { return &net.UDPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 2} }
func (p *pipe) SetDeadline(t time.Time) error {
	p.reading.Set(t)
	p.writing.Set(t)
	return nil
}
func (p *pipe) SetReadDeadline(t time.Time) error  { p.reading.Set(t); return nil }
func (p *pipe) SetWriteDeadline(t time.Time) error { p.writing.Set(t); return nil }
