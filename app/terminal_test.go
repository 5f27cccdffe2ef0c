//go:build privileged && linux

package app_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"torii/app/internal/ptytest"
)

// patience is how long each step of the talk with toriictl may take.
const patience = 40 * time.Second

// ordinary is the user who runs the programs: user 0 without its powers, which
// an agent is, cannot look into a process of user 0 that has them.
const ordinary = 65534

// TestToriictlOnATerminalIsTrusted lets the real toriictl ask a person on a
// terminal about an untrusted server, and the real agent take the answer
// (design.md, security rule 6).
func TestToriictlOnATerminalIsTrusted(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root: it runs programs as another user")
	}
	t.Parallel()
	home, err := os.MkdirTemp("", "t") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	for _, program := range []string{"torii", "toriictl"} {
		build := exec.Command("go", "build", "-o", filepath.Join(home, program), "./cmd/"+program)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", program, err, output)
		}
	}
	run := filepath.Join(home, "run")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{home, run} {
		if err := os.Chown(folder, ordinary, ordinary); err != nil {
			t.Fatal(err)
		}
	}
	command := func(program string, arguments ...string) *exec.Cmd {
		c := exec.Command(filepath.Join(home, program), arguments...)
		c.Env = []string{"HOME=" + home, "XDG_RUNTIME_DIR=" + run, "LANG=C", "PATH=/nonexistent"}
		c.Dir = home
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: &syscall.Credential{Uid: ordinary, Gid: ordinary}}
		return c
	}
	var log bytes.Buffer
	agent := command("torii", "--hidden", "--demo", "--fault", "unknown-issuer")
	agent.Stdout, agent.Stderr = &log, &log
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		agent.Process.Signal(os.Interrupt)
		agent.Wait()
		if t.Failed() {
			t.Logf("the agent: %s", log.String())
		}
	}()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(run, "torii", "control.sock")); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the agent does not listen")
		}
	}
	// Neither is taken from a program without a terminal.
	if talk, ended := onTerminal(t, command("toriictl", "settings", "set", "block-untrusted-servers", "off")); !talk.done(ended) {
		return
	}
	for _, steps := range [][]string{
		{"this once? [y/N]", "y", "from now on, without asking? [y/N]", "n"}, // continue
		{"this once? [y/N]", "y", "from now on, without asking? [y/N]", "y"}, // import
		nil, // nobody asks any more
	} {
		tool := command("toriictl", "connect", "Practice gateway", "--once")
		talk, ended := onTerminal(t, tool)
		goes := true
		for i := 0; goes && i < len(steps); i += 2 {
			goes = talk.until(steps[i]) && talk.say(steps[i+1])
		}
		if goes && talk.until("assword:") && talk.say("gate") && talk.until("Connected to") {
			tool.Process.Signal(os.Interrupt)
			if talk.done(ended) && (len(steps) > 0 || !strings.Contains(string(talk.heard), "[y/N]")) {
				continue
			}
			t.Errorf("it said %s", talk.heard)
			return
		}
		tool.Process.Kill()
		<-ended
		return
	}
}

// onTerminal starts a program on a terminal of its own.
func onTerminal(t *testing.T, program *exec.Cmd) (*talk, <-chan error) {
	t.Helper()
	master, slave := ptytest.Open(t)
	program.Stdin, program.Stdout, program.Stderr = slave, slave, slave
	program.SysProcAttr.Setctty = true
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	ended := make(chan error, 1)
	go func() { ended <- program.Wait() }()
	t.Cleanup(func() { program.Process.Kill() }) // what a failed test left
	return &talk{t: t, terminal: master}, ended
}

// talk is a person at a terminal.
type talk struct {
	t        *testing.T
	terminal *os.File
	heard    []byte
	read     int // of heard
}

// until reads until the program says words.
func (k *talk) until(words string) bool {
	k.t.Helper()
	k.terminal.SetReadDeadline(time.Now().Add(patience))
	buffer := make([]byte, 4096)
	for {
		if i := strings.Index(string(k.heard[k.read:]), words); i >= 0 {
			k.read += i + len(words)
			return true
		}
		n, err := k.terminal.Read(buffer)
		k.heard = append(k.heard, buffer[:n]...)
		if err != nil {
			k.t.Errorf("waiting for %q: %v; heard %s", words, err, k.heard)
			return false
		}
	}
}

// done waits for the program's good end.
func (k *talk) done(ended <-chan error) bool {
	k.t.Helper()
	select {
	case err := <-ended:
		if err == nil {
			return true
		}
		k.until("\x00") // never comes: it reports what was said
		k.t.Errorf("it ended with %v", err)
	case <-time.After(patience):
		k.t.Errorf("it does not end; it said %s", k.heard)
	}
	return false
}

func (k *talk) say(line string) bool {
	_, err := fmt.Fprintln(k.terminal, line)
	return err == nil
}
