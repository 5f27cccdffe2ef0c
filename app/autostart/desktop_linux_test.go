package autostart

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tool finds a program that build/bootstrap installs.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed; build/bootstrap installs it", name)
		}
		t.Skipf("%s is not installed; build/bootstrap installs it", name)
	}
	return path
}

// written switches opening at login on for a program, and gives the file.
func written(t *testing.T, program string) string {
	t.Helper()
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	if err := set(program, true); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(config, "autostart", fileName)
}

// TestSpecificationIsKept has the specification's own validator read the file.
func TestSpecificationIsKept(t *testing.T) {
	validate := tool(t, "desktop-file-validate")
	for _, program := range []string{"/opt/torii/torii", "/home/a b/100%/$HOME/\"torii\""} {
		out, err := exec.Command(validate, written(t, program)).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", program, err, out)
		}
	}
}

// TestOpensAtLogin has dex, which starts what desktops start at login, start a
// program in a folder with a difficult name.
func TestOpensAtLogin(t *testing.T) {
	dex := tool(t, "dex")
	folder := filepath.Join(t.TempDir(), "my programs (1)")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	started := filepath.Join(folder, "started")
	program := filepath.Join(folder, "torii")
	script := "#!/bin/sh\nprintf '%s|' \"$@\" >'" + started + ".new'\nmv '" + started + ".new' '" + started + "'\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	login := func() {
		t.Helper()
		command := exec.Command(dex, "--autostart", "--environment", "XFCE", "--search-paths", filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "autostart"))
		command.Env = append(os.Environ(), "HOME="+t.TempDir())
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("dex: %v\n%s", err, out)
		}
	}
	written(t, program)
	login()
	var text []byte
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if text, err = os.ReadFile(started); err == nil {
			break
		}
	}
	if got := strings.TrimSpace(string(text)); got != "--hidden|" {
		t.Fatalf("at login it was started with %q", got)
	}
	if err := os.Remove(started); err != nil {
		t.Fatal(err)
	}
	if err := set(program, false); err != nil {
		t.Fatal(err)
	}
	login()
	time.Sleep(300 * time.Millisecond) // it would start in the background
	if _, err := os.Stat(started); err == nil {
		t.Error("what was switched off is started at login")
	}
}
