//go:build linux && x11

package main

import (
	"os/exec"
	"strings"
	"testing"

	"torii/tunnel"
)

// TestDrivenByKeyboard connects to the practice gateway with the real programs
// under a virtual display, by keyboard alone. The window is built without the
// tag that switches the toolkit's thread check off, and must not trip it. Then
// the window is killed, which the tunnel must not notice, and opened anew.
func TestDrivenByKeyboard(t *testing.T) {
	for _, tool := range []string{"Xvfb", "xfwm4", "xdotool", "dbus-daemon", "import"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed (build/bootstrap brings it)", tool)
		}
	}
	l := newLive(t)
	agent := l.start("torii", "--demo")
	first := l.window(agent, 0)
	// Home, where the switch has the keyboard; the first run gives way to it.
	l.insist("the login is asked for", func() { l.key("ctrl+1", "space") }, func(s tunnel.Snapshot) bool { return s.Question != nil })
	l.prompt()
	l.insist("the login is refused", func() { l.login("wrong") }, func(s tunnel.Snapshot) bool {
		return s.Question != nil && s.Question.Form != nil && s.Question.Form.Attempt > 0
	})
	connected := l.insist("the tunnel is up", func() { l.login("gate") }, func(s tunnel.Snapshot) bool {
		return s.State == tunnel.StateConnected
	})

	l.kill(first)
	l.run("torii") // a second start opens the window of the first
	l.window(agent, first)
	if s := l.status(); s.State != tunnel.StateConnected || !s.Since.Equal(connected.Since) {
		t.Errorf("after the window was killed the tunnel is %s since %v, before since %v", s.State, s.Since, connected.Since)
	}
	l.insist("the tunnel is down", func() { l.key("ctrl+1", "space") }, func(s tunnel.Snapshot) bool {
		return s.State == tunnel.StateDisconnected
	})

	l.end(agent)
	// The toolkit's own settings file, which Torii does not use, may be half
	// written when its window is killed.
	log := strings.ReplaceAll(l.log(), "Fyne error:  Preferences load error", "")
	for _, bad := range []string{"Error in Fyne call thread", "panic", "Fyne error"} {
		if strings.Contains(log, bad) {
			t.Errorf("the window broke the toolkit's rules:\n%s", log)
		}
	}
}
