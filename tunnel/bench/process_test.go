//go:build bench

package bench

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"torii/tunnel/testbed"
)

// process is a program that runs for a turn, with what it said for the case
// that it fails.
type process struct {
	t       *testing.T
	cmd     *exec.Cmd
	started time.Time
	done    chan struct{}
	output  lockedBuffer
	others  []*process // that belong to it and end with it
}

// startProcess starts a command in a namespace, with lines on its standard
// input where it asks for a password, and "NAME=value" beyond this process's
// own environment. It ends with the test at the latest.
func startProcess(t *testing.T, ns *testbed.Namespace, input string, environment []string, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, done: make(chan struct{})}
	p.cmd = ns.Command(context.Background(), name, args...)
	p.cmd.Env = append(os.Environ(), environment...)
	p.cmd.Stdin = bytes.NewBufferString(input)
	p.cmd.Stdout = &p.output
	p.cmd.Stderr = &p.output
	p.started = time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(p.stop)
	return p
}

// pids are the process and its children.
func (p *process) pids() []int { return family(p.cmd.Process.Pid) }

// stop asks the program to end, and ends it where it does not. Stopping it
// again does nothing.
func (p *process) stop() {
	for _, other := range p.others {
		defer other.stop()
	}
	p.cmd.Process.Signal(os.Interrupt)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		p.cmd.Process.Kill()
		<-p.done
		p.t.Errorf("%s did not end on its own:\n%s", p.cmd.Path, p.output.String())
	}
}

// ended reports whether the program is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// waitFor polls until a condition holds.
func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come within 20 s", what)
		}
	}
}

// lockedBuffer takes a program's output while others read it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
