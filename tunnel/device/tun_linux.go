package device

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/tun"

	"torii/tunnel"
	"torii/tunnel/internal/pace"
)

// gatherRoom is how many packets a Read returns beyond those of one read of
// the descriptor.
const gatherRoom = 128

// TUN is the other end of a kernel link.
type TUN struct {
	tun.Device
	name string
	pace pace.Reader // of Read
	more *readiness
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
	more, err := newReadiness(library.File())
	if err != nil {
		library.Close()
		return nil, "", fmt.Errorf("open tun: %w", err)
	}
	return &TUN{Device: library, name: name, more: more}, name, nil
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

// BatchSize implements tunnel.Device.
func (t *TUN) BatchSize() int { return t.Device.BatchSize() + gatherRoom }

// Read implements tunnel.Device. In a fast stream it returns what several
// reads of the descriptor bring: acknowledgements come one by one. A packet
// that the kernel would have split into more segments than there are buffers
// is cut, as a network does. It is called by one goroutine at a time.
func (t *TUN) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	t.pace.Wait()
	n, err := t.readOnce(bufs, sizes, offset)
	for err == nil && t.pace.Busy() && n < pace.Handful && len(bufs)-n >= t.Device.BatchSize() && t.more.ready() {
		var m int
		if m, err = t.readOnce(bufs[n:], sizes[n:], offset); err != nil {
			break // the next Read meets it again
		}
		n += m
	}
	t.pace.Note(n, time.Now())
	if n > 0 {
		return n, nil
	}
	return n, err
}

func (t *TUN) readOnce(bufs [][]byte, sizes []int, offset int) (int, error) {
	n, err := t.Device.Read(bufs, sizes, offset)
	if errors.Is(err, tun.ErrTooManySegments) {
		err = nil
	}
	return n, err
}

// readiness tells whether a descriptor can be read without waiting. Not for
// concurrent use.
type readiness struct {
	raw syscall.RawConn
	ask func(fd uintptr) // made once, so that asking allocates nothing

	request [1]unix.PollFd
	answer  bool
}

func newReadiness(file *os.File) (*readiness, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	r := &readiness{raw: raw}
	r.ask = func(fd uintptr) {
		r.request[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
		n, err := unix.Poll(r.request[:], 0)
		r.answer = err == nil && n == 1
	}
	return r, nil
}

func (r *readiness) ready() bool {
	r.answer = false
	return r.raw.Control(r.ask) == nil && r.answer
}

var _ tunnel.Device = (*TUN)(nil)
