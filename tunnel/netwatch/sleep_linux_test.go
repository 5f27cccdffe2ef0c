package netwatch

import (
	"net/netip"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"torii/tunnel/internal/bustest"
)

// enough is how long a test waits for what must come.
const enough = 20 * time.Second

// started returns the changes of a watcher that ends with the test.
func started(t *testing.T, gateway func() netip.Addr) <-chan struct{} {
	t.Helper()
	changes := make(chan struct{}, 1)
	w := Start(gateway, changes)
	t.Cleanup(w.Close)
	return changes
}

func nowhere() netip.Addr { return netip.Addr{} }

// TestWake lets a login manager on a bus of its own say that the machine goes
// to sleep and wakes up.
func TestWake(t *testing.T) {
	address := bustest.Start(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
	manager := bustest.Service(t, address, loginService, loginPath, loginInterface, struct{}{})
	changes := started(t, nowhere)
	say := func(bus *dbus.Conn, name string, values ...any) {
		t.Helper()
		if err := bus.Emit(loginPath, name, values...); err != nil {
			t.Fatal(err)
		}
	}
	const signal = loginInterface + "." + sleepSignal
	// The watcher may not listen yet, so the first wake is said until it hears.
	wake := time.NewTicker(50 * time.Millisecond)
	defer wake.Stop()
	for heard, late := false, time.After(enough); !heard; {
		select {
		case <-wake.C:
			say(manager, signal, false)
		case <-changes:
			heard = true
		case <-late:
			t.Fatal("a wake was not noticed")
		}
	}
	silence(t, changes, func() {}) // what of the earlier ones is still on its way
	stranger := bustest.Service(t, address, "org.example.Stranger", "/x", "org.example.X", struct{}{})
	silence(t, changes, func() {
		say(manager, signal, true)                                // it goes to sleep
		say(manager, loginInterface+".PrepareForShutdown", false) // another signal
		say(manager, signal, "false")                             // no truth value
		say(manager, signal)                                      // no value at all
		say(stranger, signal, false)                              // somebody else's word
	})
	say(manager, signal, false)
	select {
	case <-changes:
	case <-time.After(enough):
		t.Error("the second wake was not noticed")
	}
}

// silence does something after which no change may be told, and drains the
// channel of what came before.
func silence(t *testing.T, changes <-chan struct{}, do func()) {
	t.Helper()
	select {
	case <-changes:
	case <-time.After(300 * time.Millisecond):
	}
	do()
	select {
	case <-changes:
		t.Error("a change was told that was none")
	case <-time.After(2 * settleTime):
	}
}

// TestCloseWithoutABus ends a watcher whose bus is not there, or never says a
// word.
func TestCloseWithoutABus(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+t.TempDir()+"/none")
	Start(nowhere, make(chan struct{}, 1)).Close()
}
