package secrets

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/godbus/dbus/v5"
)

// secretService is the keyring's name on the session bus.
const secretService = "org.freedesktop.secrets"

// hasBus reports whether a session bus is there already, where the D-Bus
// library looks for one. Without this look the library would start one that
// nobody ends.
func hasBus() bool {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && address != "autolaunch:" {
		return true
	}
	dir := filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// isAbsent reports whether the bus knows nobody who keeps secrets.
func isAbsent(err error) bool {
	failure, ok := errors.AsType[dbus.Error](err)
	return ok && (failure.Name == "org.freedesktop.DBus.Error.ServiceUnknown" || failure.Name == "org.freedesktop.DBus.Error.NameHasNoOwner")
}

// probeTime bounds the look at the bus.
const probeTime = 5 * time.Second

// Probe finds out whether there is a keyring. It asks the bus and not the
// keyring, which would ask the person for its password; whether it is locked
// shows when it is used.
func Probe() Trouble {
	if !hasBus() {
		return TroubleNoBus
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return TroubleNoBus
	}
	defer bus.Close()
	var owned bool
	if err := bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, secretService).Store(&owned); err == nil && owned {
		return TroubleNone
	}
	var startable []string
	if err := bus.BusObject().Call("org.freedesktop.DBus.ListActivatableNames", 0).Store(&startable); err != nil {
		return TroubleNoBus
	}
	if slices.Contains(startable, secretService) {
		return TroubleNone
	}
	return TroubleAbsent
}
