package sessionbus

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/godbus/dbus/v5"
)

// connectTime bounds the way onto the bus.
const connectTime = 5 * time.Second

// Present reports whether a session bus is there already, where the D-Bus
// library looks for one.
func Present() bool {
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

// Connect opens a connection of its own to the session bus. ErrNone means that
// there is none.
func Connect() (*dbus.Conn, error) {
	if !Present() {
		return nil, ErrNone
	}
	ctx, cancel := context.WithCancel(context.Background())
	late := time.AfterFunc(connectTime, cancel)
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err == nil && !late.Stop() {
		bus.Close()
		err = context.DeadlineExceeded
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	context.AfterFunc(bus.Context(), cancel)
	return bus, nil
}
