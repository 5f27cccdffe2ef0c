package uitest

import (
	"context"
	"sync"
	"sync/atomic"

	"torii/app/api"
)

// Call is a call that reached the Agent.
type Call struct {
	Method api.Method
	Params any
}

// Agent is an agent for tests: it notes each call and answers with what Answer
// returns. It is safe for concurrent use.
type Agent struct {
	// Answer decides about a call; nil agrees to everything. It may block
	// until ctx ends, as an agent that hangs does.
	Answer func(ctx context.Context, call Call, result any) error

	// Silent leaves pings without an answer, as an agent that stands still does.
	Silent atomic.Bool

	calls  chan Call
	states chan api.State
	leave  sync.Once
}

var _ api.Agent = (*Agent)(nil)

// NewAgent makes an Agent.
func NewAgent() *Agent {
	return &Agent{calls: make(chan Call, 64), states: make(chan api.State, 16)}
}

// Call implements api.Agent.
func (a *Agent) Call(ctx context.Context, method api.Method, params, result any) error {
	call := Call{Method: method, Params: params}
	if method == api.MethodPing { // the window's own, by the clock
		if a.Silent.Load() {
			<-ctx.Done()
		}
		return ctx.Err()
	}
	a.calls <- call
	if a.Answer == nil {
		return nil
	}
	return a.Answer(ctx, call, result)
}

// Calls gives the calls in the order in which they came.
func (a *Agent) Calls() <-chan Call { return a.calls }

// Watch implements api.Agent, for one watcher.
func (a *Agent) Watch(ctx context.Context) <-chan api.State {
	out := make(chan api.State)
	go func() {
		defer close(out)
		for {
			select {
			case <-ctx.Done():
				return
			case state, ok := <-a.states:
				if !ok {
					return
				}
				select {
				case out <- state:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return out
}

// Send sends a State to the watcher.
func (a *Agent) Send(state api.State) { a.states <- state }

// Leave ends the agent: the watcher's channel is closed.
func (a *Agent) Leave() { a.leave.Do(func() { close(a.states) }) }
