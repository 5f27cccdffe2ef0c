package device

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/tun"

	"torii/tunnel"
)

// TUN is the other end of a kernel link.
type TUN struct {
	tun.Device
	name string
}

// FromFile takes over file, an open TUN descriptor that is attached to a link
// (TUNSETIFF done, best with IFF_VNET_HDR), and returns the device and the
// link's name. It needs no privilege. file is closed in any case.
func FromFile(file *os.File) (device *TUN, name string, err error) {
	defer file.Close()
	fd, err := duplicate(file)
	if err != nil {
		return nil, "", fmt.Errorf("duplicate tun descriptor: %w", err)
	}
	var request *unix.Ifreq
	if request, err = unix.NewIfreq(""); err == nil {
		// Asked here first: the library does not close what it refuses.
		err = unix.IoctlIfreq(fd, unix.TUNGETIFF, request)
	}
	if err != nil {
		unix.Close(fd)
		return nil, "", fmt.Errorf("the descriptor is no tun: %w", err)
	}
	// The monitored form needs privilege; link events come from the helper.
	library, name, err := tun.CreateUnmonitoredTUNFromFD(fd)
	if err != nil {
		return nil, "", fmt.Errorf("open tun: %w", err)
	}
	return &TUN{Device: library, name: name}, name, nil
}

func duplicate(file *os.File) (int, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd := -1
	var dupErr error
	err = raw.Control(func(original uintptr) {
		fd, dupErr = unix.FcntlInt(original, unix.F_DUPFD_CLOEXEC, 0)
	})
	return fd, errors.Join(err, dupErr)
}

// Name returns the link's name.
func (t *TUN) Name() string { return t.name }

// Read implements tunnel.Device. A packet that the kernel would have split
// into more segments than there are buffers is cut, as a network does.
func (t *TUN) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	n, err := t.Device.Read(bufs, sizes, offset)
	if errors.Is(err, tun.ErrTooManySegments) {
		err = nil
	}
	return n, err
}

var _ tunnel.Device = (*TUN)(nil)
