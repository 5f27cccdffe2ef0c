//go:build !linux

package device

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"torii/tunnel"
)

// TUN is the other end of a kernel link; no system but Linux makes one yet.
type TUN struct{ tunnel.Device }

// FromFile fails: this system passes no TUN descriptors.
func FromFile(file *os.File) (device *TUN, name string, err error) {
	file.Close()
	return nil, "", fmt.Errorf("open tun on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
