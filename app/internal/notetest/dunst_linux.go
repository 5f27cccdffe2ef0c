package notetest

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds each wait; a busy machine may need much of it.
const patience = 30 * time.Second

// Note is a notification as dunst understood it.
type Note struct {
	ID      int
	App     string
	Summary string
	Body    string
	Urgency string // "LOW", "NORMAL", "CRITICAL"
}

// Desktop is a display with dunst on it.
type Desktop struct {
	t   *testing.T
	env []string

	mu    sync.Mutex
	notes []Note
}

// Start starts a display and dunst on the session bus of that address. Both
// end with the test. Without them the test is skipped, or fails in CI.
func Start(t *testing.T, bus string) *Desktop {
	t.Helper()
	for _, tool := range []string{"Xvfb", "dunst", "dunstctl", "stdbuf"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is not installed; build/bootstrap installs it", tool)
			}
			t.Skipf("%s is not installed; build/bootstrap installs it", tool)
		}
	}
	d := &Desktop{t: t}
	home := t.TempDir()
	config := filepath.Join(home, "dunstrc")
	if err := os.WriteFile(config, []byte("[global]\nmarkup = full\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "DBUS_SESSION_BUS_ADDRESS=" + bus}
	d.env = append(d.env, "DISPLAY=:"+d.display())
	// dunst says what it shows; a pipe would hold that back.
	out := d.begin(exec.Command("stdbuf", "-oL", "dunst", "-config", config, "-print"))
	go d.read(out) // ends with dunst
	d.until("dunst answers", func() bool {
		_, err := d.control("count", "displayed")
		return err == nil
	})
	return d
}

// begin starts a program that ends with the test, and gives what it says.
func (d *Desktop) begin(command *exec.Cmd) io.Reader {
	d.t.Helper()
	command.Env = d.env
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := command.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	return out
}

// display starts an X server and gives its number.
func (d *Desktop) display() string {
	d.t.Helper()
	out := d.begin(exec.Command("Xvfb", "-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"))
	number, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		d.t.Fatalf("the display does not start: %v", err)
	}
	return strings.TrimSpace(number)
}

// read takes in what dunst prints of each note: between lines of a brace, lines
// of a tab, a key, and a value.
func (d *Desktop) read(out io.Reader) {
	var note Note
	for lines := bufio.NewScanner(out); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		value = strings.Trim(value, "'")
		switch key {
		case "{":
			note = Note{}
		case "\tappname":
			note.App = value
		case "\tsummary":
			note.Summary = value
		case "\tbody":
			note.Body = value
		case "\turgency":
			note.Urgency = value
		case "\tid":
			note.ID, _ = strconv.Atoi(value)
		case "}":
			d.mu.Lock()
			d.notes = append(d.notes, note)
			d.mu.Unlock()
		}
	}
}

// Notes are what was shown so far, in its order.
func (d *Desktop) Notes() []Note {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Note(nil), d.notes...)
}

// Await waits for the first note after the first so many, and returns it.
func (d *Desktop) Await(shown int) Note {
	d.t.Helper()
	d.until("a note", func() bool { return len(d.Notes()) > shown })
	return d.Notes()[shown]
}

// AwaitCount waits until so many notes are on the screen.
func (d *Desktop) AwaitCount(want int) {
	d.t.Helper()
	d.until(strconv.Itoa(want)+" notes on the screen", func() bool {
		count, err := d.control("count", "displayed")
		return err == nil && count == strconv.Itoa(want)
	})
}

// Press presses the note on top.
func (d *Desktop) Press() {
	d.t.Helper()
	if out, err := d.control("action", "0"); err != nil {
		d.t.Fatalf("press the note: %v: %s", err, out)
	}
}

func (d *Desktop) control(arguments ...string) (string, error) {
	command := exec.Command("dunstctl", arguments...)
	command.Env = d.env
	out, err := command.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (d *Desktop) until(what string, holds func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatalf("waited in vain for %s; shown were %+v", what, d.Notes())
		}
	}
}
