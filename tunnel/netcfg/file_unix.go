//go:build unix

package netcfg

import (
	"fmt"
	"os"
	"syscall"
)

// keepOwner gives file the owner that another one has.
func keepOwner(file *os.File, like os.FileInfo) error {
	stat, ok := like.Sys().(*syscall.Stat_t)
	if !ok || int(stat.Uid) == os.Geteuid() && int(stat.Gid) == os.Getegid() {
		return nil
	}
	return file.Chown(int(stat.Uid), int(stat.Gid))
}

// openInPlace opens a file for writing, and nothing but a file that lies there
// itself: a symbolic link, a pipe or a device that took its place is refused.
func openInPlace(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		file.Close()
		return nil, fmt.Errorf("%s is no file any more", path)
	}
	return file, nil
}
