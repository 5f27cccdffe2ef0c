package netwatch

import (
	"context"

	"github.com/godbus/dbus/v5"
)

// The signal of systemd-logind before sleep (true) and after it (false).
const (
	loginService   = "org.freedesktop.login1"
	loginPath      = "/org/freedesktop/login1"
	loginInterface = "org.freedesktop.login1.Manager"
	sleepSignal    = "PrepareForSleep"
)

// watchSleep calls woke after this machine woke up, until ctx ends. Without a
// system bus it does nothing.
func watchSleep(ctx context.Context, woke func()) {
	bus, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return
	}
	defer bus.Close()
	signals := make(chan *dbus.Signal, 4)
	bus.Signal(signals)
	// Any user may send a signal of that name; the bus vouches for the sender.
	if bus.AddMatchSignalContext(ctx, dbus.WithMatchSender(loginService), dbus.WithMatchObjectPath(loginPath),
		dbus.WithMatchInterface(loginInterface), dbus.WithMatchMember(sleepSignal)) != nil {
		return
	}
	for {
		select {
		case s, open := <-signals:
			if !open {
				return
			}
			if awake(s) {
				woke()
			}
		case <-ctx.Done():
			return
		}
	}
}

// awake reports whether a signal says that the sleep is over.
func awake(s *dbus.Signal) bool {
	if s.Name != loginInterface+"."+sleepSignal || len(s.Body) != 1 {
		return false
	}
	sleeping, ok := s.Body[0].(bool)
	return ok && !sleeping
}
