package api

import "context"

// Agent is what a face speaks to: the agent behind the control socket, or a
// fake in a test. Both calls may be made from any goroutine.
type Agent interface {
	// Call makes one call. params and result may be nil; result is a pointer.
	// A failure of the agent's is a *tunnel.Error with its code;
	// CodeAgentMissing means that nobody answers any more.
	Call(ctx context.Context, method Method, params, result any) error
	// Watch sends the present State and then each new one. A watcher that is
	// slow misses some, never the last. The channel is closed when ctx ends or
	// the agent is gone.
	Watch(ctx context.Context) <-chan State
}
