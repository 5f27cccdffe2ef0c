package agent_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"torii/app/agent"
	"torii/app/api"
	"torii/app/paths"
)

// stuckAgent is the role of an agent one of whose calls never ends.
const stuckAgent = "torii-stuck"

// never opens nothing, and does not notice that nobody waits any more.
type never struct{ begun string }

func (n never) Open(context.Context, string) error {
	if err := os.WriteFile(n.begun, nil, 0o600); err != nil {
		return err
	}
	select {}
}

// playStuckAgent is the agent in this process, until it is told to end.
func playStuckAgent() int {
	home, log := os.Getenv("HOME"), logrus.New()
	log.SetOutput(io.Discard)
	a, err := agent.Start(agent.Options{Log: log, Opener: never{filepath.Join(home, "begun")},
		Dirs: paths.Dirs{Config: home + "/config", Data: home + "/data", State: home + "/state"}})
	if err == nil {
		<-a.Done()
		err = a.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestACallThatHangsKeepsNobody: the agent ends, and gives the network back,
// although a file that it was to open does not answer.
func TestACallThatHangsKeepsNobody(t *testing.T) {
	r := prepare(t)
	play := exec.Command(filepath.Join(programs, stuckAgent))
	play.Env, play.Stderr = r.command.Env, os.Stderr
	r.command = play
	r.start()
	client := r.client()
	ctx, leave := context.WithCancel(t.Context())
	called := make(chan struct{})
	go func() {
		defer close(called)
		client.Call(ctx, api.MethodOpen, api.OpenRequest{Arguments: []string{"torii:close"}}, nil)
	}()
	defer func() { <-called }()
	defer leave()
	r.until("the call", func() bool { _, err := os.Stat(filepath.Join(r.home, "begun")); return err == nil })
	if err := client.Call(t.Context(), api.MethodQuit, nil, nil); err != nil {
		t.Fatal(err)
	}
	select {
	case <-r.done:
	case <-time.After(30 * time.Second):
		t.Fatal("the agent does not end")
	}
	if code := r.command.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
