//go:build linux && x11

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTypingJapanese names a connection in kanji, with an input method that
// speaks the X Input Method protocol: romaji are typed, converted and taken.
func TestTypingJapanese(t *testing.T) {
	for tool, bringer := range map[string]string{"Xvfb": "xvfb", "xfwm4": "xfwm4", "xdotool": "xdotool", "dbus-daemon": "dbus",
		"uim-xim": "uim-xim and uim-anthy", "localedef": "libc-bin"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed; the package %s brings it", tool, bringer)
		}
	}
	for file, bringer := range map[string]string{"/usr/share/i18n/locales/ja_JP": "locales", "/usr/share/fonts/X11/misc": "xfonts-base",
		"/usr/share/uim/anthy-utf8.scm": "uim-anthy"} {
		if _, err := os.Stat(file); err != nil {
			t.Skipf("%s is missing; the package %s brings it", file, bringer)
		}
	}
	l := newLive(t)
	// The input method serves only those whose locale is Japanese.
	locales := t.TempDir()
	if out, err := exec.Command("localedef", "-i", "ja_JP", "-f", "UTF-8", filepath.Join(locales, "ja_JP.UTF-8")).CombinedOutput(); err != nil {
		t.Fatalf("make the locale: %v\n%s", err, out)
	}
	l.env = append(l.env, "LOCPATH="+locales, "LANG=ja_JP.UTF-8", "LC_ALL=ja_JP.UTF-8", "XMODIFIERS=@im=uim")
	home := filepath.Dir(l.logFile)
	if err := os.WriteFile(filepath.Join(home, ".uim"), []byte("(define default-im-name 'anthy-utf8)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	method := exec.Command("uim-xim", "--engine=anthy-utf8")
	l.record(method)
	l.begin(method)
	time.Sleep(2 * time.Second) // it says nothing when it is ready

	agent := l.start("torii", "--demo")
	l.window(agent, 0)
	for deadline := time.Now().Add(patience); ; {
		l.key("Escape", "ctrl+2", "ctrl+n") // what was begun before is given up
		time.Sleep(time.Second)
		l.key("shift+space")
		l.spell("nihonn")
		l.key("space", "Return", "shift+space", "Tab")
		l.spell("vpn.example.com")
		l.key("Return")
		if l.soon(func() bool { return strings.Contains(l.run("toriictl", "list"), "日本\tvpn.example.com") }) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the name did not arrive: %s\n%s", l.run("toriictl", "list"), l.log())
		}
	}
	l.end(agent)
}

// spell types letters at the pace of a person.
func (l *live) spell(text string) {
	l.t.Helper()
	if _, err := l.xdotool("type", "--delay", "150", text); err != nil {
		l.t.Fatal(err)
	}
}
