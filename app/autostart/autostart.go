// Package autostart opens Torii when the person logs in, by a file of the
// Desktop Application Autostart Specification.
package autostart

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2/maybe"
)

// fileName is the autostart file's name; the desktop entry's is the same.
const fileName = "org.torii.Torii.desktop"

// Set makes Torii open at login, or not: the torii beside this program.
func Set(on bool) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("open at login: %w", err)
	}
	return set(filepath.Join(filepath.Dir(self), "torii"), on)
}

// set is Set for a program's absolute path.
func set(program string, on bool) error {
	dir, err := folder()
	if err != nil {
		return fmt.Errorf("open at login: %w", err)
	}
	path := filepath.Join(dir, fileName)
	if !on {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("do not open at login: %w", err)
		}
		return nil
	}
	text, err := entry(program)
	if err != nil {
		return fmt.Errorf("open at login: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("open at login: %w", err)
	}
	if err := maybe.WriteFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("open at login: %w", err)
	}
	return nil
}

// folder is where the desktop looks.
func folder() (string, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(config, "autostart"), nil
}

// entry is the file's text (Desktop Entry Specification, version 1.5).
func entry(program string) (string, error) {
	if !filepath.IsAbs(program) {
		return "", fmt.Errorf("%s is no absolute path", program)
	}
	if strings.ContainsAny(program, "\n\r") {
		return "", errors.New("the program's path cannot be written into a desktop entry")
	}
	return "[Desktop Entry]\nType=Application\nName=Torii\nExec=" + quote(program) + " --hidden\n" +
		"Icon=torii\nTerminal=false\nX-GNOME-Autostart-enabled=true\n", nil
}

// quote writes a path as an argument of Exec: in double quotes, what is
// special within them behind a backslash, which the file's own escaping
// doubles; and a percent sign doubled.
func quote(path string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range path {
		switch r {
		case '"', '`', '$':
			b.WriteString(`\\`)
		case '\\':
			b.WriteString(`\\\`)
		case '%':
			b.WriteByte('%')
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}
