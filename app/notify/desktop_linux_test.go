package notify

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"torii/app/internal/bustest"
)

// shelf plays the desktop's notification service.
type shelf struct {
	bus   *dbus.Conn
	calls chan string
	last  uint32
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	s := &shelf{bus: bus, calls: make(chan string, 16)}
	if err := bus.Export(s, objectPath, busName); err != nil {
		t.Fatal(err)
	}
	if reply, err := bus.RequestName(busName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("own the name: %v, %v", reply, err)
	}
	return s
}

func (s *shelf) Notify(_ string, replaces uint32, _, title, body string, actions []string, hints map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	if replaces == 0 {
		s.last++
	}
	s.calls <- fmt.Sprintf("show %d over %d: %s | %s | %v | %v", s.last, replaces, title, body, actions, hints[urgencyHint].Value())
	return s.last, nil
}

func (s *shelf) CloseNotification(id uint32) *dbus.Error {
	s.calls <- fmt.Sprintf("close %d", id)
	return nil
}

func (s *shelf) next(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-s.calls:
		if got != want {
			t.Errorf("the desktop was asked to %q, want %q", got, want)
		}
	case <-time.After(5 * time.Second):
		t.Fatalf("nothing came, want %q", want)
	}
}

func TestNotesReplaceEachOther(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	bustest.Start(t)
	shelf := newShelf(t)
	defer shelf.bus.Close()
	opened := make(chan struct{}, 1)
	d, err := Connect("Open Torii", func() { opened <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Show(Note{Title: "Lost", Body: "a <b> & c"}); err != nil {
		t.Fatal(err)
	}
	shelf.next(t, "show 1 over 0: Lost | a &lt;b&gt; &amp; c | [default Open Torii] | 1")
	if err := d.Show(Note{Title: "Failed", Body: "Try again.", Urgent: true}); err != nil {
		t.Fatal(err)
	}
	shelf.next(t, "show 1 over 1: Failed | Try again. | [default Open Torii] | 2")

	// Another program's note is none of ours.
	for _, id := range []uint32{99, 1} {
		if err := shelf.bus.Emit(objectPath, busPressed, id, pressed); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-opened:
	case <-time.After(5 * time.Second):
		t.Fatal("a press on the note opened nothing")
	}
	select {
	case <-opened:
		t.Error("a press on another program's note opened Torii")
	case <-time.After(100 * time.Millisecond):
	}
	d.Clear()
	shelf.next(t, "close 1")
	d.Clear() // nothing is on show
	if err := d.Show(Note{Title: "Again"}); err != nil {
		t.Fatal(err)
	}
	shelf.next(t, "show 2 over 0: Again |  | [default Open Torii] | 1")
}

func TestNobodyShowsNotes(t *testing.T) {
	bustest.Start(t)
	d, err := Connect("Open", func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Show(Note{Title: "Lost"}); !errors.Is(err, ErrAbsent) || Available() {
		t.Errorf("without a service: %v, and Available is %v", err, Available())
	}
	shelf := newShelf(t)
	if !Available() {
		t.Error("a service that is there is not seen")
	}
	shelf.bus.Close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
	if Available() {
		t.Error("without a bus there is a service")
	}
	if _, err := Connect("Open", func() {}); !errors.Is(err, ErrAbsent) {
		t.Errorf("without a bus: %v", err)
	}
}
