//go:build linux

package helperd

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"torii/tunnel/internal/bustest"
	"torii/tunnel/wire"
)

// polkit plays the authority.
type polkit struct {
	mu      sync.Mutex
	allow   bool
	refusal *dbus.Error
	asked   []string
	pidfds  int
}

func (p *polkit) CheckAuthorization(subject polkitSubject, action string, _ map[string]string, flags uint32, _ string) (polkitResult, *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pid, _ := subject.Details["pid"].Value().(uint32)
	uid, _ := subject.Details["uid"].Value().(int32)
	start, _ := subject.Details["start-time"].Value().(uint64)
	if fd, ok := subject.Details["pidfd"].Value().(dbus.UnixFD); ok {
		// A signal of 0 does nothing but tell whether the process is there.
		if err := unix.PidfdSendSignal(int(fd), 0, nil, 0); err == nil {
			p.pidfds++
		}
		unix.Close(int(fd))
	}
	p.asked = append(p.asked, fmt.Sprintf("%s %s pid %d uid %d started %t flags %d", action, subject.Kind, pid, uid, start > 0, flags))
	return polkitResult{Authorised: p.allow, Details: map[string]string{}}, p.refusal
}

func (p *polkit) set(allow bool, refusal *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allow, p.refusal = allow, refusal
}

// heard returns what it was asked, and how often with a process's descriptor.
func (p *polkit) heard() (asked []string, pidfds int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked), p.pidfds
}

func startPolkit(t *testing.T, address string) *polkit {
	t.Helper()
	p := &polkit{}
	bustest.Service(t, address, polkitName, polkitPath, "org.freedesktop.PolicyKit1.Authority", p)
	return p
}

// ownPeer is this process as somebody that it is connected to sees it.
func ownPeer(t *testing.T) *wire.Peer {
	t.Helper()
	listener, err := wire.Listen(filepath.Join(t.TempDir(), "s"), wire.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("unix", listener.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	accepted, err := listener.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	peer, err := wire.PeerOf(accepted)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { peer.Close() })
	return &peer
}

func TestPolkitDecides(t *testing.T) {
	address := bustest.Start(t)
	service := startPolkit(t, address)
	ask := Polkit(address)
	peer := ownPeer(t)

	service.set(true, nil)
	if err := ask(t.Context(), peer); err != nil {
		t.Errorf("polkit allows, and the answer is %v", err)
	}
	want := fmt.Sprintf("%s unix-process pid %d uid %d started true flags 1", PolkitAction, os.Getpid(), os.Getuid())
	asked, pidfds := service.heard()
	if got := strings.Join(asked, "\n"); got != want {
		t.Errorf("polkit was asked %q, want %q", got, want)
	}
	if peer.PIDFD != nil && pidfds != 1 {
		t.Error("polkit did not get a descriptor of the caller")
	}
	service.set(false, nil)
	if err := ask(t.Context(), peer); err == nil {
		t.Error("polkit refuses, and the caller passes")
	}
	service.set(false, dbus.NewError("org.freedesktop.PolicyKit1.Error.Failed", []any{"Action " + PolkitAction + " is not registered"}))
	if err := ask(t.Context(), peer); err != nil {
		t.Errorf("a machine without our policy file: %v", err)
	}
	service.set(true, dbus.NewError("org.freedesktop.PolicyKit1.Error.Failed", []any{"out of order"}))
	if err := ask(t.Context(), peer); err == nil {
		t.Error("polkit fails, and the caller passes")
	}
}

func TestWithoutPolkit(t *testing.T) {
	peer := ownPeer(t)
	if err := Polkit("none")(t.Context(), peer); err != nil {
		t.Errorf("no bus: %v", err)
	}
	if err := Polkit(bustest.Start(t))(t.Context(), peer); err != nil {
		t.Errorf("no polkit on the bus: %v", err)
	}
	if err := Polkit("unix:path=/nonexistent/bus")(t.Context(), peer); err == nil {
		t.Error("a bus that does not answer lets everybody pass")
	}
}

func TestStartTime(t *testing.T) {
	started, err := startTime(int32(os.Getpid()))
	if err != nil || started == 0 {
		t.Errorf("this process started at %d, error %v", started, err)
	}
	if _, err := startTime(1 << 30); err == nil {
		t.Error("nobody started at some time")
	}
}
