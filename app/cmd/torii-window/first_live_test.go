//go:build linux && x11

package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"torii/tunnel"
)

// TestFirstRunByMouse starts Torii for the first time, presses the card of the
// practice gateway, which the running agent starts, logs in, and is in.
func TestFirstRunByMouse(t *testing.T) {
	for _, tool := range []string{"Xvfb", "xfwm4", "xdotool", "dbus-daemon", "import"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed (build/bootstrap brings it)", tool)
		}
	}
	l := newLive(t)
	l.settle(filepath.Join(filepath.Dir(l.logFile), ".config", "torii"), `{"version":1}`)
	agent := l.start("torii")
	l.window(agent, 0)
	if got := strings.TrimSpace(l.run("toriictl", "settings", "get", "first-run")); got != "due" {
		t.Errorf("first-run is %q", got)
	}
	// The last card of the window as it is at first. A press before the window is
	// ready is lost.
	practice := func() {
		if _, err := l.xdotool("mousemove", "--window", l.shown, "210", "444", "click", "1"); err != nil {
			t.Fatal(err)
		}
	}
	l.insist("the login is asked for", practice, func(s tunnel.Snapshot) bool { return s.Question != nil })
	l.prompt()
	l.insist("the tunnel is up", func() { l.login("gate") }, func(s tunnel.Snapshot) bool { return s.State == tunnel.StateConnected })
	if got := strings.TrimSpace(l.run("toriictl", "settings", "get", "first-run")); got != "done" {
		t.Errorf("first-run is %q", got)
	}
	l.end(agent)
}
