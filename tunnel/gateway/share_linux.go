package gateway

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// shareAddress lets several UDP sockets have one address: the listening one,
// and one for each client that is connected to it. The kernel gives a
// datagram to the socket that fits best.
func shareAddress(_, _ string, raw syscall.RawConn) error {
	var failure error
	err := raw.Control(func(fd uintptr) {
		failure = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	})
	if err != nil {
		return err
	}
	return failure
}
