package dtls

import (
	"errors"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"torii/tunnel/internal/pace"
)

const (
	// maxSegments and maxGSO bound what the kernel cuts out of one send
	// (udp(7), UDP_SEGMENT).
	maxSegments = 64
	maxGSO      = 60 << 10
	// sendGroups is how many groups of datagrams leave in one system call.
	sendGroups = 32
	// receiveBuffers is how many datagrams one system call brings; with
	// UDP_GRO each may hold many.
	receiveBuffers = 32
	receiveSize    = 64 << 10
	// socketBuffer is what the kernel may queue while this process is not
	// scheduled, in bytes each way.
	socketBuffer = 4 << 20
)

// batchSocket moves many datagrams a system call: sendmmsg with UDP_SEGMENT
// out, recvmmsg with UDP_GRO in. It allocates nothing on the way.
type batchSocket struct {
	*net.UDPConn
	tooBig func() // called when the path refused a datagram for its size

	// segment is off once the kernel refused to cut a send.
	segment  atomic.Bool
	outgoing *messageBatch
	incoming *messageBatch
	pace     pace.Reader // of receive
}

// newSocket takes the fast way where conn is a UDP socket.
func newSocket(conn net.Conn, offload bool, tooBig func()) socket {
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return newPlainSocket(conn, tooBig)
	}
	raw, err := udp.SyscallConn()
	if err != nil {
		return newPlainSocket(conn, tooBig)
	}
	// The kernel may give less than asked for; that costs packets under load
	// and nothing else.
	udp.SetReadBuffer(socketBuffer)
	udp.SetWriteBuffer(socketBuffer)
	s := &batchSocket{UDPConn: udp, tooBig: tooBig}
	s.segment.Store(offload)
	s.outgoing = newMessageBatch(raw, sendGroups)
	s.incoming = newMessageBatch(raw, receiveBuffers)
	room := make([]byte, receiveBuffers*receiveSize)
	for i := range receiveBuffers {
		s.incoming.setBuffers(i, [][]byte{room[i*receiveSize : (i+1)*receiveSize]})
	}
	if offload {
		// A kernel without it hands datagrams over one by one, which works too.
		raw.Control(func(fd uintptr) { unix.SetsockoptInt(int(fd), unix.IPPROTO_UDP, unix.UDP_GRO, 1) })
	}
	return s
}

// send implements socket. Neighbours of one size leave as one segmented send.
func (s *batchSocket) send(datagrams [][]byte) error {
	for len(datagrams) > 0 {
		groups, taken := s.pack(datagrams)
		if err := s.write(datagrams[:taken], groups); err != nil {
			return err
		}
		datagrams = datagrams[taken:]
	}
	return nil
}

// pack makes messages of the datagrams at the front; it tells how many
// messages, and of how many datagrams.
func (s *batchSocket) pack(datagrams [][]byte) (groups, taken int) {
	for groups < sendGroups && taken < len(datagrams) {
		n := 1
		if s.segment.Load() {
			n = groupLen(datagrams[taken:])
		}
		group := datagrams[taken : taken+n]
		s.outgoing.setBuffers(groups, group)
		if n > 1 {
			s.outgoing.setSegment(groups, len(group[0]))
		} else {
			s.outgoing.setSegment(groups, 0)
		}
		groups++
		taken += n
	}
	return groups, taken
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

// write sends the first groups messages, which hold datagrams, and those that
// the kernel refuses one datagram at a time.
func (s *batchSocket) write(datagrams [][]byte, groups int) error {
	for first := 0; first < groups; {
		sent, err := s.outgoing.send(first, groups)
		for range sent {
			datagrams = datagrams[s.outgoing.buffers(first):]
			first++
		}
		if err == nil {
			continue
		}
		refused := s.outgoing.buffers(first)
		if err := s.writeRefused(datagrams[:refused], err); err != nil {
			return err
		}
		datagrams = datagrams[refused:]
		first++
	}
	return nil
}

// writeRefused deals with one message that the kernel refused with cause. A
// segmented one is sent again without the kernel's help; when that works, the
// segmenting was at fault and is not tried again on this socket.
func (s *batchSocket) writeRefused(group [][]byte, cause error) error {
	segmented := len(group) > 1
	switch {
	case segmented && (isTooBig(cause) || errors.Is(cause, unix.EIO) || errors.Is(cause, unix.EINVAL)):
	case isTooBig(cause):
		s.tooBig()
		return nil
	case isPassing(cause):
		return nil
	default:
		return cause
	}
	tooBig := false
	for _, datagram := range group {
		_, err := s.Write(datagram)
		switch {
		case isTooBig(err):
			tooBig = true
		case err != nil && !isPassing(err):
			return err
		}
	}
	if tooBig {
		s.tooBig()
	} else {
		s.segment.Store(false)
	}
	return nil
}

// isTooBig reports whether the path refused a datagram for its size.
func isTooBig(err error) bool { return errors.Is(err, unix.EMSGSIZE) }

// isPassing reports whether a send error concerns these datagrams only.
func isPassing(err error) bool {
	return errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EPERM)
}

// receive implements socket.
func (s *batchSocket) receive(take func(datagram []byte) error) error {
	s.pace.Wait()
	n, err := s.incoming.receive()
	if err != nil {
		return err
	}
	datagrams := 0
	for i := range n {
		data, size := s.incoming.received(i)
		for len(data) > 0 {
			datagram := data[:min(size, len(data))]
			data = data[len(datagram):]
			datagrams++
			if err := take(datagram); err != nil {
				return err
			}
		}
	}
	s.pace.Note(datagrams, time.Now())
	return nil
}
