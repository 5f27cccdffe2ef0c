package control

import (
	"context"
	"encoding/json"

	"torii/app/api"
	"torii/tunnel"
)

// Local is the agent inside the caller's own process: the same methods and the
// same encoding without a socket.
type Local struct {
	Table   *Table
	Program string
}

var _ api.Agent = (*Local)(nil)

// Call implements api.Agent.
func (l *Local) Call(ctx context.Context, method api.Method, params, result any) error {
	var raw json.RawMessage
	if params != nil {
		text, err := json.Marshal(params)
		if err != nil {
			return tunnel.NewError(tunnel.CodeInternal, "write the call's parameters", err)
		}
		raw = text
	}
	text, err := l.Table.call(ctx, Caller{Program: l.Program, Trusted: true}, method, raw)
	if err != nil || result == nil || text == nil {
		return err
	}
	if err := json.Unmarshal(text, result); err != nil {
		return tunnel.NewError(tunnel.CodeInternal, "read the call's result", err)
	}
	return nil
}

// Watch implements api.Agent.
func (l *Local) Watch(ctx context.Context) <-chan api.State { return l.Table.Watch(ctx) }
