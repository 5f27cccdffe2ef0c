//go:build linux && x11

package main

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"torii/tunnel"
	"torii/ui/tray/traytest"
)

// TestTrayAsksInTheRealWindow presses Quit in the panel's menu while connected:
// the real window comes with the question. No leaves everything as it is, and
// yes, by keyboard, ends Torii.
func TestTrayAsksInTheRealWindow(t *testing.T) {
	for _, tool := range []string{"Xvfb", "xfwm4", "xdotool", "dbus-daemon", "import"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed (build/bootstrap brings it)", tool)
		}
	}
	l := newLive(t)
	panel := traytest.StartPanel(t, l.bus(), true)
	agent := l.start("torii", "--demo", "--hidden")
	l.wait("the icon", func() bool { return panel.Registered() != "" })
	panel.Click("Connect")
	l.window(agent, 0) // the login opens it
	l.prompt()
	l.insist("the tunnel is up", func() { l.login("gate") }, func(s tunnel.Snapshot) bool { return s.State == tunnel.StateConnected })

	panel.Click("Quit")
	l.prompt()
	l.key("Escape")
	if s := l.status(); s.State != tunnel.StateConnected {
		t.Errorf("after a no the connection is %s", s.State)
	}
	l.key("ctrl+q")
	l.prompt()
	ended := make(chan error, 1)
	go func() { ended <- agent.Wait() }()
	// "Cancel" has the keyboard; the button before it quits.
	l.key("shift+Tab", "Return")
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("torii ended with %v", err)
		}
	case <-time.After(patience):
		t.Errorf("torii does not end\n%s", l.log())
	}
}

// bus is the session bus of this desk.
func (l *live) bus() string {
	l.t.Helper()
	for _, variable := range l.env {
		if address, ok := strings.CutPrefix(variable, "DBUS_SESSION_BUS_ADDRESS="); ok {
			return address
		}
	}
	l.t.Fatal("this desk has no bus")
	return ""
}

// TestClosingWithoutATray closes the real window where no panel shows the icon:
// it asks once what that shall mean, and the program is found again.
func TestClosingWithoutATray(t *testing.T) {
	for _, tool := range []string{"Xvfb", "xfwm4", "xdotool", "dbus-daemon", "import"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed (build/bootstrap brings it)", tool)
		}
	}
	l := newLive(t)
	agent := l.start("torii", "--demo")
	first := l.window(agent, 0)
	// A key that is pressed before the window is ready is lost.
	for asked := false; !asked; {
		l.key("ctrl+3")
		asked = l.soon(func() bool { return l.place().Page == "details" })
	}
	l.key("ctrl+w")
	l.prompt()
	l.key("shift+Tab", "shift+Tab", "Return") // from "Cancel" to "Keep running"
	closed := func(process int) func() bool {
		return func() bool { return child(agent.Process.Pid, "torii-window") != process }
	}
	l.wait("the window to close", closed(first))
	if got := strings.TrimSpace(l.run("toriictl", "settings", "get", "close-window")); got != "keep" {
		t.Errorf("closing means %q from now on", got)
	}
	l.run("torii")
	second := l.window(agent, first)
	for gone := false; !gone; {
		l.key("ctrl+w")
		gone = l.soon(closed(second))
	}
	l.end(agent)
}
