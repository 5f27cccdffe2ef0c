package tray

import (
	"context"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
)

// The watcher is where icons and panels find each other.
const (
	watcherName      = "org.kde.StatusNotifierWatcher"
	watcherPath      = "/StatusNotifierWatcher"
	busName          = "org.freedesktop.DBus"
	hostRegistered   = watcherName + ".StatusNotifierHostRegistered"
	hostUnregistered = watcherName + ".StatusNotifierHostUnregistered"
)

// connectBus connects to the session's bus. It starts none: where a session
// has no bus, one started from here would be heard by nobody, and would stay.
func connectBus() (*dbus.Conn, error) {
	bus, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return nil, fmt.Errorf("reach the session's bus: %w", err)
	}
	if err := bus.Auth(nil); err != nil {
		bus.Close()
		return nil, fmt.Errorf("log in to the session's bus: %w", err)
	}
	if err := bus.Hello(); err != nil {
		bus.Close()
		return nil, fmt.Errorf("greet the session's bus: %w", err)
	}
	return bus, nil
}

// watchPanel tells shown whether a panel shows icons, now and at each change,
// until ctx or the bus ends.
func watchPanel(ctx context.Context, bus *dbus.Conn, grace time.Duration, shown func(bool)) {
	if shown == nil {
		return
	}
	signals := make(chan *dbus.Signal, 16)
	bus.Signal(signals)
	defer bus.RemoveSignal(signals)
	for _, rule := range [][]dbus.MatchOption{
		{dbus.WithMatchSender(busName), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, watcherName)},
		{dbus.WithMatchInterface(watcherName), dbus.WithMatchObjectPath(watcherPath)},
	} {
		if err := bus.AddMatchSignalContext(ctx, rule...); err != nil {
			// Without news the person must have another way to the program.
			shown(false)
			return
		}
	}
	attend(ctx, signals, grace, shown, func() bool { return panelShows(ctx, bus) })
}

// attend asks shows at the start and after each piece of news, and tells shown
// what changed. That no panel is there is told after grace only: at login the
// panel comes a little later than the programs, and one that crashes is
// started again.
func attend(ctx context.Context, signals <-chan *dbus.Signal, grace time.Duration, shown func(bool), shows func() bool) {
	var said, told bool
	tell := func(now bool) {
		if !said || told != now {
			said, told = true, now
			shown(now)
		}
	}
	missing := time.NewTimer(grace)
	defer missing.Stop()
	present := false
	for {
		now := shows()
		switch {
		case ctx.Err() != nil:
			return
		case now:
			missing.Stop()
			tell(true)
		case present:
			missing.Reset(grace)
		}
		present = now
		for news := false; !news; {
			select {
			case <-ctx.Done():
				return
			case <-missing.C:
				tell(false)
			case signal, ok := <-signals:
				if !ok {
					return
				}
				news = isNews(signal)
			}
		}
	}
}

// isNews picks the signals after which a panel may have come or gone.
func isNews(signal *dbus.Signal) bool {
	switch signal.Name {
	case busName + ".NameOwnerChanged", hostRegistered, hostUnregistered:
		return true
	}
	return false
}

// panelShows asks whether there is a watcher and a panel behind it. Some
// watchers do not say whether; they are taken for panels.
func panelShows(ctx context.Context, bus *dbus.Conn) bool {
	var owned bool
	if err := bus.BusObject().CallWithContext(ctx, busName+".NameHasOwner", 0, watcherName).Store(&owned); err != nil || !owned {
		return false
	}
	var value dbus.Variant
	err := bus.Object(watcherName, watcherPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0,
		watcherName, "IsStatusNotifierHostRegistered").Store(&value)
	if err != nil {
		return true
	}
	registered, isBool := value.Value().(bool)
	return !isBool || registered
}
