package anyconnect

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// acknowledgeAtOnce returns what makes the kernel acknowledge at once what
// comes before the next read; nil where conn is no TCP of this machine's.
// Gateways leave Nagle's algorithm on: one that writes a flight of its handshake
// in two goes waits for our acknowledgement of the first, which the kernel
// otherwise keeps for 40 ms. The option does not last (tcp(7), TCP_QUICKACK).
func acknowledgeAtOnce(conn net.Conn) func() {
	tcp, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	return func() {
		// Without it the connection is slower, and nothing else.
		raw.Control(func(fd uintptr) { unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1) })
	}
}
