//go:build privileged

package helper

import (
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"torii/tunnel"
)

// TestDropPrivileges starts a program as root (as toriictl connect is) that
// drops its privileges. A program of its own, because it is for good, and
// because it needs one without cgo.
func TestDropPrivileges(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root: it has nothing to drop")
	}
	t.Parallel()
	program := filepath.Join(t.TempDir(), "dropper")
	build := exec.Command("go", "build", "-o", program, "./testdata/dropper")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	command := exec.Command(program, generousCat(t))
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUTS} // should it take the name after all
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	threads := 0
	for line := range strings.Lines(string(out)) {
		switch who, rest, _ := strings.Cut(strings.TrimSpace(line), " "); who {
		case "error":
			t.Error(rest)
		case "thread", "child":
			threads++
			if got := bounding.ReplaceAllString(strings.ReplaceAll(rest, "0000000000000000", "0"), ""); got != "CapInh:0 CapPrm:0 CapEff:0 CapAmb:0 NoNewPrivs:1" {
				t.Errorf("a %s has %s", who, got)
			}
		}
	}
	if threads < 9 {
		t.Errorf("%d threads were looked at", threads)
	}
	for _, want := range []string{
		"raw socket: operation not permitted", "host name: operation not permitted", "user id: operation not permitted 0",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

// bounding is the set that bounds what a program's file gives; nothing does.
var bounding = regexp.MustCompile(`CapBnd:[0-9a-f]+ `)

// generousCat is a cat whose file gives CAP_NET_ADMIN to whoever runs it
// (capabilities(7), VFS_CAP_REVISION_2).
func generousCat(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/bin/cat")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cat")
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
	const revision2, effective = 0x02000000, 1
	given := make([]byte, 20)
	binary.LittleEndian.PutUint32(given, revision2|effective)
	binary.LittleEndian.PutUint32(given[4:], 1<<unix.CAP_NET_ADMIN)
	if err := unix.Setxattr(path, "security.capability", given, 0); err != nil {
		t.Fatalf("give the file a capability: %v", err)
	}
	return path
}

// TestListenerMustBeRoot has a stranger listen on a socket that root owns by
// now: what counts is who listens.
func TestListenerMustBeRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root: it makes a socket somebody else's")
	}
	const stranger = 65534
	path := filepath.Join(t.TempDir(), "s")
	fd, err := listenAs(stranger, path)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := os.Chown(path, stranger, stranger); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := New(Options{Socket: path}).SerialNumber(ctx); tunnel.CodeOf(err) != tunnel.CodeHelperRefused {
		t.Errorf("a stranger's socket: %v, want CodeHelperRefused", err)
	}
	if err := os.Chown(path, 0, 0); err != nil {
		t.Fatal(err)
	}
	_, err = New(Options{Socket: path}).SerialNumber(ctx)
	if tunnel.CodeOf(err) != tunnel.CodeHelperRefused || !strings.Contains(err.Error(), "user 65534 listens") {
		t.Errorf("a stranger on root's socket: %v, want CodeHelperRefused", err)
	}
}

// TestSocketMustBeRoots has root listen on a socket that a stranger owns, and
// could put his own in the place of.
func TestSocketMustBeRoots(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root: it gives a socket away")
	}
	path := listen(t, answer(t, Reply{Serial: "PF-2X9Y7Z"}))
	client := New(Options{Socket: path})
	if _, err := client.SerialNumber(t.Context()); err != nil {
		t.Errorf("root's socket: %v", err)
	}
	if err := os.Chown(path, 65534, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := client.SerialNumber(t.Context()); tunnel.CodeOf(err) != tunnel.CodeHelperRefused {
		t.Errorf("a stranger's socket: %v, want CodeHelperRefused", err)
	}
}

// listenAs makes a listening socket on which uid is written down as the one
// who listens: the kernel asks the thread that does.
func listenAs(uid int, path string) (int, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		unix.Close(fd)
		return -1, err
	}
	listening := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread and its user end together
		_, _, errno := syscall.RawSyscall(unix.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid))
		if errno != 0 {
			listening <- errno
			return
		}
		listening <- unix.Listen(fd, 1)
	}()
	if err := <-listening; err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
