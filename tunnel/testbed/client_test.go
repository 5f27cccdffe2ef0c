//go:build privileged && linux

package testbed_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"torii/tunnel"
	"torii/tunnel/testbed"
)

// usual is how long something may take that takes a moment on an idle machine.
const usual = 30 * time.Second

// client is a `toriictl connect` in the bed's client.
type client struct {
	t       *testing.T
	bed     *testbed.Bed
	command *exec.Cmd

	mu        sync.Mutex
	snapshots []tunnel.Snapshot
	rubbish   []string // lines that are no snapshot
	said      text
	exited    chan struct{}
}

// text is what a program said, while others read it.
type text struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *text) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *text) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// environment gives a program a home of its own.
func environment(t *testing.T) []string {
	home := t.TempDir()
	return []string{
		"-i", "PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "LANG=C.UTF-8",
		"XDG_CONFIG_HOME=" + home + "/config", "XDG_DATA_HOME=" + home + "/data", "XDG_STATE_HOME=" + home + "/state",
	}
}

// toriictl prepares the program with arguments, and with variables of its
// environment, which a program that starts it may follow.
func toriictl(t *testing.T, bed *testbed.Bed, variables []string, args ...string) *exec.Cmd {
	command := append(append(environment(t), variables...), program(t, "toriictl"))
	return bed.Client.Command(context.Background(), "env", append(command, args...)...)
}

// connect starts a connection with the user's password, and with secrets after
// it, one a line.
func connect(t *testing.T, bed *testbed.Bed, gateway *testbed.Ocserv, args ...string) *client {
	t.Helper()
	return connectWith(t, bed, []string{gateway.Password}, append([]string{gateway.Address(),
		"--user", gateway.User, "--ca", gateway.CAFile}, args...)...)
}

// connectWith starts a connection; it is ended at the end of t.
func connectWith(t *testing.T, bed *testbed.Bed, secrets []string, args ...string) *client {
	t.Helper()
	return connectIn(t, bed, nil, secrets, args...)
}

// connectIn is connectWith, with variables of the environment (see toriictl).
func connectIn(t *testing.T, bed *testbed.Bed, variables, secrets []string, args ...string) *client {
	t.Helper()
	c := &client{t: t, bed: bed, exited: make(chan struct{})}
	c.command = toriictl(t, bed, variables, append([]string{"connect", "--password-stdin", "--json"}, args...)...)
	c.command.Stdin = strings.NewReader(strings.Join(secrets, "\n") + "\n")
	c.command.Stderr = &c.said
	out, err := c.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		c.read(out)
		c.command.Wait()
		close(c.exited)
	}()
	t.Cleanup(func() {
		c.stop()
		if t.Failed() {
			t.Logf("toriictl said:\n%s\nits last snapshots:\n%s", c.said.String(), c.tail())
		}
	})
	return c
}

func (c *client) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s tunnel.Snapshot
		err := json.Unmarshal(lines.Bytes(), &s)
		c.mu.Lock()
		if err != nil || s.State == "" {
			c.rubbish = append(c.rubbish, lines.Text())
		} else {
			c.snapshots = append(c.snapshots, s)
		}
		c.mu.Unlock()
	}
}

// last is the newest snapshot; the zero value before the first.
func (c *client) last() tunnel.Snapshot {
	all := c.all()
	if len(all) == 0 {
		return tunnel.Snapshot{}
	}
	return all[len(all)-1]
}

func (c *client) all() []tunnel.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]tunnel.Snapshot(nil), c.snapshots...)
}

func (c *client) tail() string {
	var b strings.Builder
	all := c.all()
	for _, s := range all[max(0, len(all)-8):] {
		s.Device = nil // it is always the same
		line, _ := json.Marshal(s)
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// until waits for a snapshot after those that were seen at mark (an index into
// all) and returns it.
func (c *client) until(what string, within time.Duration, wanted func(tunnel.Snapshot) bool) tunnel.Snapshot {
	c.t.Helper()
	return c.untilAfter(0, what, within, wanted)
}

// mark is where the snapshots are now, for untilAfter.
func (c *client) mark() int { return len(c.all()) }

// untilAfter is until, for snapshots from a mark on.
func (c *client) untilAfter(mark int, what string, within time.Duration, wanted func(tunnel.Snapshot) bool) tunnel.Snapshot {
	c.t.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
		ended := c.ended()
		for _, s := range c.all()[mark:] {
			if wanted(s) {
				return s
			}
		}
		if ended {
			c.t.Fatalf("%s did not come: toriictl ended with %v", what, c.command.ProcessState)
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%s did not come within %v", what, within)
		}
	}
}

func (c *client) ended() bool {
	select {
	case <-c.exited:
		return true
	default:
		return false
	}
}

// connected waits for the connection, whatever its transport.
func (c *client) connected() tunnel.Snapshot {
	c.t.Helper()
	return c.until("the connection", usual, connectedOver(""))
}

// connectedOver wants a connection over a transport; "" for any.
func connectedOver(transport string) func(tunnel.Snapshot) bool {
	return func(s tunnel.Snapshot) bool {
		return s.State == tunnel.StateConnected && (transport == "" || s.Transport == transport)
	}
}

// stop interrupts the program, as Ctrl-C does, and returns its exit code.
func (c *client) stop() int {
	c.t.Helper()
	c.command.Process.Signal(os.Interrupt)
	return c.wait()
}

// wait waits for the program's end and returns its exit code.
func (c *client) wait() int {
	c.t.Helper()
	select {
	case <-c.exited:
	case <-time.After(2 * usual):
		c.command.Process.Kill()
		<-c.exited
		c.t.Errorf("toriictl did not end by itself")
	}
	return c.command.ProcessState.ExitCode()
}

// carries checks that a host is reached.
func (c *client) carries(host string) {
	c.t.Helper()
	eventually(c.t, usual, "an answer from "+host, func() bool { return reaches(c.bed.Client, host) })
}

// neverLeft checks that the connection was never lost from its first snapshot
// as connected on.
func (c *client) neverLeft() {
	c.t.Helper()
	up := false
	for _, s := range c.all() {
		up = up || s.State == tunnel.StateConnected
		if up && s.State != tunnel.StateConnected {
			c.t.Errorf("the connection went to state %s: %+v", s.State, s.Error)
			return
		}
	}
}

// guard remembers the client's network and returns a check that it is the same
// again, byte for byte, with nothing left in the helper's journal or in /etc.
func guard(t *testing.T, bed *testbed.Bed) (same func()) {
	t.Helper()
	before := bed.Client.State(t)
	return func() {
		t.Helper()
		if diff := cmp.Diff(before, bed.Client.State(t)); diff != "" {
			t.Errorf("the client's network is not as it was (- before, + after):\n%s", diff)
		}
		if out := bed.Client.Run(t, "find", "/var/lib", testbed.EtcChanges, "!", "-type", "d"); out != "" {
			t.Errorf("files were left behind: %s", out)
		}
	}
}
