package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"torii/app/api"
	"torii/ui/tray/traytest"
)

// TestSecondStartHandsOver: what a second start is given reaches the first, and
// where it cannot be opened the person reads why, in the window and in the
// terminal.
func TestSecondStartHandsOver(t *testing.T) {
	t.Parallel()
	bus := traytest.StartBus(t)
	panel := traytest.StartPanel(t, bus, true)
	r := configure(t, bus, `{"version":1,"values":{"external-control":"enabled"}}`)
	r.start("--demo", "--hidden")
	traytest.Eventually(t, "the icon registers", func() bool { return panel.Registered() != "" })
	folder := filepath.Join(r.home, "mail")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "office.xyz"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		arguments []string
		code      int
		says      string // in the terminal and in the window
		shown     int    // how often the window came forward by now
	}{
		{"nothing", nil, 0, "", 1},
		{"nothing, hidden", []string{"--hidden"}, 0, "", 1},
		{"a link that shows the window", []string{"torii:close"}, 0, "", 2},
		{"a link that only disconnects", []string{"anyconnect:disconnect"}, 0, "", 2},
		{"a link that is broken", []string{"anyconnect:dance"}, api.ExitBadImport, "The file or link cannot be used", 3},
		{"a link that wants what is not there", []string{"anyconnect:import?type=pkcs12&uri=https%3A%2F%2Fexample.org%2Fa.p12"},
			api.ExitUnsupported, "Torii cannot do yet what this link asks for.", 4},
		{"a file beside it", []string{"office.xyz"}, api.ExitUnsupported, "Torii cannot open office.xyz yet.", 5},
		{"a file by its URL", []string{"file://" + folder + "/office.xyz"}, api.ExitUnsupported, "Torii cannot open office.xyz yet.", 6},
		{"a file that is not there", []string{"home.xyz"}, api.ExitNotFound, "What was asked for does not exist: home.xyz", 7},
		{"too many", strings.Split(strings.Repeat("torii:close ", 17)+"x", " "), api.ExitUsage, "What was entered is not valid", 8},
		{"too long", []string{"torii:close?" + strings.Repeat("x", 9000)}, api.ExitUsage, "What was entered is not valid", 9},
	} {
		second := r.program(c.arguments...)
		second.Dir = folder
		out, err := second.CombinedOutput()
		code := 0
		if exited, ok := errors.AsType[*exec.ExitError](err); ok {
			code = exited.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if code != c.code || !strings.Contains(string(out), c.says) {
			t.Errorf("%s: exit code %d, want %d; it says\n%s", c.name, code, c.code, out)
		}
		traytest.Eventually(t, c.name+": the window", func() bool { return r.wrote("shown") == c.shown })
		if c.says != "" {
			traytest.Eventually(t, c.name+": the window says why", func() bool { return said(r, c.says) })
		}
	}
}

// said reports whether the window was told something that begins like that.
func said(r *running, beginning string) bool {
	for _, line := range r.lines() {
		if strings.HasPrefix(line, "unopened "+beginning) {
			return true
		}
	}
	return false
}

// TestLinkLeavesTheArguments: a link may hold a password, and everybody on the
// machine can list the arguments of programs (design.md, security rule 9).
func TestLinkLeavesTheArguments(t *testing.T) {
	t.Parallel()
	bus := traytest.StartBus(t)
	traytest.StartPanel(t, bus, true)
	r := configure(t, bus, `{"version":1,"values":{"external-control":"disabled"}}`)
	r.start("--demo", "anyconnect:connect?name=Practice%20gateway&prefill_password=s3cret")
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(r.command.Process.Pid), "cmdline"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "--demo\x00*") || strings.Contains(string(text), "s3cret") || strings.Contains(string(text), "connect") {
		t.Errorf("the arguments are %q", text)
	}
	// A first start opens what it is given itself; here, links are not allowed.
	traytest.Eventually(t, "the link reaches the agent", func() bool { return said(r, "A setting of Torii") })
}
