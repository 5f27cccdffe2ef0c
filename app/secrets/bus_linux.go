package secrets

import (
	"os"
	"path/filepath"

	"github.com/godbus/dbus/v5"
)

// secretService is the keyring's name on the session bus.
const secretService = "org.freedesktop.secrets"

// hasBus reports whether a session bus is there already. Without this look the
// D-Bus library would start one that nobody ends.
func hasBus() bool {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "bus"))
	return err == nil
}

// Probe finds out whether there is a keyring. It asks the bus and not the
// keyring, which would ask the person for its password; whether it is locked
// shows when it is used.
func Probe() Trouble {
	if !hasBus() {
		return TroubleNoBus
	}
	bus, err := dbus.ConnectSessionBus()
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
	for _, name := range startable {
		if name == secretService {
			return TroubleNone
		}
	}
	return TroubleAbsent
}
