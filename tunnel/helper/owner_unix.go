//go:build unix

package helper

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

// checkSocket makes sure that path is a socket of the user owner and no
// symbolic link to one.
func checkSocket(path string, owner uint32) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%w: %s is no socket", errNotRoots, path)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid != owner {
		return fmt.Errorf("%w: %s", errNotRoots, path)
	}
	return nil
}

// detach keeps a terminal's interrupt from a helper: it is for whoever started
// it, who still needs it to disconnect.
func detach(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
