//go:build unix

package diagnose

import (
	"testing"

	"golang.org/x/sys/unix"
)

// closedPort is a port of the loopback where nobody listens: it is taken, so
// that no other test gets it meanwhile.
func closedPort(t *testing.T) uint16 {
	t.Helper()
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(socket) })
	unix.CloseOnExec(socket)
	if err := unix.Bind(socket, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	return uint16(name.(*unix.SockaddrInet4).Port)
}
