package agent_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"testing"

	"github.com/sirupsen/logrus"

	"torii/app/agent"
	"torii/app/api"
	"torii/app/consent"
	"torii/app/paths"
	"torii/tunnel"
)

// askingAgent is the role of an agent that other programs ask for something.
const askingAgent = "torii-asking"

// playAskingAgent is the agent in this process, with two requests under way. It
// writes into its home what came of them, and ends when it is told to.
func playAskingAgent() int {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	home := os.Getenv("HOME")
	log := logrus.New()
	log.SetOutput(io.Discard)
	a, err := agent.Start(agent.Options{Log: log,
		Dirs: paths.Dirs{Config: home + "/config", Data: home + "/data", State: home + "/state"}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	told := make(chan error, 2)
	for i, action := range []api.ConsentAction{api.ConsentDisconnect, api.ConsentImportProfile} {
		go func() {
			allowed, err := a.App().Allow(context.Background(), consent.Request{Action: action})
			told <- os.WriteFile(filepath.Join(home, string(action)), fmt.Append(nil, allowed, " ", tunnel.CodeOf(err)), 0o600)
		}()
		if i == 0 { // the first comes first
			ctx, stop := context.WithCancel(ctx)
			for state := range a.Face().Watch(ctx) {
				if state.Consent != nil {
					break
				}
			}
			stop()
		}
	}
	<-a.Done()
	err = a.Close()
	for range 2 {
		if failed := <-told; failed != nil {
			err = failed
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// outcome is what came of a request, "" before anything did.
func (r *running) outcome(action api.ConsentAction) string {
	text, _ := os.ReadFile(filepath.Join(r.home, string(action)))
	return string(text)
}

// TestTheWindowAllows: another program's request opens the window, survives
// its being closed, is answered there and nowhere else, and ends with the agent.
func TestTheWindowAllows(t *testing.T) {
	r := prepare(t)
	play := exec.Command(filepath.Join(programs, askingAgent))
	play.Env, play.Stderr = r.command.Env, os.Stderr
	r.command = play
	r.start()
	r.until("the window with the request", r.wrote("asked", 1))
	r.tell("close")
	r.until("the window to close", r.wrote("closed", 1))

	client := r.client()
	var asked api.Consent
	for state := range client.Watch(t.Context()) {
		if state.Consent != nil {
			asked = *state.Consent
			break
		}
	}
	if asked.Action != api.ConsentDisconnect {
		t.Fatalf("after the window was closed the agent asks for %+v", asked)
	}
	for _, allow := range []bool{true, false} {
		err := client.Call(t.Context(), api.MethodConsent, api.ConsentAnswer{ID: asked.ID, Allow: allow}, nil)
		if tunnel.CodeOf(err) != tunnel.CodePolicy {
			t.Fatalf("a program of this user answers %v: %v", allow, err)
		}
	}
	r.tell("answer")
	r.until("the window again", func() bool {
		if err := client.Call(t.Context(), api.MethodOpenWindow, api.OpenWindowRequest{}, nil); err != nil {
			t.Fatal(err)
		}
		return r.wrote("opened", 2)()
	})
	r.until("the answer", func() bool { return r.outcome(api.ConsentDisconnect) != "" })
	if got := r.outcome(api.ConsentDisconnect); got != "true " {
		t.Errorf("whoever asked heard %q", got)
	}
	if err := os.Remove(filepath.Join(r.home, "answer")); err != nil {
		t.Fatal(err)
	}
	if err := client.Call(t.Context(), api.MethodQuit, nil, nil); err != nil {
		t.Fatal(err)
	}
	<-r.done
	if got := r.command.ProcessState.ExitCode(); got != 0 {
		t.Errorf("the agent's exit code is %d", got)
	}
}
