package device

import (
	"os"
	"sync"

	"torii/tunnel"
)

// memoryBatch is how many packets one Read of a Memory returns at most.
const memoryBatch = 16

// memoryQueue is how many packets wait between two ends before Write waits.
const memoryQueue = 256

// Memory is one end of a pair of devices in memory: what is written to one is
// read from the other, in order and without loss.
type Memory struct {
	in, out chan []byte
	closed  chan struct{}
	close   func()
}

// Pair returns two connected devices. Closing one closes both.
func Pair() (a, b *Memory) {
	one, two := make(chan []byte, memoryQueue), make(chan []byte, memoryQueue)
	closed := make(chan struct{})
	shut := sync.OnceFunc(func() { close(closed) })
	return &Memory{one, two, closed, shut}, &Memory{two, one, closed, shut}
}

// Read implements tunnel.Device. A packet that is longer than its buffer is
// dropped. It returns os.ErrClosed after Close.
func (m *Memory) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	n := 0
	for n == 0 {
		select {
		case packet := <-m.in:
			n = take(packet, bufs, sizes, offset, n)
		case <-m.closed:
			return 0, os.ErrClosed
		}
	}
	for n < min(len(bufs), memoryBatch) {
		select {
		case packet := <-m.in:
			n = take(packet, bufs, sizes, offset, n)
		default:
			return n, nil
		}
	}
	return n, nil
}

func take(packet []byte, bufs [][]byte, sizes []int, offset, n int) int {
	if len(packet) > len(bufs[n])-offset {
		return n
	}
	sizes[n] = copy(bufs[n][offset:], packet)
	return n + 1
}

// Write implements tunnel.Device. It waits while the other end does not read.
func (m *Memory) Write(bufs [][]byte, offset int) (int, error) {
	for i, buf := range bufs {
		select {
		case <-m.closed: // first: a free queue must not win over it
			return i, os.ErrClosed
		default:
		}
		select {
		case m.out <- append([]byte(nil), buf[offset:]...):
		case <-m.closed:
			return i, os.ErrClosed
		}
	}
	return len(bufs), nil
}

// BatchSize implements tunnel.Device.
func (m *Memory) BatchSize() int { return memoryBatch }

// Close implements tunnel.Device.
func (m *Memory) Close() error {
	m.close()
	return nil
}

var _ tunnel.Device = (*Memory)(nil)
