//go:build linux && x11

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"torii/tunnel"
)

// patience is how long one step may take on a busy machine.
const patience = 60 * time.Second

// live is Torii on a display, a session bus and a home of its own.
type live struct {
	t       *testing.T
	bin     string // folder of the programs
	env     []string
	logFile string
	screen  string // folder of the display's pixels
	shown   string // the window on the screen
}

// newLive builds the programs and starts display, window manager and bus.
func newLive(t *testing.T) *live {
	t.Helper()
	bin := t.TempDir()
	for program, flags := range map[string][]string{
		"torii": {"CGO_ENABLED=0"}, "toriictl": {"CGO_ENABLED=0"}, "torii-window": {"CGO_ENABLED=1"},
	} {
		build := exec.Command("go", "build", "-tags", "x11,no_emoji", "-o", filepath.Join(bin, program), "torii/app/cmd/"+program)
		build.Env = append(os.Environ(), flags...)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", program, err, out)
		}
	}
	l := newDesk(t, bin)
	l.begin(exec.Command("xfwm4", "--compositor=off"))
	return l
}

// newDesk starts display and bus for programs that are built, for a person who
// has the first run behind them.
func newDesk(t *testing.T, bin string) *live {
	t.Helper()
	home := t.TempDir()
	l := &live{t: t, bin: bin, logFile: filepath.Join(home, "log"), screen: filepath.Join(home, "screen")}
	if err := os.Mkdir(l.screen, 0o700); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(home, "run")
	if err := os.MkdirAll(run, 0o700); err != nil {
		t.Fatal(err)
	}
	l.settle(filepath.Join(home, ".config", "torii"), `{"version":1,"values":{"first-run":"done"}}`)
	for _, kept := range []string{"PATH", "LD_LIBRARY_PATH"} {
		l.env = append(l.env, kept+"="+os.Getenv(kept))
	}
	l.env = append(l.env, "HOME="+home, "XDG_RUNTIME_DIR="+run, "LANG=C.UTF-8", "FYNE_THEME=dark", "NO_AT_BRIDGE=1", "GIO_USE_VFS=local")

	l.env = append(l.env, "DISPLAY=:"+l.announce(exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1000x800x24", "-nolisten", "tcp", "-noreset", "-fbdir", l.screen)))
	l.env = append(l.env, "DBUS_SESSION_BUS_ADDRESS="+l.announce(exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=3")))
	return l
}

// settle writes the settings before the start.
func (l *live) settle(dir, settings string) {
	l.t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(settings), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// announce starts a program that says a line on its descriptor 3.
func (l *live) announce(command *exec.Cmd) string {
	l.t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		l.t.Fatal(err)
	}
	defer read.Close()
	command.ExtraFiles = []*os.File{write}
	l.begin(command)
	write.Close()
	read.SetReadDeadline(time.Now().Add(patience))
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		l.t.Fatalf("%s says nothing: %v", command.Path, err)
	}
	return strings.TrimSpace(line)
}

// begin starts a program that ends with the test at the latest.
func (l *live) begin(command *exec.Cmd) {
	l.t.Helper()
	command.Env = l.env
	// Nothing outlives the test, even one that is killed.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		if command.ProcessState == nil {
			command.Process.Kill()
			command.Wait()
		}
	})
}

// start starts one of our programs, with what it says in the log.
func (l *live) start(program string, arguments ...string) *exec.Cmd {
	l.t.Helper()
	command := exec.Command(filepath.Join(l.bin, program), arguments...)
	l.record(command)
	l.begin(command)
	return command
}

// record puts what a program says in the log.
func (l *live) record(command *exec.Cmd) {
	l.t.Helper()
	file, err := os.OpenFile(l.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { file.Close() })
	command.Stdout, command.Stderr = file, file
}

// log is what agent and window have said.
func (l *live) log() string {
	l.t.Helper()
	text, err := os.ReadFile(l.logFile)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(text)
}

// run runs one of our programs to its end.
func (l *live) run(program string, arguments ...string) string {
	l.t.Helper()
	command := exec.Command(filepath.Join(l.bin, program), arguments...)
	command.Env = l.env
	out, err := command.Output()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		l.t.Fatalf("%s: %v", program, err)
	}
	return string(out)
}

