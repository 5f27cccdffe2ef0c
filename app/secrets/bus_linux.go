package secrets

import (
	"errors"
	"slices"

	"github.com/godbus/dbus/v5"

	"torii/app/sessionbus"
)

// secretService is the keyring's name on the session bus.
const secretService = "org.freedesktop.secrets"

// hasBus reports whether a session bus is there already. Without this look the
// keyring's library would start one that nobody ends.
func hasBus() bool { return sessionbus.Present() }

// isAbsent reports whether the bus knows nobody who keeps secrets.
func isAbsent(err error) bool {
	failure, ok := errors.AsType[dbus.Error](err)
	return ok && (failure.Name == "org.freedesktop.DBus.Error.ServiceUnknown" || failure.Name == "org.freedesktop.DBus.Error.NameHasNoOwner")
}

// Probe finds out whether there is a keyring. It asks the bus and not the
// keyring, which would ask the person for its password; whether it is locked
// shows when it is used.
func Probe() Trouble {
	bus, err := sessionbus.Connect()
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
