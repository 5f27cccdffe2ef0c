package testbed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Namespace is a machine's network in a box: interfaces, routes, rules,
// firewall, and the folders that programs keep their state in: a /run and a
// /var/lib of its own, and an /etc whose changes stay inside, with /etc/hosts
// and /etc/resolv.conf as mount points. Everything else of the file system is
// the real machine's.
type Namespace struct {
	// Name tells the namespaces of a bed apart in messages.
	Name string
	// ResolvConf is the path outside of what is /etc/resolv.conf inside, where
	// it is a mount point, as in a container.
	ResolvConf string

	holder *exec.Cmd
	stdin  io.Closer
}

// EtcChanges is a folder in a namespace that holds what has changed in /etc
// there, the mount points left out.
const EtcChanges = "/run/etc/new"

// holdScript makes the namespace's file systems and holds it until standard
// input ends, which it does with whoever holds the other end of it, however
// that process ends. Then it ends whatever else still runs in here. Its
// argument is the folder of the files to be mounted.
const holdScript = `set -e
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p /run/etc/new /run/etc/work
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/new,workdir=/run/etc/work etc /etc
for file in hosts resolv.conf; do mount --bind "$1/$file" "/etc/$file"; done
ip link set lo up
echo ready
cat >/dev/null
set +e
own=$(readlink /proc/$$/ns/net)
for process in /proc/[0-9]*; do
	pid=${process#/proc/}
	[ "$pid" = $$ ] || [ "$pid" = $PPID ] || [ "$(readlink "$process/ns/net")" != "$own" ] || kill -9 "$pid" 2>/dev/null
done
`

// newNamespace makes a namespace that ends with t. What still runs in it then
// is an error: a program of the test was left behind.
func newNamespace(t testing.TB, name string) *Namespace {
	t.Helper()
	dir := t.TempDir()
	hosts := "127.0.0.1 localhost\n::1 localhost\n" + ServerAddress + " " + ServerName + " " + OtherName + "\n"
	for file, text := range map[string]string{"hosts": hosts, "resolv.conf": ""} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ns := &Namespace{Name: name, ResolvConf: filepath.Join(dir, "resolv.conf")}
	ns.holder = exec.Command("unshare", "--net", "--mount", "--propagation", "private",
		"sh", "-c", holdScript, "hold-"+name, dir)
	var said strings.Builder
	ns.holder.Stderr = &said
	ready, err := ns.start()
	if err != nil {
		t.Fatalf("make namespace %s: %v", name, err)
	}
	t.Cleanup(func() { ns.end(t) })
	if line, err := bufio.NewReader(ready).ReadString('\n'); err != nil {
		ns.stdin.Close()
		ns.holder.Wait()
		t.Fatalf("make namespace %s: it says %q, %v: %s", name, line, err, said.String())
	}
	return ns
}

func (ns *Namespace) start() (ready io.Reader, err error) {
	stdin, err := ns.holder.StdinPipe()
	if err != nil {
		return nil, err
	}
	ns.stdin = stdin
	ready, err = ns.holder.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return ready, ns.holder.Start()
}

// end gives what is still running a moment to go, and then ends it.
func (ns *Namespace) end(t testing.TB) {
	var left []string
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if left = ns.Processes(); len(left) == 0 || time.Now().After(deadline) {
			break
		}
	}
	if len(left) > 0 {
		t.Errorf("still running in namespace %s at its end: %s", ns.Name, strings.Join(left, "; "))
	}
	ns.stdin.Close()
	// The holder's own children are gone by then, so its exit code says nothing.
	if err := ns.holder.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Errorf("end namespace %s: %v", ns.Name, err)
	}
}

// pid of the process that holds the namespace.
func (ns *Namespace) pid() string { return strconv.Itoa(ns.holder.Process.Pid) }

// Command returns a command that will run in the namespace, as root, in the
// folder "/" (paths must be absolute). It becomes the program itself: signals
// and process ids are the program's. When ctx ends it is killed.
func (ns *Namespace) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	own := "/proc/" + ns.pid() + "/ns/"
	return exec.CommandContext(ctx, "nsenter",
		append([]string{"--net=" + own + "net", "--mount=" + own + "mnt", "--", name}, args...)...)
}

// Run runs a command in the namespace to its end and returns what it printed.
// A command that fails, or takes longer than a minute, ends the test.
func (ns *Namespace) Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := ns.Try(name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Try runs a command in the namespace to its end and returns what it printed
// on standard output; the error holds the rest. It has a minute.
func (ns *Namespace) Try(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	command := ns.Command(ctx, name, args...)
	var errors strings.Builder
	command.Stderr = &errors
	out, err := command.Output()
	if err != nil {
		err = fmt.Errorf("in namespace %s: %s %s: %w: %s%s", ns.Name, name, strings.Join(args, " "), err, out, errors.String())
	}
	return string(out), err
}

// Do calls work on a thread whose network is the namespace's: sockets that it
// opens belong there for as long as they live. Goroutines that work starts are
// elsewhere, and so are the names that a resolver asks for.
func (ns *Namespace) Do(work func() error) error {
	done := make(chan error, 1)
	go func() { done <- ns.within(work) }()
	return <-done
}

// within runs on a goroutine of its own. Its thread comes back to where it was;
// one that cannot stays locked, and ends with the goroutine, so that no other
// one finds itself in the wrong network.
func (ns *Namespace) within(work func() error) error {
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return fmt.Errorf("enter namespace %s: %w", ns.Name, err)
	}
	defer home.Close()
	there, err := os.Open("/proc/" + ns.pid() + "/ns/net")
	if err != nil {
		return fmt.Errorf("enter namespace %s: %w", ns.Name, err)
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter namespace %s: %w", ns.Name, err)
	}
	err = work()
	if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil {
		runtime.UnlockOSThread()
	}
	return err
}

// Processes returns what runs in the namespace, as "pid command line", the
// bed's own holder and this process, which may have a thread there, left out.
func (ns *Namespace) Processes() []string {
	own, err := os.Readlink("/proc/" + ns.pid() + "/ns/net")
	if err != nil {
		return nil
	}
	holder := ns.holder.Process.Pid
	var found []string
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		pid, err := strconv.Atoi(filepath.Base(folder))
		if err != nil || pid == holder || pid == os.Getpid() || parentOf(folder) == holder {
			continue
		}
		if net, err := os.Readlink(filepath.Join(folder, "ns/net")); err != nil || net != own {
			continue
		}
		line, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
		found = append(found, fmt.Sprintf("%d %s", pid, strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " "))))
	}
	slices.Sort(found)
	return found
}

// parentOf reads a process's parent from its folder in /proc; 0 when it is gone.
func parentOf(folder string) int {
	stat, err := os.ReadFile(filepath.Join(folder, "stat"))
	if err != nil {
		return 0
	}
	// The name in parentheses may hold spaces; what follows is regular (proc(5)).
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}

// WaitPid waits until a process is gone, which need not be this process's own
// child. It reports whether that happened within the time.
func WaitPid(pid int, within time.Duration) bool {
	for deadline := time.Now().Add(within); ; time.Sleep(5 * time.Millisecond) {
		if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}
