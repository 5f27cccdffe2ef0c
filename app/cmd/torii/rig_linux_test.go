package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/tray/traytest"
)

// diary is where the window's role writes what it sees, a line each.
const diary = "TORII_TEST_DIARY"

// programs is the folder with torii, as it is shipped, and beside it this test
// binary in the role of torii-window.
var programs string

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "torii-window" {
		os.Exit(playWindow())
	}
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "torii-program-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "torii"), "torii/app/cmd/torii")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build the agent: %w: %s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(dir, "torii-window"), binary, 0o700); err != nil {
		return 0, err
	}
	programs = dir
	return m.Run(), nil
}

// playWindow is a window without a toolkit. It writes down each wish to see it
// with the page that is wished for, and what could not be opened. The file
// "close" beside its diary closes it, and "quit" has it answer that Torii may
// quit.
func playWindow() int {
	path := os.Getenv(diary)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 1
	}
	defer file.Close()
	defer fmt.Fprintln(file, "closed")
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	agent, err := api.Connect(ctx, "torii-window")
	if err != nil {
		fmt.Fprintln(file, "no agent:", err)
		return 1
	}
	defer agent.Close()
	told := func(name string) bool { return os.Remove(filepath.Join(filepath.Dir(path), name)) == nil }
	states := agent.Watch(ctx)
	var raised uint64
	for wait := time.NewTicker(10 * time.Millisecond); ; {
		select {
		case state, open := <-states:
			if !open {
				return 0
			}
			if state.Raise != raised {
				raised = state.Raise
				fmt.Fprintln(file, strings.TrimSpace("shown "+state.Page))
				if state.Unopened != nil {
					fmt.Fprintln(file, "unopened", state.Unopened.Message)
				}
			}
		case <-wait.C:
			if told("close") {
				return 0
			}
			if told("quit") {
				fmt.Fprintln(file, "quit", agent.Call(ctx, api.MethodQuit, nil, nil))
			}
		}
	}
}

// running is a torii that runs in a home and on a session bus of its own.
type running struct {
	t       *testing.T
	home    string
	bus     string
	command *exec.Cmd
	done    chan struct{}
	client  *api.Client
}

// start starts torii.
func start(t *testing.T, bus string, arguments ...string) *running {
	t.Helper()
	r := &running{t: t, home: t.TempDir(), bus: bus, done: make(chan struct{})}
	r.start(arguments...)
	return r
}

// configure makes a home with settings, for start.
func configure(t *testing.T, bus, settings string) *running {
	t.Helper()
	r := &running{t: t, home: t.TempDir(), bus: bus, done: make(chan struct{})}
	dir := filepath.Join(r.home, ".config", "torii")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *running) start(arguments ...string) {
	t := r.t
	t.Helper()
	r.command = r.program(arguments...)
	r.command.Stderr = os.Stderr
	if err := r.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		r.command.Wait()
		close(r.done)
	}()
	t.Cleanup(func() {
		r.command.Process.Kill()
		<-r.done
		// Its window notices that it is gone.
		traytest.Eventually(t, "the window's end", func() bool { return r.wrote("closed") >= 1 || r.wrote("shown") == 0 })
	})
	traytest.Eventually(t, "the agent answers", func() bool {
		client, err := r.connect()
		r.client = client
		return err == nil
	})
	t.Cleanup(func() { r.client.Close() })
}

// program is torii in this home.
func (r *running) program(arguments ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(programs, "torii"), arguments...)
	command.Env = []string{"HOME=" + r.home, "XDG_RUNTIME_DIR=" + r.home, "PATH=" + os.Getenv("PATH"), "LANG=C",
		"DBUS_SESSION_BUS_ADDRESS=" + r.bus, diary + "=" + filepath.Join(r.home, "diary")}
	return command
}

// connect is a program of this user at the agent's socket.
func (r *running) connect() (*api.Client, error) {
	ctx, cancel := context.WithTimeout(r.t.Context(), traytest.Patience)
	defer cancel()
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: filepath.Join(r.home, "torii", "control.sock")})
	if err != nil {
		return nil, err
	}
	return api.NewClient(ctx, conn, "somebody")
}

// wrote counts lines of the window's diary.
func (r *running) wrote(line string) int {
	count := 0
	for _, l := range r.lines() {
		if l == line || strings.HasPrefix(l, line+" ") {
			count++
		}
	}
	return count
}

func (r *running) lines() []string {
	text, _ := os.ReadFile(filepath.Join(r.home, "diary")) // there is none before the window opens
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// tell directs the window by a file, and waits until it has seen it.
func (r *running) tell(name string) {
	r.t.Helper()
	path := filepath.Join(r.home, name)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		r.t.Fatal(err)
	}
	traytest.Eventually(r.t, "the window to be told", func() bool {
		_, err := os.Stat(path)
		return err != nil
	})
}

// closeWindow closes the window, and waits until the agent knows: what comes
// before would be for the window that is on its way out.
func (r *running) closeWindow() {
	r.t.Helper()
	r.tell("close")
	traytest.Eventually(r.t, "the window's process to be gone", func() bool {
		lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", r.command.Process.Pid))
		return err == nil && !slices.ContainsFunc(lists, func(list string) bool {
			children, err := os.ReadFile(list)
			return err == nil && len(children) > 0
		})
	})
}

// moment is when a State came by the control socket.
type moment struct {
	state api.State
	at    time.Time
}

// follow watches the control socket for a State that is right, and answers the
// practice gateway's login meanwhile.
func (r *running) follow(what string, right func(api.State) bool) moment {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), traytest.Patience)
	defer cancel()
	for state := range r.client.Watch(ctx) {
		if now := time.Now(); right(state) {
			return moment{state, now}
		}
		if q := state.Snapshot.Question; q != nil && q.Kind == tunnel.QuestionLogin {
			answer := api.AnswerRequest{ID: q.ID, Choice: tunnel.ChoiceOK, Fields: map[string]string{
				"username": state.Practice.User, "password": state.Practice.Password}}
			err := r.client.Call(ctx, api.MethodAnswer, answer, nil)
			if err != nil && tunnel.CodeOf(err) != tunnel.CodeInvalid { // it may be answered already
				r.t.Fatal(err)
			}
		}
	}
	r.t.Fatalf("waited in vain: %s", what)
	return moment{}
}

// is is right where the connection is in that state.
func is(state tunnel.State) func(api.State) bool {
	return func(s api.State) bool { return s.Snapshot.State == state }
}
