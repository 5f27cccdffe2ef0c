package control

import (
	"context"
	"encoding/json"

	"torii/app/api"
	"torii/tunnel"
)

// Caller is who makes a call.
type Caller struct {
	Program string // as it calls itself
	// Trusted callers may answer questions about trust: a window that the
	// agent started itself, a terminal's toriictl, and this process.
	Trusted bool
}

// Handler serves one method. The result is marshalled; it may be nil.
type Handler func(ctx context.Context, caller Caller, params json.RawMessage) (any, error)

// Methods is a table of what can be called.
type Methods map[api.Method]Handler

// Handle makes a Handler of a function that takes and returns values.
func Handle[P, R any](serve func(ctx context.Context, caller Caller, params P) (R, error)) Handler {
	return func(ctx context.Context, caller Caller, raw json.RawMessage) (any, error) {
		var params P
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &params); err != nil {
				return nil, tunnel.NewError(tunnel.CodeInvalid, "read the call's parameters", err)
			}
		}
		return serve(ctx, caller, params)
	}
}

// Do makes a Handler of a function without a result.
func Do[P any](serve func(ctx context.Context, caller Caller, params P) error) Handler {
	return Handle(func(ctx context.Context, caller Caller, params P) (any, error) {
		return nil, serve(ctx, caller, params)
	})
}

// Table is what a face can reach: the methods and the State.
type Table struct {
	Methods Methods
	// Watch sends the present State and each new one until ctx ends.
	Watch func(ctx context.Context) <-chan api.State
}

// call finds a method and serves it.
func (t *Table) call(ctx context.Context, caller Caller, method api.Method, params json.RawMessage) (json.RawMessage, error) {
	handler, ok := t.Methods[method]
	if !ok {
		return nil, tunnel.Errorf(tunnel.CodeInvalid, "serve a call", "there is no method %q", method)
	}
	result, err := handler(ctx, caller, params)
	if err != nil || result == nil {
		return nil, err
	}
	text, err := json.Marshal(result)
	if err != nil {
		return nil, tunnel.NewError(tunnel.CodeInternal, "write the call's result", err)
	}
	return text, nil
}
