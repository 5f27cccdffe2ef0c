//go:build !linux

package gateway

import (
	"errors"
	"syscall"
)

// shareAddress is missing here: other systems give datagrams to shared
// addresses in other ways.
func shareAddress(_, _ string, _ syscall.RawConn) error {
	return errors.New("the practice gateway listens for DTLS on Linux only; use NoDTLS")
}
