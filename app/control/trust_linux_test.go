package control

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"torii/app/api"
	"torii/app/internal/ptytest"
	"torii/tunnel/wire"
)

// roleVariable makes this test program play another one.
const roleVariable = "TORII_CONTROL_TEST_ROLE"

// play plays an agent that says to each caller whether it is trusted ("agent",
// until its standard input ends), a face that asks it ("face"), one that does
// not look whose agent it is ("careless face"), or a stranger who listens in an
// agent's place ("squatter").
func play(role string) int {
	err := fmt.Errorf("there is no role %q", role)
	switch role {
	case "agent":
		err = playAgent()
	case "face":
		err = playFace(func(ctx context.Context) (*api.Client, error) { return api.Connect(ctx, "toriictl") })
	case "careless face":
		err = playFace(carelessly)
	case "squatter":
		err = playSquatter()
	}
	if err != nil {
		fmt.Println("failed:", err)
		return 1
	}
	return 0
}

func playAgent() error {
	listener, err := wire.Listen(api.SocketPath(), wire.ListenOptions{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	fmt.Println("listening")
	r := &rig{hub: newHub()}
	return NewServer(r.table(), logrus.New()).Serve(ctx, listener)
}

func carelessly(ctx context.Context) (*api.Client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", api.SocketPath())
	if err != nil {
		return nil, err
	}
	return api.NewClient(ctx, conn.(*net.UnixConn), "toriictl")
}

func playFace(connect func(ctx context.Context) (*api.Client, error)) error {
	ctx, cancel := context.WithTimeout(context.Background(), enough)
	defer cancel()
	client, err := connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	var caller Caller
	if err := client.Call(ctx, methodWho, nil, &caller); err != nil {
		return err
	}
	fmt.Println("trusted:", caller.Trusted)
	return nil
}

func playSquatter() error {
	listener, err := wire.Listen(api.SocketPath(), wire.ListenOptions{Mode: 0o666})
	if err != nil {
		return err
	}
	defer listener.Close()
	fmt.Println("listening")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// stage is a folder of programs that all are this test program, and a runtime
// folder that they share.
type stage struct {
	t       *testing.T
	folder  string
	runtime string
}

func newStage(t *testing.T, programs ...string) *stage {
	t.Helper()
	s := &stage{t: t, folder: t.TempDir(), runtime: t.TempDir()}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range programs {
		if err := os.Link(self, filepath.Join(s.folder, name)); err == nil {
			continue
		}
		text, err := os.ReadFile(self)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.folder, name), text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *stage) command(program, role string) *exec.Cmd {
	command := exec.CommandContext(s.t.Context(), filepath.Join(s.folder, program))
	command.Env = append(os.Environ(), roleVariable+"="+role, "XDG_RUNTIME_DIR="+s.runtime)
	command.WaitDelay = time.Second
	return command
}

// listen starts a program that listens until the test ends.
func (s *stage) listen(command *exec.Cmd) {
	s.t.Helper()
	input, err := command.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		input.Close()
		command.Wait()
	})
	line := make([]byte, 200)
	n, _ := output.Read(line)
	if !bytes.HasPrefix(line[:n], []byte("listening")) {
		s.t.Fatalf("it says %q", line[:n])
	}
}

// TestWhoIsTrusted asks an agent from all kinds of programs of this user: the
// toriictl beside the agent on a terminal is trusted, and nobody else who comes
// by the socket (design.md, security rule 6).
func TestWhoIsTrusted(t *testing.T) {
	s := newStage(t, "torii", "toriictl", "other")
	s.listen(s.command("torii", "agent"))
	elsewhere := newStage(t, "toriictl")
	elsewhere.runtime = s.runtime
	link := filepath.Join(t.TempDir(), "toriictl")
	if err := os.Symlink(filepath.Join(s.folder, "toriictl"), link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		command  *exec.Cmd
		terminal bool
		want     string
	}{
		{"toriictl on a terminal", s.command("toriictl", "face"), true, "trusted: true"},
		{"toriictl without one", s.command("toriictl", "face"), false, "trusted: false"},
		{"toriictl by a link on a terminal", func() *exec.Cmd {
			command := s.command("toriictl", "face")
			command.Path = link
			return command
		}(), true, "trusted: true"},
		{"another program on a terminal", s.command("other", "face"), true, "trusted: false"},
		{"another program that calls itself toriictl", func() *exec.Cmd {
			command := s.command("other", "face")
			command.Args[0] = filepath.Join(s.folder, "toriictl")
			return command
		}(), true, "trusted: false"},
		{"somebody's own toriictl on a terminal", elsewhere.command("toriictl", "face"), true, "trusted: false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var output bytes.Buffer
			c.command.Stdout, c.command.Stderr = &output, &output
			c.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			if c.terminal {
				_, slave := ptytest.Open(t)
				c.command.Stdin = slave
				c.command.SysProcAttr.Setctty = true
			}
			if err := c.command.Run(); err != nil {
				t.Fatalf("%v: %s", err, output.String())
			}
			if got := strings.TrimSpace(output.String()); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// TestTrustByTheWayItCame: an inherited socket pair is trusted as the agent
// says, this process always, and the socket's client not.
func TestTrustByTheWayItCame(t *testing.T) {
	r := newRig(t)
	who := func(agent api.Agent) Caller {
		t.Helper()
		var caller Caller
		if err := agent.Call(t.Context(), methodWho, nil, &caller); err != nil {
			t.Fatal(err)
		}
		return caller
	}
	paired := func(trusted bool) api.Agent {
		agent, face := socketPair(t)
		r.server.ServeConn(r.ctx, agent, trusted, func() {})
		client, err := api.NewClient(t.Context(), face, "torii-window")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		return client
	}
	for _, c := range []struct {
		name  string
		agent api.Agent
		want  Caller
	}{
		{"the socket", r.client("torii-window"), Caller{Program: "torii-window"}},
		{"the agent's own window", paired(true), Caller{Program: "torii-window", Trusted: true}},
		{"a pair that is not trusted", paired(false), Caller{Program: "torii-window"}},
		{"this process", &Local{Table: r.table(), Program: "torii"}, Caller{Program: "torii", Trusted: true}},
	} {
		if got := who(c.agent); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestTerminalOf(t *testing.T) {
	for stat, want := range map[string]int{
		"7 (toriictl) S 1 7 7 34816 7 4194560 0":      34816,
		"7 (a) b) S 1) (x) S 1 7 7 34817 7 4194560 0": 34817,
		"7 (toriictl) S 1 7 7 0 -1 4194560 0":         0,
		"7 (x) S 9 9 9 34816) S 1 7 7 0 -1 4194560 0": 0,
		"7 (toriictl) S 1 7 7":                        0,
		"7 (toriictl) S 1 7 7 x -1":                   0,
		"":                                            0,
		"7 (toriictl)":                                0,
	} {
		if got := terminalOf(stat); got != want {
			t.Errorf("%q: %d, want %d", stat, got, want)
		}
	}
	if hasTerminal(-1) {
		t.Error("no process has a terminal")
	}
}
