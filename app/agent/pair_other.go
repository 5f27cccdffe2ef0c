//go:build !unix

package agent

import (
	"errors"
	"net"
	"os"
)

// socketPair says that this system has no way yet to start a trusted window.
func socketPair() (mine *net.UnixConn, theirs *os.File, err error) {
	return nil, nil, errors.New("Torii cannot open its window on this system yet; use toriictl")
}
