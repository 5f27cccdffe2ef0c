//go:build unix

package wire

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// checkFolder refuses a folder in which somebody else could replace the socket.
func checkFolder(folder string) error {
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("cannot tell who owns %s", folder)
	}
	if int(stat.Uid) != os.Geteuid() && stat.Uid != 0 {
		return fmt.Errorf("folder %s belongs to user %d", folder, stat.Uid)
	}
	if info.Mode().Perm()&0o022 != 0 && info.Mode()&os.ModeSticky == 0 {
		return fmt.Errorf("folder %s may be written by others (mode %#o)", folder, info.Mode().Perm())
	}
	return nil
}

// lock keeps other programs that make the same socket waiting. The lock is a
// file of our own beside it (a folder could be locked by anybody who reads it).
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { file.Close() }, nil
}

// refused reports whether nobody listens on a socket that exists.
func refused(err error) bool { return errors.Is(err, unix.ECONNREFUSED) }
