//go:build linux && x11

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"torii/app/api"
	"torii/tunnel"
)

// TestTheWindowLivesWhateverHangs freezes one after the other what stands
// behind the window, uses the real window meanwhile, and watches its heart: the
// toolkit's goroutine never waits for any of them.
func TestTheWindowLivesWhateverHangs(t *testing.T) {
	for _, tool := range []string{"Xvfb", "xfwm4", "xdotool", "dbus-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed (build/bootstrap brings it)", tool)
		}
	}
	l := newLive(t)
	l.heart()
	l.freezeKeyring()
	helper := freeze(t, "unix", filepath.Join(t.TempDir(), "helper.sock"))
	gateway := freeze(t, "tcp", "127.0.0.1:0")
	l.env = append(l.env, "TORII_HELPER="+helper.Addr().String())
	agent := l.start("torii", "--demo")
	l.window(agent, 0)
	client := l.client()
	used := func() { // a person looks around
		for _, key := range []string{"ctrl+2", "ctrl+3", "ctrl+4", "ctrl+5", "ctrl+1"} {
			l.key(key)
		}
	}
	used() // opens each page for the first time
	used()

	l.beats("a keyring that hangs", func() {
		connecting(l, client, "")
		used()
		l.wait("the login despite the keyring", func() bool { return l.status().Question != nil })
		disconnected(l, client)
	})
	var entry api.Entry
	port := uint16(gateway.Addr().(*net.TCPAddr).Port)
	slow := api.Entry{Name: "Slow", Host: "127.0.0.1", Port: port, Protocol: "anyconnect", Mode: tunnel.ModeTUN}
	if err := client.Call(t.Context(), api.MethodAddEntry, slow, &entry); err != nil {
		t.Fatal(err)
	}
	l.beats("a gateway and a helper that hang", func() {
		connecting(l, client, entry.ID)
		used()
		l.key("ctrl+4") // Diagnostics asks the helper
		time.Sleep(time.Second)
		if s := l.status(); !s.State.Busy() {
			t.Errorf("with a gateway that says nothing the connection is %s", s.State)
		}
		l.key("ctrl+1")
		disconnected(l, client)
	})
	l.beats("an agent that hangs", func() {
		if err := agent.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		l.key("Tab", "space")
		used()
		time.Sleep(time.Second)
		if err := agent.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	})
	l.end(agent)
}

// freezeKeyring owns the keyring's name on the session bus and answers nothing.
func (l *live) freezeKeyring() {
	l.t.Helper()
	conn, err := dbus.Connect(l.variable("DBUS_SESSION_BUS_ADDRESS"), dbus.WithHandler(silence{l.t.Context().Done()}))
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { conn.Close() })
	reply, err := conn.RequestName("org.freedesktop.secrets", dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		l.t.Fatalf("play the keyring: %v %v", reply, err)
	}
}

// silence answers no call until the test ends.
type silence struct{ end <-chan struct{} }

// LookupObject implements dbus.Handler.
func (s silence) LookupObject(dbus.ObjectPath) (dbus.ServerObject, bool) {
	<-s.end
	return nil, false
}

// freeze listens, accepts, and says nothing.
func freeze(t *testing.T, network, address string) net.Listener {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return listener
}

// connecting connects an entry, the active one where none is named.
func connecting(l *live, client *api.Client, entry string) {
	l.t.Helper()
	if err := client.Call(l.t.Context(), api.MethodConnect, api.ConnectRequest{Entry: entry}, nil); err != nil {
		l.t.Fatal(err)
	}
}

func disconnected(l *live, client *api.Client) {
	l.t.Helper()
	if err := client.Call(l.t.Context(), api.MethodDisconnect, nil, nil); err != nil && tunnel.CodeOf(err) != tunnel.CodeNotConnected {
		l.t.Fatal(err)
	}
	l.wait("the end of the connection", func() bool { s := l.status().State; return s == tunnel.StateDisconnected || s == tunnel.StateFailed })
}

// heart puts this test in the place of the window's program (TestMain).
func (l *live) heart() {
	l.t.Helper()
	self, err := os.Executable()
	if err != nil {
		l.t.Fatal(err)
	}
	program := filepath.Join(l.bin, "torii-window")
	if err := os.Remove(program); err != nil {
		l.t.Fatal(err)
	}
	if out, err := exec.Command("cp", self, program).CombinedOutput(); err != nil {
		l.t.Fatalf("copy the window: %v\n%s", err, out)
	}
	l.env = append(l.env, "TORII_TEST_BEATS="+l.beatsFile())
}

func (l *live) beatsFile() string { return filepath.Join(filepath.Dir(l.logFile), "beats") }

const (
	// longest is how long the toolkit's goroutine may wait for something.
	longest = 50 * time.Millisecond
	// working is how long it may be busy: here the processor draws what is a
	// graphics card's work elsewhere, 60 to 200 ms a page on a busy machine.
	working = 2 * time.Second
)

// beats does something and looks at the heartbeat meanwhile.
func (l *live) beats(what string, do func()) {
	l.t.Helper()
	from := time.Now()
	do()
	if missed := l.missed(from); missed != "" {
		l.t.Errorf("%s: the toolkit's goroutine is away:\n%s", what, missed)
	}
}

// missed lists when the toolkit's goroutine was away for too long since a
// moment, beside what the heartbeat's own goroutine was late.
func (l *live) missed(from time.Time) (list string) {
	l.t.Helper()
	text, err := os.ReadFile(l.beatsFile())
	if err != nil {
		l.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var at, took, own int64
		if _, err := fmt.Sscan(line, &at, &took, &own); err != nil {
			l.t.Fatalf("a heartbeat %q: %v", line, err)
		}
		limit := longest
		// It works, draws, or has nothing to do and is not woken in time.
		for _, busy := range []string{"[runn", "[GC ", "glfw._Cfunc_", "]: < glfw.(*gLDriver).runGL "} {
			if strings.Contains(line, busy) {
				limit = working
			}
		}
		if at >= from.UnixMilli() && time.Duration(took-own)*time.Millisecond > limit {
			list += line
		}
	}
	return list
}
