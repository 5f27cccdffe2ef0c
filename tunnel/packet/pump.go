// Package packet pumps packets between this machine and a tunnel: from a
// tunnel.Device to whichever tunnel.Transport is attached, and back. It moves
// batches, one goroutine a direction, and neither allocates nor queues on the
// way: what the tunnel cannot take yet waits in the device.
//
// The MSS of TCP connections is left alone. The device's MTU follows the
// tunnel's (tunnel.Attachment.Update), and both kernels derive the MSS from it.
package packet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"golang.zx2c4.com/wireguard/tun"

	"torii/tunnel"
)

// bufferSize is the room of one packet of the device, in bytes: its MTU is
// bounded by netcfg to less.
const bufferSize = tunnel.Headroom + maxPacket + tunnel.Tailroom

// maxPacket is the longest packet that a device hands over. Kernel devices
// merge TCP segments only above the device, so this is the MTU.
const maxPacket = 2048

// Pump carries packets for one Device. Transports come and go under it.
type Pump struct {
	device tunnel.Device

	mu       sync.Mutex
	attached sync.Cond
	current  tunnel.Transport // nil while there is none
	stopped  bool

	bytesReceived, bytesSent     atomic.Uint64
	packetsReceived, packetsSent atomic.Uint64
}

// New makes a pump for a device. Nothing moves before Attach and Run.
func New(device tunnel.Device) *Pump {
	p := &Pump{device: device}
	p.attached.L = &p.mu
	return p
}

// Attach sends the device's packets to transport from now on; nil lets them
// wait in the device. It does not touch the transport that was attached
// before: its packets are still delivered while its Serve runs.
func (p *Pump) Attach(transport tunnel.Transport) {
	p.mu.Lock()
	p.current = transport
	p.mu.Unlock()
	p.attached.Broadcast()
}

// Run moves packets from the device to the attached transport until ctx ends
// or the device is closed; the latter returns nil. Close the device to free a
// read that waits.
func (p *Pump) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, p.stop)
	defer stop()
	out := newBatch(p.device.BatchSize())
	for {
		transport := p.transport()
		if transport == nil {
			return ctx.Err()
		}
		n, err := p.device.Read(out.room, out.sizes, tunnel.Headroom)
		if n > 0 {
			p.send(out.cut(n))
		}
		switch {
		case err == nil, errors.Is(err, tun.ErrTooManySegments): // the rest of a merged packet is lost, TCP repeats it
		case errors.Is(err, os.ErrClosed), ctx.Err() != nil:
			return ctx.Err()
		default:
			return fmt.Errorf("read packets of this machine: %w", err)
		}
	}
}

// send hands packets to the transport of this moment. What a transport that
// just broke takes is lost, as what was on the wire is.
func (p *Pump) send(bufs [][]byte) {
	transport := p.transport()
	if transport == nil {
		return
	}
	bytes := 0
	for _, buf := range bufs {
		bytes += len(buf) - tunnel.Headroom
	}
	if transport.Send(bufs) != nil {
		return // its Serve tells the cause
	}
	p.packetsSent.Add(uint64(len(bufs)))
	p.bytesSent.Add(uint64(bytes))
}

// Deliver hands packets of a transport to the device; give it to
// tunnel.Transport.Serve.
func (p *Pump) Deliver(bufs [][]byte, offset int) error {
	bytes := 0
	for _, buf := range bufs {
		bytes += len(buf) - offset
	}
	p.packetsReceived.Add(uint64(len(bufs)))
	p.bytesReceived.Add(uint64(bytes))
	// A packet that the kernel refuses is that packet's trouble; a device that
	// is gone ends the read loop, whose owner knows what to do.
	if _, err := p.device.Write(bufs, offset); err != nil && errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("write packets to this machine: %w", err)
	}
	return nil
}

// Stats returns the counters since New.
func (p *Pump) Stats() tunnel.Stats {
	return tunnel.Stats{
		BytesReceived: p.bytesReceived.Load(), BytesSent: p.bytesSent.Load(),
		PacketsReceived: p.packetsReceived.Load(), PacketsSent: p.packetsSent.Load(),
	}
}

// transport waits for an attached transport; nil once the pump is stopped.
func (p *Pump) transport() tunnel.Transport {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.current == nil && !p.stopped {
		p.attached.Wait()
	}
	if p.stopped {
		return nil
	}
	return p.current
}

// stop frees whoever waits for a transport.
func (p *Pump) stop() {
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	p.attached.Broadcast()
}

// batch is the room for the packets of one read.
type batch struct {
	room  [][]byte
	sizes []int
	bufs  [][]byte
}

func newBatch(n int) *batch {
	b := &batch{sizes: make([]int, n), bufs: make([][]byte, n)}
	memory := make([]byte, n*bufferSize)
	for i := range n {
		b.room = append(b.room, memory[i*bufferSize:(i+1)*bufferSize:(i+1)*bufferSize])
	}
	return b
}

// cut returns the first n packets that were read, with their headroom.
func (b *batch) cut(n int) [][]byte {
	bufs := b.bufs[:0]
	for i := range n {
		if b.sizes[i] > 0 {
			bufs = append(bufs, b.room[i][:tunnel.Headroom+b.sizes[i]])
		}
	}
	return bufs
}
