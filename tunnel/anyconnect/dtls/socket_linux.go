package dtls

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"unsafe"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

const (
	// maxSegments and maxGSO bound what the kernel cuts out of one send
	// (udp(7), UDP_SEGMENT).
	maxSegments = 64
	maxGSO      = 60 << 10
	// sendGroups is how many groups of datagrams leave in one system call.
	sendGroups = 16
	// receiveBuffers is how many datagrams one system call brings; with
	// UDP_GRO each may hold many.
	receiveBuffers = 32
	receiveSize    = 64 << 10
	// socketBuffer is what the kernel may queue while this process is not
	// scheduled, in bytes each way.
	socketBuffer = 4 << 20
)

// batchSocket moves many datagrams a system call: sendmmsg with UDP_SEGMENT
// out, recvmmsg with UDP_GRO in.
type batchSocket struct {
	*net.UDPConn
	// batch is x/net's batch interface; its ipv4 and ipv6 forms are alike for
	// a connected socket.
	batch *ipv4.PacketConn

	// segment is off once the kernel or the path refused it: some kernels
	// cannot, and a path that is narrower than a segment fails the whole send.
	segment  atomic.Bool
	outgoing []ipv4.Message
	control  [sendGroups][]byte

	incoming []ipv4.Message
}

// newSocket takes the fast way where conn is a UDP socket.
func newSocket(conn net.Conn, offload bool) socket {
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return newPlainSocket(conn)
	}
	// The kernel may give less than asked for; that costs packets under load
	// and nothing else.
	udp.SetReadBuffer(socketBuffer)
	udp.SetWriteBuffer(socketBuffer)
	s := &batchSocket{UDPConn: udp, batch: ipv4.NewPacketConn(udp)}
	s.segment.Store(offload)
	s.outgoing = make([]ipv4.Message, sendGroups)
	for i := range s.control {
		s.control[i] = segmentControl()
		s.outgoing[i].Buffers = make([][]byte, 0, maxSegments)
	}
	room := make([]byte, receiveBuffers*receiveSize)
	s.incoming = make([]ipv4.Message, receiveBuffers)
	for i := range s.incoming {
		s.incoming[i].Buffers = [][]byte{room[i*receiveSize : (i+1)*receiveSize]}
		if offload {
			s.incoming[i].OOB = make([]byte, unix.CmsgSpace(4))
		}
	}
	if offload {
		enableGRO(udp)
	}
	return s
}

// enableGRO lets the kernel hand over datagrams of one sender merged.
func enableGRO(udp *net.UDPConn) {
	raw, err := udp.SyscallConn()
	if err != nil {
		return
	}
	// A kernel without it hands datagrams over one by one, which works too.
	raw.Control(func(fd uintptr) { unix.SetsockoptInt(int(fd), unix.IPPROTO_UDP, unix.UDP_GRO, 1) })
}

// segmentControl makes room for the control message that carries a segment
// size (udp(7), UDP_SEGMENT).
func segmentControl() []byte {
	control := make([]byte, unix.CmsgSpace(2))
	header := (*unix.Cmsghdr)(unsafe.Pointer(&control[0]))
	header.Level = unix.SOL_UDP
	header.Type = unix.UDP_SEGMENT
	header.SetLen(unix.CmsgLen(2))
	return control
}

// send implements socket. Neighbours of one size leave as one segmented send.
func (s *batchSocket) send(datagrams [][]byte) error {
	for len(datagrams) > 0 {
		groups := 0
		for groups < sendGroups && len(datagrams) > 0 {
			n := 1
			if s.segment.Load() {
				n = groupLen(datagrams)
			}
			s.fill(groups, datagrams[:n])
			datagrams = datagrams[n:]
			groups++
		}
		if err := s.write(s.outgoing[:groups]); err != nil {
			return err
		}
	}
	return nil
}

// groupLen counts the datagrams at the front that one segmented send takes:
// all of one size, the last one perhaps smaller.
func groupLen(datagrams [][]byte) int {
	size := len(datagrams[0])
	total := size
	n := 1
	for n < len(datagrams) && n < maxSegments {
		next := len(datagrams[n])
		if next > size || total+next > maxGSO {
			break
		}
		total += next
		n++
		if next < size {
			break
		}
	}
	return n
}

// fill makes message i of a group.
func (s *batchSocket) fill(i int, group [][]byte) {
	message := &s.outgoing[i]
	message.Buffers = append(message.Buffers[:0], group...)
	message.OOB = nil
	if len(group) > 1 {
		message.OOB = s.control[i]
		binary.NativeEndian.PutUint16(message.OOB[unix.CmsgLen(0):], uint16(len(group[0])))
	}
}

// write sends messages, and what the kernel refuses to segment one by one.
func (s *batchSocket) write(messages []ipv4.Message) error {
	for len(messages) > 0 {
		n, err := s.batch.WriteBatch(messages, 0)
		messages = messages[max(n, 0):]
		if err == nil {
			continue
		}
		if len(messages) == 0 {
			return err
		}
		switch {
		case messages[0].OOB != nil && isSegmentRefused(err):
			s.segment.Store(false)
			if err := s.writeSingly(messages[0].Buffers); err != nil {
				return err
			}
		case !isPassing(err):
			return err
		}
		messages = messages[1:]
	}
	return nil
}

// writeSingly sends datagrams without the kernel's help.
func (s *batchSocket) writeSingly(datagrams [][]byte) error {
	for _, datagram := range datagrams {
		if _, err := s.Write(datagram); err != nil && !isPassing(err) {
			return err
		}
	}
	return nil
}

// isSegmentRefused reports whether a segmented send failed for being one: a
// segment that exceeds the path, a device or kernel that cannot.
func isSegmentRefused(err error) bool {
	return errors.Is(err, unix.EMSGSIZE) || errors.Is(err, unix.EIO) || errors.Is(err, unix.EINVAL)
}

// isPassing reports whether a send error concerns these datagrams only.
func isPassing(err error) bool {
	return errors.Is(err, unix.EMSGSIZE) || errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EPERM)
}

// receive implements socket.
func (s *batchSocket) receive(take func(datagram []byte) error) error {
	n, err := s.batch.ReadBatch(s.incoming, 0)
	if err != nil {
		return fmt.Errorf("receive datagrams: %w", err)
	}
	for i := range s.incoming[:n] {
		message := &s.incoming[i]
		data := message.Buffers[0][:message.N]
		size := segmentSize(message.OOB[:message.NN], len(data))
		for len(data) > 0 {
			datagram := data[:min(size, len(data))]
			data = data[len(datagram):]
			if err := take(datagram); err != nil {
				return err
			}
		}
	}
	return nil
}

// segmentSize reads the size of the datagrams that the kernel merged (udp(7),
// UDP_GRO); whole where it merged none.
func segmentSize(control []byte, whole int) int {
	if len(control) < unix.CmsgLen(4) {
		return whole
	}
	header := (*unix.Cmsghdr)(unsafe.Pointer(&control[0]))
	if header.Level != unix.SOL_UDP || header.Type != unix.UDP_GRO {
		return whole
	}
	if size := int(binary.NativeEndian.Uint32(control[unix.CmsgLen(0):])); size > 0 {
		return size
	}
	return whole
}
