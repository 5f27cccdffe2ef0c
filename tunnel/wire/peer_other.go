//go:build !linux && !darwin

package wire

import (
	"errors"
	"fmt"
	"net"
)

// PeerOf fails: this system does not tell who is on the other side.
func PeerOf(*net.UnixConn) (Peer, error) {
	return Peer{}, fmt.Errorf("identify peer: %w", errors.ErrUnsupported)
}

// OwnNetNS returns 0: this system has no network namespaces.
func OwnNetNS() (uint64, error) { return 0, nil }
