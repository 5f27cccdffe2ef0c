//go:build cgo && linux

package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// built is where torii-token is built to, once, and what the compiler said.
var built struct {
	once sync.Once
	dir  string
	err  error
	said []byte
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		// Whatever a library did, its process is gone.
		if left := running(built.dir); len(left) > 0 {
			fmt.Fprintln(os.Stderr, "left behind:", left)
			code = 1
		}
		os.RemoveAll(built.dir)
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// running are the process ids of the programs in a folder.
func running(dir string) []string {
	var all []string
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		if path, err := os.Readlink(link); err == nil && filepath.Dir(path) == dir {
			all = append(all, filepath.Base(filepath.Dir(link)))
		}
	}
	return all
}

// program is the path of the real torii-token.
func program(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		lacks(t, "gcc is not installed; build/bootstrap installs it")
	}
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "torii-token-"); built.err == nil {
			build := exec.Command("go", "build", "-o", built.dir, ".")
			build.Env = append(os.Environ(), "CGO_ENABLED=1")
			built.said, built.err = build.CombinedOutput()
		}
	})
	if built.err != nil {
		t.Fatalf("go build: %v\n%s", built.err, built.said)
	}
	return filepath.Join(built.dir, "torii-token")
}
