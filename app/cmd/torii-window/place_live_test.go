//go:build linux && x11

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"torii/app/api"
)

// TestWindowOpensAsItWasLeft resizes the real window and turns its page, ends
// Torii, and starts it again; then on a screen too small for it, and over a
// broken file.
func TestWindowOpensAsItWasLeft(t *testing.T) {
	for _, tool := range []string{"Xvfb", "xfwm4", "xdotool", "dbus-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed (build/bootstrap brings it)", tool)
		}
	}
	l := newLive(t)
	agent := l.start("torii", "--demo")
	l.window(agent, 0)
	if got := l.size(); got != "420 640" {
		t.Errorf("the first time the window is %s", got)
	}
	// A key that is pressed before the window is ready is lost.
	for turned := false; !turned; {
		l.key("ctrl+3")
		turned = l.soon(func() bool { return l.place().Page == "details" })
	}
	if _, err := l.xdotool("windowsize", l.shown, "760", "700"); err != nil {
		t.Fatal(err)
	}
	l.wait("the agent to keep the new size", func() bool {
		return l.place() == api.WindowPlace{Width: 760, Height: 700, Page: "details"}
	})
	l.end(agent)

	agent = l.start("torii", "--demo")
	process := l.window(agent, 0)
	l.wait("the size of the last time", func() bool { return l.size() == "760 700" })
	if line := commandLine(t, process); !strings.Contains(line, "--page=details") {
		t.Errorf("the window was started as %q", line)
	}
	l.end(agent)

	// What was left on a larger screen: this one has 1000 x 800 pixels, and no
	// window manager that sees to it.
	bare := newDesk(t, l.bin)
	bare.leave(`{"version":1,"width":3000,"height":2000,"page":"details"}`)
	agent = bare.start("torii", "--demo")
	bare.window(agent, 0)
	bare.wait("a size that fits", func() bool { return bare.size() == "952 752" })
	bare.end(agent)

	l.leave("{")
	agent = l.start("torii", "--demo")
	l.window(agent, 0)
	l.wait("the first size after a broken file", func() bool { return l.size() == "420 640" })
	l.end(agent)
}

// size is the window's width and height in pixels.
func (l *live) size() string {
	l.t.Helper()
	text, err := l.xdotool("getwindowgeometry", "--shell", l.shown)
	if err != nil {
		return "" // it may be gone by now
	}
	var width, height string
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "WIDTH="); ok {
			width = value
		}
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "HEIGHT="); ok {
			height = value
		}
	}
	return width + " " + height
}

func (l *live) placePath() string {
	return filepath.Join(filepath.Dir(l.logFile), ".local", "state", "torii", "window.json")
}

// place is what the agent has kept.
func (l *live) place() (place api.WindowPlace) {
	l.t.Helper()
	text, err := os.ReadFile(l.placePath())
	if os.IsNotExist(err) {
		return place
	}
	if err != nil {
		l.t.Fatal(err)
	}
	if err := json.Unmarshal(text, &place); err != nil {
		l.t.Fatal(err)
	}
	return place
}

// leave writes what the agent keeps.
func (l *live) leave(text string) {
	l.t.Helper()
	if err := os.MkdirAll(filepath.Dir(l.placePath()), 0o700); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(l.placePath(), []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// soon polls for a short while.
func (l *live) soon(so func() bool) bool {
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if so() {
			return true
		}
	}
	return false
}

// commandLine is how a process was started.
func commandLine(t *testing.T, process int) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(process), "cmdline"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\x00", " ")
}
