//go:build unix

package helperd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"
)

// checkStateDir makes the journal's folder where it is missing and refuses one
// that anybody else could have prepared.
func checkStateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is no folder", dir)
	case !ok || int(stat.Uid) != os.Geteuid():
		return fmt.Errorf("folder %s belongs to somebody else", dir)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("folder %s is open to others (mode %#o)", dir, info.Mode().Perm())
	}
	return nil
}

// lockFile takes a lock that ends with this process. It is an error when
// somebody has it.
func lockFile(path string) (*os.File, error) {
	for {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
		if err != nil {
			return nil, err
		}
		if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			file.Close()
			if errors.Is(err, unix.EWOULDBLOCK) {
				return nil, errors.New("another helper serves this network")
			}
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		// The one before may have removed the file before it let go of it.
		held, heldErr := file.Stat()
		there, thereErr := os.Stat(path)
		if heldErr == nil && thereErr == nil && os.SameFile(held, there) {
			return file, nil
		}
		file.Close()
	}
}

// writeFile replaces a file so that after a crash it holds the old text or the
// new one, and returns when that is on disk, its name included.
func writeFile(path string, text []byte) error {
	// The folder is the file's own, so nobody has to find out whether another
	// one is on the same file system.
	if err := renameio.WriteFile(path, text, 0o600, renameio.WithTempDir(filepath.Dir(path))); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
