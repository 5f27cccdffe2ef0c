package agent_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"torii/app/api"
	"torii/tunnel"
)

// programs is the folder with torii, as it is shipped, and beside it this test
// binary in the roles of torii-window and of an agent that is asked something.
var programs string

func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "torii-window":
		os.Exit(playWindow())
	case askingAgent:
		os.Exit(playAskingAgent())
	case stuckAgent:
		os.Exit(playStuckAgent())
	}
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "torii-agent-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", dir, "torii/app/cmd/torii")
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
	for _, role := range []string{"torii-window", askingAgent, stuckAgent} {
		if err := os.WriteFile(filepath.Join(dir, role), binary, 0o700); err != nil {
			return 0, err
		}
	}
	programs = dir
	return m.Run(), nil
}

// diary is where the window's role writes what it sees.
const diary = "TORII_TEST_DIARY"

// exists looks for a file beside the window's diary, by which a test directs it.
func exists(name string) bool {
	_, err := os.Stat(filepath.Join(filepath.Dir(os.Getenv(diary)), name))
	return err == nil
}

// playWindow is a window without a toolkit. It writes down that it opened and
// each time that somebody asked for it, lets a server pass and allows a request
// once the file "answer" is there, and is closed when there is one called
// "close".
func playWindow() int {
	file, err := os.OpenFile(os.Getenv(diary), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
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
	fmt.Fprintln(file, "opened")
	go func() {
		for ctx.Err() == nil {
			if os.Remove(filepath.Join(filepath.Dir(os.Getenv(diary)), "close")) == nil {
				cancel()
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	var raised uint64
	var seen string // the last request's ID
	for state := range agent.Watch(ctx) {
		if state.Raise > raised {
			raised = state.Raise
			fmt.Fprintln(file, "raised")
		}
		if c := state.Consent; c != nil && c.ID != seen {
			seen = c.ID
			fmt.Fprintln(file, "asked")
		}
		if c := state.Consent; c != nil && exists("answer") {
			err := agent.Call(ctx, api.MethodConsent, api.ConsentAnswer{ID: c.ID, Allow: true}, nil)
			fmt.Fprintln(file, "answered", err)
		}
		if q := state.Snapshot.Question; q != nil && q.Kind == tunnel.QuestionUntrustedServer {
			for !exists("answer") && ctx.Err() == nil {
				time.Sleep(10 * time.Millisecond)
			}
			err := agent.Call(ctx, api.MethodAnswer, api.AnswerRequest{ID: q.ID, Choice: tunnel.ChoiceContinue}, nil)
			fmt.Fprintln(file, "answered", err)
		}
	}
	return 0
}

// running is an agent in a home of its own.
type running struct {
	t       *testing.T
	home    string
	command *exec.Cmd
	done    chan struct{}
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	r := prepare(t, args...)
	r.start()
	return r
}

func prepare(t *testing.T, args ...string) *running {
	r := &running{t: t, home: t.TempDir(), done: make(chan struct{})}
	r.command = r.program(args...)
	return r
}

// configure writes the settings before the start.
func (r *running) configure(settings string) {
	r.t.Helper()
	dir := filepath.Join(r.home, ".config", "torii")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(settings), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *running) start() {
	r.t.Helper()
	if err := r.command.Start(); err != nil {
		r.t.Fatal(err)
	}
	go func() {
		r.command.Wait()
		close(r.done)
	}()
	r.t.Cleanup(r.kill)
	r.until("the agent's socket", func() bool {
		_, err := os.Stat(r.socket())
		return err == nil
	})
}

func (r *running) socket() string { return filepath.Join(r.home, "torii", "control.sock") }

// program is torii in this home, without a bus and a display.
func (r *running) program(args ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(programs, "torii"), args...)
	command.Env = []string{"HOME=" + r.home, "XDG_RUNTIME_DIR=" + r.home, "PATH=" + os.Getenv("PATH"),
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(r.home, "no-bus"),
		diary + "=" + filepath.Join(r.home, "diary")}
	return command
}

// kill ends the agent, and waits for its window, which notices.
func (r *running) kill() {
	r.command.Process.Kill()
	<-r.done
	r.until("the window's end", func() bool { return r.times("closed") >= r.times("opened") })
}

// until polls.
func (r *running) until(what string, holds func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("%s did not come; the window's diary: %v", what, r.lines())
		}
	}
}

// lines are what the window wrote down.
func (r *running) lines() []string {
	text, _ := os.ReadFile(filepath.Join(r.home, "diary")) // there is none before the window opens
	return strings.Fields(strings.ReplaceAll(string(text), "answered <nil>", "answered"))
}

// tell directs the window by a file.
func (r *running) tell(name string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.home, name), nil, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *running) wrote(line string, times int) func() bool {
	return func() bool { return r.times(line) >= times }
}

// times counts a line of the window's diary.
func (r *running) times(line string) int {
	count := 0
	for _, l := range r.lines() {
		if l == line {
			count++
		}
	}
	return count
}

