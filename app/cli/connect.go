package cli

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"torii/app/api"
	"torii/tunnel"
)

func (t *tool) connectCommand() *cobra.Command {
	var flags connectFlags
	command := t.command("connect NAME|HOST[:PORT][/GROUP]", "cli.connect.short", func(ctx context.Context, args []string) error {
		return t.connect(ctx, args[0], &flags)
	})
	command.Args = arguments(1, "connect wants one connection: its name, or HOST[:PORT][/GROUP]")
	flags.add(t, command.Flags())
	command.Flags().BoolVar(&flags.passwordStdin, "password-stdin", false, t.words.Text("cli.flag.password_stdin"))
	command.Flags().BoolVar(&flags.onlyOnce, "once", false, t.words.Text("cli.flag.once"))
	return command
}

// connect stays in the foreground until the connection is over.
func (t *tool) connect(ctx context.Context, name string, flags *connectFlags) (err error) {
	request, err := flags.request(ctx, t, name)
	if err != nil {
		return err
	}
	client, err := reachAs(ctx, api.ProgramConnect)
	if err != nil {
		return err
	}
	var agent api.Agent = client
	settle := func() {}
	if client != nil {
		defer client.Close()
	} else {
		settle = hurry()
		defer settle()
		held, err := t.host(ctx, request.mode)
		if err != nil {
			return err
		}
		defer func() {
			if closeErr := held.close(); err == nil {
				err = closeErr
			}
		}()
		agent = held.agent
	}
	follower := &follower{tool: t, agent: agent, settle: settle, answers: newAnswerer(t, agent, flags)}
	defer follower.answers.close()
	return follower.run(ctx, request.ConnectRequest)
}

// follower watches a connection from its beginning to its end.
type follower struct {
	tool    *tool
	agent   api.Agent
	answers *answerer
	settle  func() // called when the connection is up

	began    uint64 // the snapshot's revision before this connection
	last     tunnel.Snapshot
	told     []tunnel.Note // that were written
	wasUp    bool
	stopping bool
}

// goodbye bounds the end of a connection that the person interrupted.
const goodbye = 60 * time.Second

func (f *follower) run(ctx context.Context, request api.ConnectRequest) error {
	// The end is watched too, so the watch outlives the interrupt.
	watching, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	states := f.agent.Watch(watching)
	first, ok := <-states
	if !ok {
		return tunnel.Errorf(tunnel.CodeAgentMissing, "watch the connection", "the agent ended")
	}
	f.began = first.Snapshot.Revision
	if err := f.agent.Call(ctx, api.MethodConnect, request, nil); err != nil {
		return err
	}
	interrupted := ctx.Done()
	var late <-chan time.Time
	for {
		select {
		case state, ok := <-states:
			if !ok {
				return tunnel.Errorf(tunnel.CodeAgentMissing, "watch the connection", "the agent ended")
			}
			if over, err := f.see(watching, state); over {
				return err
			}
		case <-interrupted:
			interrupted, late, f.stopping = nil, time.After(goodbye), true
			if err := f.agent.Call(watching, api.MethodDisconnect, nil, nil); err != nil {
				return err
			}
		case <-late:
			return tunnel.Errorf(tunnel.CodeTimeout, "disconnect", "it did not end within %v", goodbye)
		}
	}
}

// see takes a new state in and tells whether the connection is over.
func (f *follower) see(ctx context.Context, state api.State) (over bool, err error) {
	s := state.Snapshot
	if s.Revision <= f.began {
		return false, nil // the end of an earlier connection
	}
	f.write(s)
	f.answers.see(ctx, state)
	switch s.State {
	case tunnel.StateConnected:
		f.wasUp = true
		f.settle()
	case tunnel.StateFailed:
		if !f.tool.json && s.Error != nil {
			f.tool.sayFailure(s.Error)
		}
		if s.Error == nil {
			return true, exit{exitOther}
		}
		return true, exit{api.ExitCode(s.Error.Code)}
	case tunnel.StateDisconnected:
		return true, f.ended()
	}
	return false, nil
}

// ended is the exit of a connection that ended in the state disconnected.
func (f *follower) ended() error {
	if code, ok := f.answers.gaveUp(); ok {
		return exit{code}
	}
	if f.wasUp {
		return nil
	}
	return exit{exitCancelled}
}

// write tells a change: of everything but the counters in JSON, of the state
// and its phase for people.
func (f *follower) write(s tunnel.Snapshot) {
	before := f.last
	f.last = s
	if f.tool.json {
		if !sameButCounters(before, s) {
			f.tool.writeJSON(s)
		}
		return
	}
	if s.State != before.State || s.Phase != before.Phase || (s.State.Up() && s.Transport != before.Transport) {
		fmt.Fprintln(f.tool.Out, f.tool.stateLine(s))
	}
	if s.State.Up() {
		for _, note := range s.Notes {
			if !slices.Contains(f.told, note) {
				f.told = append(f.told, note)
				fmt.Fprintf(f.tool.Err, "  %s\n", note.Message)
			}
		}
	}
	// Why it is not connected yet, or not any more; an end has its own words.
	if s.Error != nil && s.State.Busy() && (before.Error == nil || *before.Error != *s.Error) {
		fmt.Fprintf(f.tool.Out, "  %s\n", s.Error.Message)
	}
}

func sameButCounters(a, b tunnel.Snapshot) bool {
	a.Revision, b.Revision = 0, 0
	a.Stats, b.Stats = tunnel.Stats{}, tunnel.Stats{}
	return reflect.DeepEqual(a, b)
}

func usageError(format string, args ...any) error { return usage{fmt.Errorf(format, args...)} }
