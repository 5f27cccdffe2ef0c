//go:build unix

package netcfg

import (
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
