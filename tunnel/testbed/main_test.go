//go:build privileged && linux

package testbed_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binariesVariable names the folder with the programs under test.
const binariesVariable = "TORII_BINARIES"

// TestMain builds the programs once where nobody says where they are.
func TestMain(m *testing.M) {
	flag.Parse()
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (int, error) {
	if role := os.Getenv(roleVariable); role != "" {
		return 0, playRole(role)
	}
	// These tests wait more than they work.
	if err := flag.Set("test.parallel", "6"); err != nil {
		return 0, err
	}
	if os.Getenv(binariesVariable) == "" {
		dir, err := os.MkdirTemp("", "torii-binaries-")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(dir)
		if err := os.Chmod(dir, 0o755); err != nil { // ordinary users run them, too
			return 0, err
		}
		build := exec.Command("go", "build", "-o", dir, "torii/app/cmd/toriictl", "torii/app/cmd/torii-helper")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("build the programs: %w: %s", err, out)
		}
		os.Setenv(binariesVariable, dir)
	}
	return m.Run(), nil
}

// program returns the path of one of the programs.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(os.Getenv(binariesVariable), name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
