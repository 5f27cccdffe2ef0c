package netstack

import (
	"context"
	"os"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

// batchSize is how many packets one Read may return: what one burst of a TCP
// connection (32 KiB) holds at an MTU of 1400, and a little more.
const batchSize = 32

// BatchSize returns the largest number of packets that one Read returns.
func (s *Stack) BatchSize() int { return batchSize }

// Read waits for packets of the stack's connections and copies each into
// bufs[i][offset:]; sizes[i] is its length. A packet that does not fit is
// dropped. It returns os.ErrClosed after Close.
func (s *Stack) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	packet := s.link.ReadContext(context.Background())
	if packet == nil {
		return 0, os.ErrClosed
	}
	n := 0
	for packet != nil {
		if packet.Size() <= len(bufs[n])-offset {
			sizes[n] = copyPacket(bufs[n][offset:], packet)
			n++
		}
		packet.DecRef()
		if n == len(bufs) {
			break
		}
		packet = s.link.Read()
	}
	return n, nil
}

// copyPacket copies a packet's bytes into to and returns their number.
func copyPacket(to []byte, packet *stack.PacketBuffer) int {
	n := 0
	for _, part := range packet.AsSlices() {
		n += copy(to[n:], part)
	}
	return n
}

// Write gives packets to the stack: bufs[i][offset:] is one. What is no IP
// packet is dropped. It returns os.ErrClosed after Close.
func (s *Stack) Write(bufs [][]byte, offset int) (int, error) {
	if !s.link.IsAttached() {
		return 0, os.ErrClosed
	}
	for _, buf := range bufs {
		data := buf[offset:]
		if len(data) == 0 {
			continue
		}
		packet := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(data)})
		switch header.IPVersion(data) {
		case header.IPv4Version:
			s.link.InjectInbound(header.IPv4ProtocolNumber, packet)
		case header.IPv6Version:
			s.link.InjectInbound(header.IPv6ProtocolNumber, packet)
		}
		packet.DecRef()
	}
	return len(bufs), nil
}