// end tells a program to end and waits for it.
func (l *live) end(command *exec.Cmd) {
	l.t.Helper()
	command.Process.Signal(syscall.SIGTERM)
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case <-ended:
	case <-time.After(patience):
		command.Process.Kill()
		<-ended
		l.t.Errorf("%s does not end", command.Path)
	}
}

// wait polls until something is so.
func (l *live) wait(what string, so func() bool) {
	l.t.Helper()
	for deadline := time.Now().Add(patience); !so(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Fatalf("waited in vain for: %s\n%s", what, l.log())
		}
	}
}

// status asks the agent.
func (l *live) status() tunnel.Snapshot {
	l.t.Helper()
	var snapshot tunnel.Snapshot
	if out := l.run("toriictl", "status", "--json"); out != "" {
		if err := json.NewDecoder(strings.NewReader(out)).Decode(&snapshot); err != nil && !errors.Is(err, io.EOF) {
			l.t.Fatalf("status: %v\n%s", err, out)
		}
	}
	return snapshot
}

// insist does something, and does it again where nothing came of it for a
// while: a key that is pressed before the window is ready is lost.
func (l *live) insist(what string, do func(), right func(tunnel.Snapshot) bool) (last tunnel.Snapshot) {
	l.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		do()
		for again := time.Now().Add(8 * time.Second); time.Now().Before(again); time.Sleep(100 * time.Millisecond) {
			if last = l.status(); right(last) {
				return last
			}
		}
	}
	l.t.Fatalf("in vain: %s; last was %s\n%s", what, last.State, l.log())
	return last
}

// xdotool does something with keys or windows.
func (l *live) xdotool(arguments ...string) (string, error) {
	command := exec.Command("xdotool", arguments...)
	command.Env = l.env
	out, err := command.Output()
	return strings.TrimSpace(string(out)), err
}

// window waits for the agent's window to be there and to have the keyboard,
// and returns its process: another one than other.
func (l *live) window(agent *exec.Cmd, other int) (process int) {
	l.t.Helper()
	l.wait("the window's process", func() bool {
		process = child(agent.Process.Pid, "torii-window")
		return process != 0 && process != other
	})
	l.wait("the window on the screen", func() bool {
		found, err := l.xdotool("search", "--onlyvisible", "--name", "^Torii$")
		if err != nil || found == "" {
			return false
		}
		lines := strings.Fields(found)
		l.shown = lines[len(lines)-1]
		if _, err := l.xdotool("windowfocus", l.shown); err != nil {
			return false
		}
		focused, err := l.xdotool("getwindowfocus", "getwindowpid")
		return err == nil && focused == strconv.Itoa(process)
	})
	return process
}

// key presses keys one after the other.
func (l *live) key(names ...string) {
	l.t.Helper()
	for _, name := range names {
		if _, err := l.xdotool("key", name); err != nil {
			l.t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// prompt waits until a prompt stands over the window: what is behind it
// becomes darker than the ground of the dark theme.
func (l *live) prompt() {
	l.t.Helper()
	const ground = "#14191C"
	l.wait("the prompt on the screen", func() bool {
		picture := exec.Command("import", "-window", l.shown, "-crop", "1x1+5+5", "-depth", "8", "txt:-")
		picture.Env = l.env
		out, err := picture.Output()
		return err == nil && strings.Contains(string(out), "#") && !strings.Contains(string(out), ground)
	})
}

// login types a password into the prompt and logs in.
func (l *live) login(password string) {
	l.t.Helper()
	if _, err := l.xdotool("type", "--delay", "60", password); err != nil {
		l.t.Fatal(err)
	}
	l.key("Return")
}

// kill ends the window's process the hard way.
func (l *live) kill(process int) {
	l.t.Helper()
	if err := syscall.Kill(process, syscall.SIGKILL); err != nil {
		l.t.Fatal(err)
	}
	l.wait("the window's process to be gone", func() bool { return syscall.Kill(process, 0) != nil })
}

// child finds the child of a process by its program's name; 0 for none.
func child(parent int, name string) int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // ended meanwhile
		}
		// "PID (NAME) STATE PARENT ..."
		head, rest, _ := strings.Cut(string(text), ") ")
		process, named, _ := strings.Cut(head, " (")
		fields := strings.Fields(rest)
		if named == name && len(fields) > 1 && fields[0] != "Z" && fields[1] == strconv.Itoa(parent) {
			id, err := strconv.Atoi(process)
			if err == nil {
				return id
			}
		}
	}
	return 0
}
