package notify

import (
	"fmt"
	"html"
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"

	"torii/app/sessionbus"
)

// The Desktop Notifications Specification, version 1.2.
const (
	busName     = "org.freedesktop.Notifications"
	objectPath  = "/org/freedesktop/Notifications"
	busCall     = busName + ".Notify"
	busClose    = busName + ".CloseNotification"
	busPressed  = busName + ".ActionInvoked"
	pressed     = "default" // the action of a press on the note itself
	urgencyHint = "urgency"
	normal      = byte(1)
	critical    = byte(2)
)

// Desktop is the way to whatever shows notifications.
type Desktop struct {
	bus    *dbus.Conn
	open   string // the label of the action that opens the window
	work   sync.WaitGroup
	opened func()

	mu    sync.Mutex
	shown uint32 // the note on show; 0 for none
}

// Connect reaches the session's notification service. opened is called when
// the person presses a note; open is what that does, in words. ErrAbsent means
// that there is no session bus.
func Connect(open string, opened func()) (*Desktop, error) {
	bus, err := sessionbus.Connect()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAbsent, err)
	}
	d := &Desktop{bus: bus, open: open, opened: opened}
	if err := bus.AddMatchSignal(dbus.WithMatchObjectPath(objectPath), dbus.WithMatchInterface(busName)); err != nil {
		bus.Close()
		return nil, fmt.Errorf("listen to notifications: %w", err)
	}
	signals := make(chan *dbus.Signal, 8)
	bus.Signal(signals)
	d.work.Go(func() { d.listen(signals) })
	return d, nil
}

// Available reports whether something on the session bus shows notifications,
// or would be started to.
func Available() bool {
	bus, err := sessionbus.Connect()
	if err != nil {
		return false
	}
	defer bus.Close()
	for _, list := range []string{"org.freedesktop.DBus.ListNames", "org.freedesktop.DBus.ListActivatableNames"} {
		var names []string
		if bus.BusObject().Call(list, 0).Store(&names) == nil && slices.Contains(names, busName) {
			return true
		}
	}
	return false
}

// Close takes the note back and leaves the bus.
func (d *Desktop) Close() {
	d.Clear()
	d.bus.Close()
	d.work.Wait()
}

// Show puts a note up in place of the one before. ErrAbsent means that nothing
// on the bus shows notes.
func (d *Desktop) Show(note Note) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	urgency := normal
	if note.Urgent {
		urgency = critical
	}
	hints := map[string]dbus.Variant{urgencyHint: dbus.MakeVariant(urgency)}
	const byDesktop = int32(-1) // how long it stays
	// The body may be markup, so what comes from outside is escaped.
	call := d.bus.Object(busName, objectPath).Call(busCall, 0, "Torii", d.shown, "torii",
		note.Title, html.EscapeString(note.Body), []string{pressed, d.open}, hints, byDesktop)
	if err := call.Store(&d.shown); err != nil {
		return fmt.Errorf("%w: %w", ErrAbsent, err)
	}
	return nil
}

// Clear takes the note back that is on show.
func (d *Desktop) Clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shown == 0 {
		return
	}
	// A note that the person has closed is not there any more.
	d.bus.Object(busName, objectPath).Call(busClose, 0, d.shown)
	d.shown = 0
}

// listen waits for presses.
func (d *Desktop) listen(signals <-chan *dbus.Signal) {
	for s := range signals {
		if s.Name != busPressed || len(s.Body) < 2 {
			continue
		}
		id, _ := s.Body[0].(uint32)
		d.mu.Lock()
		ours := id != 0 && id == d.shown
		d.mu.Unlock()
		if ours && s.Body[1] == pressed {
			d.opened()
		}
	}
}
