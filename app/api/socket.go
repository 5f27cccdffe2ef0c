package api

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
)

// SocketVariable names the environment variable that tells a window which of
// its descriptors is the agent's end of an inherited socket pair.
const SocketVariable = "TORII_CONTROL_FD"

// RuntimeDir is the folder of this user's sockets: $XDG_RUNTIME_DIR/torii, or
// one of this user's own in the system's temporary folder.
func RuntimeDir() string {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "torii")
	}
	return filepath.Join(cmp.Or(os.Getenv("TMPDIR"), os.TempDir()), fmt.Sprintf("torii-%d", os.Getuid()))
}

// SocketPath is where the agent of this user listens.
func SocketPath() string { return filepath.Join(RuntimeDir(), "control.sock") }
