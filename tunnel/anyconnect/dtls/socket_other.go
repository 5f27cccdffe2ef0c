//go:build !linux

package dtls

import (
	"errors"
	"net"
	"syscall"
)

// newSocket moves one datagram a call; batches are Linux's for now.
func newSocket(conn net.Conn, _ bool) socket { return newPlainSocket(conn) }

// isPassing reports whether a send error concerns one datagram only.
func isPassing(err error) bool {
	return errors.Is(err, syscall.EMSGSIZE) || errors.Is(err, syscall.ENOBUFS)
}
