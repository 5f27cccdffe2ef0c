package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/godbus/dbus/v5"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/tray/traytest"
)

const secretService = "org.freedesktop.secrets"

// startKeyring starts the real keyring of GNOME, unlocked, on a bus.
func startKeyring(t *testing.T, address string) *dbus.Conn {
	t.Helper()
	program, err := exec.LookPath("gnome-keyring-daemon")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no gnome-keyring-daemon; build/bootstrap installs it")
		}
		t.Skip("there is no gnome-keyring-daemon; build/bootstrap installs it")
	}
	home, err := os.MkdirTemp("", "home") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	keyring := exec.Command(program, "--foreground", "--unlock", "--components=secrets")
	keyring.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "DBUS_SESSION_BUS_ADDRESS=" + address}
	keyring.Stdin = strings.NewReader("keyring-password")
	keyring.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := keyring.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		keyring.Process.Kill()
		keyring.Wait()
	})
	bus, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	collection := bus.Object(secretService, "/org/freedesktop/secrets/aliases/default")
	traytest.Eventually(t, "the keyring", func() bool {
		_, err := collection.GetProperty("org.freedesktop.Secret.Collection.Locked")
		return err == nil
	})
	return bus
}

// TestWhatTheDesktopLacksIsTold: the State says that passwords cannot be kept,
// and the system information that nothing shows notifications either. Login
// form and Diagnostics put that into words.
func TestWhatTheDesktopLacksIsTold(t *testing.T) {
	t.Parallel()
	bus := traytest.StartBus(t)
	traytest.StartPanel(t, bus, true)
	r := start(t, bus, "--demo", "--hidden")
	r.follow("that there is no keyring", func(s api.State) bool { return s.KeyringError == "none" })
	var facts []api.Fact
	if err := r.client.Call(t.Context(), api.MethodSystem, nil, &facts); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"keyring", "notifications"} {
		if !slices.Contains(facts, api.Fact{Key: key, Value: "none"}) {
			t.Errorf("that there is no %s is not told: %+v", key, facts)
		}
	}
}

// TestLockedKeyringIsTold keeps a password in the real keyring, which is locked
// then: the next login asks the person and says why.
func TestLockedKeyringIsTold(t *testing.T) {
	t.Parallel()
	bus := traytest.StartBus(t)
	traytest.StartPanel(t, bus, true)
	keyring := startKeyring(t, bus)
	r := start(t, bus, "--demo", "--hidden")
	connect := func() {
		t.Helper()
		if err := r.client.Call(t.Context(), api.MethodConnect, api.ConnectRequest{}, nil); err != nil {
			t.Fatal(err)
		}
	}
	disconnect := func() {
		t.Helper()
		if err := r.client.Call(t.Context(), api.MethodDisconnect, nil, nil); err != nil {
			t.Fatal(err)
		}
		r.follow("the end", is(tunnel.StateDisconnected))
	}
	connect()
	asked := r.follow("the login", func(s api.State) bool { return s.Snapshot.Question != nil }).state
	answer := api.AnswerRequest{ID: asked.Snapshot.Question.ID, Choice: tunnel.ChoiceOK, Remember: true,
		Fields: map[string]string{"username": asked.Practice.User, "password": asked.Practice.Password}}
	if err := r.client.Call(t.Context(), api.MethodAnswer, answer, nil); err != nil {
		t.Fatal(err)
	}
	r.follow("the password in the keyring", func(s api.State) bool {
		return s.Snapshot.State == tunnel.StateConnected && s.Entries[0].HasSecrets && s.KeyringError == ""
	})
	disconnect()
	connect()
	r.follow("a connection without a question", func(s api.State) bool {
		if s.Snapshot.Question != nil {
			t.Error("what the keyring has is asked for")
		}
		return s.Snapshot.State == tunnel.StateConnected
	})
	disconnect()

	// Which of the two names the keyring goes by is its own business.
	lock := keyring.Object(secretService, "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.Lock", 0,
		[]dbus.ObjectPath{"/org/freedesktop/secrets/collection/login", "/org/freedesktop/secrets/aliases/default"})
	if lock.Err != nil {
		t.Fatal(lock.Err)
	}
	connect()
	r.follow("the login, and that the keyring is locked", func(s api.State) bool {
		return s.Snapshot.Question != nil && s.KeyringError == "locked"
	})
}
