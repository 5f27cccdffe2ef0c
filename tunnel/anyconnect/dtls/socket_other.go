//go:build !linux

package dtls

import (
	"errors"
	"net"
	"syscall"
)

// newSocket moves one datagram a call; batches are Linux's for now.
func newSocket(conn net.Conn, _ bool, tooBig func()) socket { return newPlainSocket(conn, tooBig) }

// isTooBig reports whether the path refused a datagram for its size.
func isTooBig(err error) bool { return errors.Is(err, syscall.EMSGSIZE) }

// isPassing reports whether a send error concerns these datagrams only.
func isPassing(err error) bool { return errors.Is(err, syscall.ENOBUFS) }
