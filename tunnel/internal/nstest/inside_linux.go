package nstest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// insideVariable tells a test program that it runs in namespaces.
const insideVariable = "TORII_NSTEST"

// limit bounds one test in its namespaces.
const limit = 2 * time.Minute

// Inside reports whether the test that calls it is in its namespaces. Where it
// is not, Inside starts the test program once more for this test alone, in
// namespaces, and takes its outcome over; the test then returns:
//
//	if !nstest.Inside(t) {
//		return
//	}
//
// In there lo is up and is the only link, the test program is process 1, /proc
// is the namespace's, and /etc, /run and /var/lib are empty file systems in
// memory but for the names of root and nobody. Without root or ip(8) the test
// is skipped; under CI it fails.
func Inside(t *testing.T) bool {
	t.Helper()
	if os.Getenv(insideVariable) == t.Name() {
		if err := settle(); err != nil {
			t.Fatalf("set the namespaces up: %v", err)
		}
		return true
	}
	lacks := t.Skipf
	if os.Getenv("CI") != "" {
		lacks = t.Fatalf
	}
	if os.Getuid() != 0 {
		lacks("needs root: it makes network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		lacks("needs ip: %v", err)
	}
	t.Parallel()
	output, err := again(t)
	switch text := string(output); {
	case err != nil:
		t.Errorf("in its namespaces: %v\n%s", err, text)
	case strings.Contains(text, "--- SKIP: "+t.Name()):
		t.Skip(text)
	case !strings.Contains(text, "--- PASS: "+t.Name()):
		t.Errorf("it did not run in its namespaces:\n%s", text)
	case testing.Verbose():
		t.Log(text)
	}
	return false
}

// again runs this test alone, in namespaces.
func again(t *testing.T) ([]byte, error) {
	// The kernel ends the child with the thread that made it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	pattern := "^" + regexp.QuoteMeta(t.Name()) + "$"
	command := exec.CommandContext(ctx, "/proc/self/exe", "-test.v", "-test.count=1", "-test.run", pattern,
		"-test.timeout", limit.String())
	// What a killed test leaves goes with /run.
	command.Env = append(os.Environ(), insideVariable+"="+t.Name(), "TMPDIR=/run")
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS | unix.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	command.WaitDelay = time.Second
	return command.CombinedOutput()
}

// settle makes the namespaces habitable. Nothing of it is seen outside.
func settle() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	kept := make(map[string][]byte)
	for _, name := range []string{"/etc/nsswitch.conf", "/etc/protocols", "/etc/services", "/etc/iproute2/rt_tables"} {
		text, err := os.ReadFile(name)
		if err == nil {
			kept[name] = text
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, folder := range []string{"/etc", "/run", "/var/lib"} {
		if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "mode=0755"); err != nil {
			return fmt.Errorf("mount %s: %w", folder, err)
		}
	}
	kept["/etc/passwd"] = []byte("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n")
	kept["/etc/group"] = []byte("root:x:0:\nnogroup:x:65534:\n")
	kept["/etc/hosts"] = []byte("127.0.0.1 localhost\n::1 localhost\n")
	for name, text := range kept {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			return err
		}
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(lo)
}
