// Package paths says where Torii keeps its things, by the XDG base directory
// specification.
package paths

import (
	"fmt"
	"os"
	"path/filepath"
)

// Dirs are Torii's folders. They are made when something is written to them.
type Dirs struct {
	Config string // entries and settings
	Data   string // certificates
	State  string // logs, and what may be lost
}

// OfUser returns the folders of the user who runs this program.
func OfUser() (Dirs, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return Dirs{}, fmt.Errorf("find the home folder: %w", err)
	}
	return Dirs{
		Config: base("XDG_CONFIG_HOME", home, ".config"),
		Data:   base("XDG_DATA_HOME", home, ".local/share"),
		State:  base("XDG_STATE_HOME", home, ".local/state"),
	}, nil
}

// base is a folder of the specification: what the environment names, if it is
// absolute, or the default below the home folder.
func base(variable, home, otherwise string) string {
	if dir := os.Getenv(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, "torii")
	}
	return filepath.Join(home, filepath.FromSlash(otherwise), "torii")
}
