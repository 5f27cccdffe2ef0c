//go:build linux && x11

package main

import (
	"context"
	"os/exec"
	"strings"
	"time"

	"torii/app/api"
	"torii/tunnel"
)

// variable is a variable of the programs' environment.
func (l *live) variable(name string) string {
	for _, pair := range l.env {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// client connects to the agent as a face does.
func (l *live) client() *api.Client {
	l.t.Helper()
	l.t.Setenv("XDG_RUNTIME_DIR", l.variable("XDG_RUNTIME_DIR"))
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	client, err := api.Connect(ctx, api.ProgramTool)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { client.Close() })
	return client
}

// connected connects the active entry and answers its login with the practice
// gateway's name and password.
func (l *live) connected(client *api.Client) api.State {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	if err := client.Call(ctx, api.MethodConnect, api.ConnectRequest{}, nil); err != nil {
		l.t.Fatal(err)
	}
	answered := ""
	for state := range client.Watch(ctx) {
		question := state.Snapshot.Question
		switch {
		case state.Snapshot.State == tunnel.StateConnected:
			return state
		case question != nil && question.Form != nil && question.ID != answered:
			answered = question.ID
			answer := api.AnswerRequest{ID: question.ID, Choice: tunnel.ChoiceOK, Fields: map[string]string{}}
			for _, field := range question.Form.Fields {
				answer.Fields[field.Name] = field.Value
				if field.Kind == tunnel.FieldPassword {
					answer.Fields[field.Name] = state.Practice.Password
				}
			}
			if err := client.Call(ctx, api.MethodAnswer, answer, nil); err != nil {
				l.t.Fatal(err)
			}
		}
	}
	l.t.Fatalf("no tunnel in %v\n%s", patience, l.log())
	return api.State{}
}

// alone starts the agent and takes its window away, which it shows once where
// no panel has its icon.
func (l *live) alone() (agent *exec.Cmd) {
	l.t.Helper()
	agent = l.start("torii", "--demo", "--hidden")
	l.shut(agent)
	return agent
}

// shut takes the agent's window away as soon as it opens.
func (l *live) shut(agent *exec.Cmd) {
	l.t.Helper()
	var window int
	l.wait("the agent's window", func() bool { window = child(agent.Process.Pid, "torii-window"); return window != 0 })
	time.Sleep(time.Second) // it has said hello by then
	l.kill(window)
}