// client is a program of this user that is no face of the agent's own.
func (r *running) client() *api.Client {
	r.t.Helper()
	r.t.Setenv("XDG_RUNTIME_DIR", r.home)
	client, err := api.Connect(r.t.Context(), "somebody")
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { client.Close() })
	return client
}

func TestWindowOpensClosesAndIsRaised(t *testing.T) {
	r := start(t, "--demo")
	r.until("the window", r.wrote("opened", 1))
	if out, err := r.program().CombinedOutput(); err != nil {
		t.Fatalf("a second start: %v: %s", err, out)
	}
	r.until("the window in front", r.wrote("raised", 1))
	if r.wrote("opened", 2)() {
		t.Error("a second window was opened")
	}
	r.tell("close")
	client := r.client()
	r.until("the window again", func() bool {
		if err := client.Call(t.Context(), api.MethodOpenWindow, api.OpenWindowRequest{}, nil); err != nil {
			t.Fatal(err)
		}
		return r.wrote("opened", 2)()
	})
	if err := client.Call(t.Context(), api.MethodQuit, nil, nil); err != nil {
		t.Fatal(err)
	}
	<-r.done
	if _, err := os.Stat(r.socket()); err == nil {
		t.Error("the agent left its socket behind")
	}
}

// Security rule 6, and: a question that needs a person opens the window.
func TestTrustIsAnsweredInTheAgentsOwnWindow(t *testing.T) {
	r := prepare(t, "--demo", "--hidden", "--fault", "unknown-issuer")
	r.configure(`{"version":1,"values":{"block-untrusted-servers":"off"}}`)
	r.start()
	// Without a tray the window opens even though hidden; closed, it stays so.
	r.until("the window, for want of a tray", r.wrote("opened", 1))
	r.tell("close")
	r.until("the window to close", func() bool {
		_, err := os.Stat(filepath.Join(r.home, "close"))
		return err != nil
	})
	client := r.client()
	if err := client.Call(t.Context(), api.MethodConnect, api.ConnectRequest{}, nil); err != nil {
		t.Fatal(err)
	}
	for state := range client.Watch(t.Context()) {
		q := state.Snapshot.Question
		if q == nil || q.Kind != tunnel.QuestionUntrustedServer {
			continue
		}
		err := client.Call(t.Context(), api.MethodAnswer, api.AnswerRequest{ID: q.ID, Choice: tunnel.ChoiceContinue}, nil)
		if tunnel.CodeOf(err) != tunnel.CodePolicy {
			t.Fatalf("a program of this user decides about a server: %v", err)
		}
		r.tell("answer")
		break
	}
	r.until("the window's answer", r.wrote("answered", 1))
	if !r.wrote("opened", 2)() {
		t.Errorf("the question opened no window: %v", r.lines())
	}
}

func TestIdleAgentCostsNothing(t *testing.T) {
	r := start(t, "--demo", "--hidden")
	r.tell("close")
	const idle = 10 * time.Second
	spent := func() int {
		before := ticks(t, r.command.Process.Pid)
		time.Sleep(idle)
		return ticks(t, r.command.Process.Pid) - before
	}
	time.Sleep(2 * time.Second)
	// On a machine that is busy with other tests the start may take longer
	// than that: then the next ten seconds count.
	if first := spent(); first > 0 {
		if second := spent(); second > 0 {
			t.Errorf("idle for %v it spent %d ticks of CPU, and then %d", idle, first, second)
		}
	}
	const most = 25_000 // kB
	if rss := statusField(t, r.command.Process.Pid, "VmRSS"); rss > most {
		t.Errorf("idle it takes %d kB of memory", rss)
	}
}

func TestTermWhileConnected(t *testing.T) {
	r := start(t, "--demo", "--hidden")
	client := r.client()
	if err := client.Call(t.Context(), api.MethodConnect, api.ConnectRequest{}, nil); err != nil {
		t.Fatal(err)
	}
	for state := range client.Watch(t.Context()) {
		if q := state.Snapshot.Question; q != nil {
			answer := api.AnswerRequest{ID: q.ID, Choice: tunnel.ChoiceOK, Fields: map[string]string{
				"username": state.Practice.User, "password": state.Practice.Password}}
			err := client.Call(t.Context(), api.MethodAnswer, answer, nil)
			if err != nil && tunnel.CodeOf(err) != tunnel.CodeInvalid {
				t.Fatal(err)
			}
		}
		if state.Snapshot.State == tunnel.StateConnected {
			break
		}
	}
	r.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-r.done:
	case <-time.After(10 * time.Second):
		t.Fatal("the agent does not end")
	}
	if code := r.command.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// ticks is the CPU time of a process, in clock ticks (proc_pid_stat(5)).
func ticks(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Skip("this system has no /proc")
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return user + system
}

// statusField is a number in /proc/PID/status.
func statusField(t *testing.T, pid int, name string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("there is no %s", name)
	return 0
}
