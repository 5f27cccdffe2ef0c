//go:build linux && x11

package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"torii/i18n"
	"torii/tunnel"
)

var pictures = flag.String("pictures", "", "folder for the pictures of TestWalk")

// place is where something is in the window as it opens at first, 420 x 640.
type place struct{ x, y int }

var (
	theSwitch      = place{210, 280}
	connectionsTab = place{105, 608}
	firstDots      = place{374, 97} // of the first card of Connections
	menuEdit       = place{200, 170}
)

// TestWalk does with the real programs what a person does in the first week:
// connects by mouse with a wrong and with the right password, disconnects, adds
// a connection, changes it, chooses Japanese and the dark theme, and quits.
func TestWalk(t *testing.T) {
	for _, tool := range []string{"Xvfb", "xfwm4", "xdotool", "dbus-daemon", "import"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed (build/bootstrap brings it)", tool)
		}
	}
	l := newLive(t)
	agent := l.start("torii", "--demo")
	l.window(agent, 0)
	l.picture("home")

	l.insist("the login is asked for", func() { l.click(theSwitch) }, func(s tunnel.Snapshot) bool { return s.Question != nil })
	l.prompt()
	l.picture("login")
	l.insist("the login is refused", func() { l.login("wrong") }, func(s tunnel.Snapshot) bool {
		return s.Question != nil && s.Question.Form != nil && s.Question.Form.Attempt > 0
	})
	l.picture("refused")
	l.insist("the tunnel is up", func() { l.login("gate") }, func(s tunnel.Snapshot) bool { return s.State == tunnel.StateConnected })
	l.picture("connected")
	l.insist("the tunnel is down", func() { l.click(theSwitch) }, func(s tunnel.Snapshot) bool {
		return s.State == tunnel.StateDisconnected
	})

	l.click(connectionsTab)
	l.key("ctrl+n")
	l.write("Office")
	l.key("Tab")
	l.write("vpn.example.com/staff")
	l.picture("add")
	l.key("Return")
	l.wait("the new connection", func() bool { return strings.Contains(l.run("toriictl", "list"), "Office") })
	l.click(firstDots)
	l.picture("menu")
	l.click(menuEdit)
	l.key("ctrl+a")
	l.write("Head office")
	l.key("Return")
	l.wait("the changed connection", func() bool { return strings.Contains(l.run("toriictl", "list"), "Head office") })
	l.picture("connections")

	l.run("toriictl", "settings", "set", "theme", "light")
	l.choose("language", slices.Index(i18n.Languages(), "ja-JP")+1) // "System" is before them
	l.wait("Japanese", func() bool { return l.setting("language") == "ja-JP" })
	l.picture("japanese")
	l.choose("theme", 1) // dark is behind light
	l.wait("the dark theme", func() bool { return l.setting("theme") == "dark" })
	l.key("ctrl+1")
	l.picture("dark")

	l.key("ctrl+q")
	ended := make(chan struct{})
	go func() { agent.Wait(); close(ended) }()
	l.wait("the end of Torii", func() bool {
		select {
		case <-ended:
			return true
		default:
			return false
		}
	})
	if log := strings.ReplaceAll(l.log(), "Fyne error:  Preferences load error", ""); strings.Contains(log, "Fyne error") || strings.Contains(log, "panic") ||
		strings.Contains(log, "Error in Fyne call thread") {
		t.Errorf("the window broke the toolkit's rules:\n%s", log)
	}
}

// click presses a place of the window.
func (l *live) click(p place) {
	l.t.Helper()
	if _, err := l.xdotool("mousemove", "--window", l.shown, strconv.Itoa(p.x), strconv.Itoa(p.y), "click", "1"); err != nil {
		l.t.Fatal(err)
	}
	l.settled()
}

// write types a text into what has the keyboard.
func (l *live) write(text string) {
	l.t.Helper()
	if _, err := l.xdotool("type", "--delay", "60", text); err != nil {
		l.t.Fatal(err)
	}
}

// choose picks from a chooser of Settings, by keyboard: further is how far the
// wanted line is from the chosen one. The page has the settings in the agent's
// order, and one that it does not show.
func (l *live) choose(setting string, further int) {
	l.t.Helper()
	tabs := 0
	for line := range strings.Lines(l.run("toriictl", "settings", "get")) {
		name, _, _ := strings.Cut(line, " ")
		if name == setting {
			break
		}
		if name != "first-run" {
			tabs++
		}
	}
	l.key("ctrl+1", "ctrl+comma")
	for range tabs {
		l.key("Tab")
	}
	l.key("space")
	l.settled()
	l.picture("choose-" + setting)
	for range further {
		l.key("Down")
	}
	l.key("Return")
}

// setting asks the agent.
func (l *live) setting(key string) string {
	l.t.Helper()
	return strings.TrimSpace(l.run("toriictl", "settings", "get", key))
}

// settled waits until the window has drawn what it has been told: until two
// pictures in a row are alike.
func (l *live) settled() {
	l.t.Helper()
	before := ""
	l.wait("a window that has settled", func() bool {
		now := l.look()
		alike := now == before
		before = now
		return alike
	})
}

// look is a fingerprint of what the window shows.
func (l *live) look() string {
	l.t.Helper()
	command := exec.Command("import", "-window", l.shown, "-resize", "105x160!", "-format", "%#", "info:-")
	command.Env = l.env
	out, err := command.Output()
	if err != nil {
		l.t.Fatalf("look at the window: %v", err)
	}
	return string(out)
}

// picture keeps a picture of the window, where they are wanted.
func (l *live) picture(name string) {
	l.t.Helper()
	if *pictures == "" {
		return
	}
	l.settled()
	if err := os.MkdirAll(*pictures, 0o755); err != nil {
		l.t.Fatal(err)
	}
	command := exec.Command("import", "-window", l.shown, filepath.Join(*pictures, name+".png"))
	command.Env = l.env
	if out, err := command.CombinedOutput(); err != nil {
		l.t.Fatalf("keep a picture: %v\n%s", err, out)
	}
}
