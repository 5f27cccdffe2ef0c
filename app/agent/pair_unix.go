//go:build unix

package agent

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// socketPair makes two connected sockets, of which the second is for a child.
func socketPair() (mine *net.UnixConn, theirs *os.File, err error) {
	syscall.ForkLock.RLock() // no other child inherits them meanwhile
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("make a socket pair for the window: %w", err)
	}
	own := os.NewFile(uintptr(fds[0]), "window")
	defer own.Close()
	theirs = os.NewFile(uintptr(fds[1]), "agent")
	conn, err := net.FileConn(own)
	if err != nil {
		theirs.Close()
		return nil, nil, fmt.Errorf("make a socket pair for the window: %w", err)
	}
	return conn.(*net.UnixConn), theirs, nil
}
