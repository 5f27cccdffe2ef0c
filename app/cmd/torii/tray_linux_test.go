package main

import (
	"strings"
	"testing"
	"time"

	"torii/app/api"
	"torii/assets"
	"torii/tunnel"
	"torii/ui/tray/traytest"
)

// promised is how soon icon and tooltip follow the state. A machine that is
// busy with other tests may be slower by factor tardy.
const (
	promised = 200 * time.Millisecond
	tardy    = 10
)

// desk is a torii and the panel that shows its icon.
type desk struct {
	*running
	*traytest.Panel
}

// expect waits for a menu: what comes before the lines that are always there.
func (d *desk) expect(head string) {
	d.t.Helper()
	want := head + ", Connections, ✓Practice gateway, Lab, Open Torii, Statistics, Diagnostics, Settings, About, Quit"
	traytest.Eventually(d.t, want, func() bool { return d.Labels() == want })
}

// follows checks that icon and tooltip are those of a State, and how long after
// it they are.
func (d *desk) follows(m moment, mark assets.Mark, tooltip string) {
	d.t.Helper()
	want := traytest.Pixels(d.t, mark)
	traytest.Eventually(d.t, "the icon "+string(mark), func() bool { return d.Icon() == want && d.Tooltip() == tooltip })
	late := time.Since(m.at)
	d.t.Logf("%s: icon and tooltip were there %v after the state", tooltip, late.Round(time.Millisecond))
	if late > tardy*promised {
		d.t.Errorf("icon and tooltip took %v", late)
	}
}

// newDesk starts the practice gateway's torii in the panel, with a second entry.
func newDesk(t *testing.T) *desk {
	t.Helper()
	bus := traytest.StartBus(t)
	panel := traytest.StartPanel(t, bus, true)
	d := &desk{start(t, bus, "--demo", "--hidden"), panel}
	traytest.Eventually(t, "the icon registers", func() bool { return panel.Registered() != "" })
	d.follow("the panel is known", func(s api.State) bool { return s.Tray })
	lab := api.Entry{Name: "Lab", Host: "192.0.2.1", Protocol: "anyconnect", Mode: tunnel.ModeProxy}
	if err := d.client.Call(t.Context(), api.MethodAddEntry, lab, nil); err != nil {
		t.Fatal(err)
	}
	d.expect("(Not connected), Connect")
	return d
}

// TestTrayOfTheProgram works with torii as a person does who only ever uses
// the tray: the real agent, with a real login at the practice gateway.
func TestTrayOfTheProgram(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	chosen := func(name, ticks string) {
		t.Helper()
		d.Click(name)
		traytest.Eventually(t, ticks, func() bool { return strings.Contains(d.Labels(), ticks) })
	}
	chosen("Lab", "Practice gateway, ✓Lab")
	chosen("Practice gateway", "✓Practice gateway, Lab")

	d.Click("Connect")
	asked := d.follow("the login", func(s api.State) bool { return s.Snapshot.Question != nil })
	d.follows(asked, assets.MarkNeeds, "Practice gateway is waiting for your answer")
	d.expect("Practice gateway is waiting for your answer, Cancel")
	traytest.Eventually(t, "the question opens the window", func() bool { return d.wrote("shown") == 1 })
	d.Click("Cancel")
	d.follows(d.follow("the end of it", is(tunnel.StateDisconnected)), assets.MarkDisconnected, "Not connected")

	d.Click("Connect")
	d.follows(d.follow("the connection", is(tunnel.StateConnected)), assets.MarkConnected, "Connected to Practice gateway")
	d.expect("(Connected to Practice gateway), Disconnect")
	for _, page := range []string{"Statistics", "Diagnostics", "Settings", "About"} {
		d.Click(page)
		traytest.Eventually(t, "the page "+page, func() bool { return d.wrote("shown "+strings.ToLower(page)) == 1 })
	}
	before := d.wrote("shown")
	d.Click("Open Torii")
	traytest.Eventually(t, "the window in front", func() bool { return d.wrote("shown") == before+1 })
	d.Activate()
	traytest.Eventually(t, "the window in front after a click on the icon", func() bool { return d.wrote("shown") == before+2 })

	d.Click("Disconnect")
	d.follows(d.follow("the end of the connection", is(tunnel.StateDisconnected)), assets.MarkDisconnected, "Not connected")
	d.expect("(Not connected), Connect")
	d.Click("Quit")
	<-d.done
}

// TestQuitWhileConnectedAsksOnce: the window asks; its yes ends Torii.
func TestQuitWhileConnectedAsksOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Click("Connect")
	d.follow("the connection", is(tunnel.StateConnected))
	d.Click("Quit")
	traytest.Eventually(t, "the question", func() bool { return d.wrote("shown quit") == 1 })
	d.follow("it is still connected", is(tunnel.StateConnected))
	d.tell("quit")
	<-d.done
	if d.wrote("quit <nil>") != 1 {
		t.Errorf("the window's diary: %q", d.lines())
	}
}

// TestQuitTwiceEndsTorii: nobody is kept from quitting by a window that does
// not answer.
func TestQuitTwiceEndsTorii(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Click("Connect")
	d.follow("the connection", is(tunnel.StateConnected))
	d.Click("Quit")
	traytest.Eventually(t, "the question", func() bool { return d.wrote("shown quit") == 1 })
	d.Click("Quit")
	<-d.done
}

// TestNoPanel: where nothing shows the icon the window is opened instead, a
// panel that comes is used, and one that leaves is missed.
func TestNoPanel(t *testing.T) {
	t.Parallel()
	bus := traytest.StartBus(t)
	r := start(t, bus, "--demo", "--hidden")
	traytest.Eventually(t, "the window for want of a panel", func() bool { return r.wrote("shown") == 1 })
	r.follow("no panel", func(s api.State) bool { return !s.Tray })
	r.closeWindow()

	panel := traytest.StartPanel(t, bus, true)
	late := &desk{r, panel}
	traytest.Eventually(t, "the icon registers with the panel that came late", func() bool { return panel.Registered() != "" })
	r.follow("the panel", func(s api.State) bool { return s.Tray })
	late.Click("Connect")
	// It is opened for a question that stands; follow answers at once.
	traytest.Eventually(t, "the window for the login", func() bool { return r.wrote("shown") == 2 })
	late.follows(r.follow("the connection", is(tunnel.StateConnected)), assets.MarkConnected, "Connected to Practice gateway")
	r.closeWindow()

	panel.Stop()
	r.follow("the panel is missed", func(s api.State) bool { return !s.Tray })
	traytest.Eventually(t, "the window for want of a panel", func() bool { return r.wrote("shown") == 3 })

	again := traytest.StartPanel(t, bus, true)
	traytest.Eventually(t, "the icon registers with the panel that came back", func() bool { return again.Registered() != "" })
	back := &desk{r, again}
	back.follows(r.follow("the panel is back", func(s api.State) bool { return s.Tray }), assets.MarkConnected, "Connected to Practice gateway")
	back.Click("Disconnect")
	r.follow("the end of the connection", is(tunnel.StateDisconnected))
	back.Click("Quit")
	<-r.done
}
