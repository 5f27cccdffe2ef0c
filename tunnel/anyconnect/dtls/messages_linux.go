package dtls

import (
	"encoding/binary"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// message is the kernel's struct mmsghdr (recvmmsg(2)).
type message struct {
	header unix.Msghdr
	length uint32 // bytes received or sent
}

// controlLen is the room for one control message with an int in it.
func controlLen() int { return unix.CmsgSpace(4) }

// messageBatch is a row of messages for recvmmsg or sendmmsg on one socket.
// golang.org/x/net has the same but allocates a sender's address for each
// datagram, which on a connected socket nobody wants. Not for concurrent use.
type messageBatch struct {
	raw      syscall.RawConn
	messages []message
	vectors  [][]unix.Iovec
	controls [][]byte

	// The call under way; RawConn wants a function without arguments, and one
	// that is made once is not allocated for each call.
	first, last int
	count       int
	failure     syscall.Errno
	sendCall    func(fd uintptr) bool
	receiveCall func(fd uintptr) bool
}

func newMessageBatch(raw syscall.RawConn, size int) *messageBatch {
	b := &messageBatch{
		raw: raw, messages: make([]message, size),
		vectors: make([][]unix.Iovec, size), controls: make([][]byte, size),
	}
	for i := range size {
		b.controls[i] = make([]byte, controlLen())
	}
	b.sendCall = func(fd uintptr) bool { return b.call(unix.SYS_SENDMMSG, fd) }
	b.receiveCall = func(fd uintptr) bool { return b.call(unix.SYS_RECVMMSG, fd) }
	return b
}

// setBuffers makes message i of the buffers, in place.
func (b *messageBatch) setBuffers(i int, buffers [][]byte) {
	vectors := b.vectors[i][:0]
	for _, buffer := range buffers {
		vector := unix.Iovec{Base: unsafe.SliceData(buffer)}
		vector.SetLen(len(buffer))
		vectors = append(vectors, vector)
	}
	b.vectors[i] = vectors
	b.messages[i].header.Iov = unsafe.SliceData(vectors)
	b.messages[i].header.SetIovlen(len(vectors))
}

// buffers is how many buffers message i has.
func (b *messageBatch) buffers(i int) int { return len(b.vectors[i]) }

// setSegment lets the kernel cut message i into datagrams of size bytes
// (udp(7), UDP_SEGMENT); 0 for not at all.
func (b *messageBatch) setSegment(i, size int) {
	header := &b.messages[i].header
	if size == 0 {
		header.Control = nil
		header.SetControllen(0)
		return
	}
	control := b.controls[i]
	cmsg := (*unix.Cmsghdr)(unsafe.Pointer(unsafe.SliceData(control)))
	cmsg.Level = unix.SOL_UDP
	cmsg.Type = unix.UDP_SEGMENT
	cmsg.SetLen(unix.CmsgLen(2))
	binary.NativeEndian.PutUint16(control[unix.CmsgLen(0):], uint16(size))
	header.Control = unsafe.SliceData(control)
	header.SetControllen(unix.CmsgSpace(2))
}

// send sends messages first up to last and tells how many left before an error.
func (b *messageBatch) send(first, last int) (int, error) {
	b.first, b.last = first, last
	if err := b.raw.Write(b.sendCall); err != nil {
		return 0, err
	}
	return b.result("sendmmsg")
}

// receive waits for messages and tells how many came.
func (b *messageBatch) receive() (int, error) {
	b.first, b.last = 0, len(b.messages)
	for i := range b.messages {
		header := &b.messages[i].header
		header.Control = unsafe.SliceData(b.controls[i])
		header.SetControllen(controlLen())
	}
	if err := b.raw.Read(b.receiveCall); err != nil {
		return 0, err
	}
	return b.result("recvmmsg")
}

func (b *messageBatch) result(call string) (int, error) {
	if b.failure != 0 {
		return 0, os.NewSyscallError(call, b.failure)
	}
	return b.count, nil
}

// call does the system call on the messages; false makes the runtime wait
// until the socket is ready and call again.
func (b *messageBatch) call(number, fd uintptr) bool {
	for {
		n, _, errno := unix.Syscall6(number, fd,
			uintptr(unsafe.Pointer(&b.messages[b.first])), uintptr(b.last-b.first), unix.MSG_DONTWAIT, 0, 0)
		if errno == unix.EINTR {
			continue
		}
		b.count, b.failure = int(n), errno
		return errno != unix.EAGAIN
	}
}

// received returns the bytes of message i and the size of the datagrams in it:
// the kernel merges datagrams of one size (udp(7), UDP_GRO).
func (b *messageBatch) received(i int) (data []byte, size int) {
	m := &b.messages[i]
	data = unsafe.Slice(b.vectors[i][0].Base, m.length)
	control := b.controls[i][:m.header.Controllen]
	if len(control) < unix.CmsgLen(4) {
		return data, len(data)
	}
	cmsg := (*unix.Cmsghdr)(unsafe.Pointer(unsafe.SliceData(control)))
	if cmsg.Level != unix.SOL_UDP || cmsg.Type != unix.UDP_GRO {
		return data, len(data)
	}
	size = int(binary.NativeEndian.Uint32(control[unix.CmsgLen(0):]))
	if size <= 0 {
		return data, len(data)
	}
	return data, size
}
