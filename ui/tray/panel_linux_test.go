package tray

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"torii/app/api"
	"torii/ui/tray/traytest"
)

// program is the child and what it reported.
type program struct {
	t     *testing.T
	input io.WriteCloser

	mu      sync.Mutex
	reports []report
}

// startProgram starts the child with a tray on that bus ("" for none).
func startProgram(t *testing.T, address string) *program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self)
	// The library looks for a bus at the user's standard place and would start
	// one for a display; a path that leads nowhere is no bus for sure.
	if address == "" {
		address = "unix:path=" + filepath.Join(t.TempDir(), "nobody")
	}
	command.Env = append(os.Environ(), childVariable+"=1", "DBUS_SESSION_BUS_ADDRESS="+address, "DISPLAY=", "LANG=C", "LC_ALL=C")
	command.Stderr = os.Stderr
	p := &program{t: t}
	if p.input, err = command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var r report
			if json.Unmarshal(lines.Bytes(), &r) == nil {
				p.mu.Lock()
				p.reports = append(p.reports, r)
				p.mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() {
		command.Process.Kill()
		<-read
		command.Wait()
	})
	return p
}

// send shows the child a state.
func (p *program) send(state api.State) {
	p.t.Helper()
	if err := json.NewEncoder(p.input).Encode(state); err != nil {
		p.t.Fatal(err)
	}
}

// await waits for a report.
func (p *program) await(what string, good func(report) bool) report {
	p.t.Helper()
	var found report
	traytest.Eventually(p.t, what, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, r := range p.reports {
			if good(r) {
				found = r
				return true
			}
		}
		return false
	})
	return found
}

// awaitShown waits until the latest word on the panel is shown.
func (p *program) awaitShown(shown bool) {
	p.t.Helper()
	traytest.Eventually(p.t, "the panel's news", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for i := len(p.reports) - 1; i >= 0; i-- {
			if p.reports[i].Shown != nil {
				return *p.reports[i].Shown == shown
			}
		}
		return false
	})
}

// awaitResult waits until Run returns.
func (p *program) awaitResult(want string) {
	p.t.Helper()
	got := p.await("the end of Run", func(r report) bool { return r.Result != "" })
	if got.Result != want {
		p.t.Errorf("Run ended with %q, want %q", got.Result, want)
	}
}
