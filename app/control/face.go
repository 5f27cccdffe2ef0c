package control

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"time"

	"torii/app/api"
	"torii/tunnel"
	"torii/tunnel/wire"
)

// face is one connected program.
type face struct {
	server  *Server
	conn    *wire.Conn
	trusted bool
	program string

	work sync.WaitGroup // calls and streams

	mu      sync.Mutex
	watches map[uint64]context.CancelFunc
	calls   int
}

// serve reads requests until the face leaves or ctx ends.
func (f *face) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer context.AfterFunc(ctx, func() { f.conn.Close() })()
	defer f.work.Wait()
	defer cancel()
	if err := f.greet(); err != nil {
		return err
	}
	f.server.enter(f.program)
	defer f.server.leave(f.program)
	for {
		var request api.Request
		if _, err := f.conn.Receive(&request); err != nil {
			return err
		}
		if err := f.take(ctx, request); err != nil {
			return err
		}
	}
}

// greet takes the hello, which comes first and soon.
func (f *face) greet() error {
	f.conn.SetReadDeadline(time.Now().Add(helloTime))
	var request api.Request
	if _, err := f.conn.Receive(&request); err != nil {
		return err
	}
	f.conn.SetReadDeadline(time.Time{})
	var hello api.Hello
	err := json.Unmarshal(request.Params, &hello)
	if err == nil && request.Method != api.MethodHello {
		err = errors.New("the first call is a hello")
	}
	if err == nil {
		err = check(hello)
	}
	if err != nil {
		f.send(api.Reply{ID: request.ID, Failure: api.FailureOf(tunnel.NewError(tunnel.CodeInvalid, "greet", err))})
		return err
	}
	f.program = hello.Program
	result, err := json.Marshal(api.Hello{Version: api.Version, Program: "torii", Build: api.Build, PID: os.Getpid()})
	if err != nil {
		return err
	}
	return f.send(api.Reply{ID: request.ID, Result: result})
}

// take begins what a request asks for. A face that asks for more than its share
// is sent away.
func (f *face) take(ctx context.Context, request api.Request) error {
	switch request.Method {
	case api.MethodWatch:
		return f.watch(ctx, request.ID)
	case api.MethodUnwatch:
		var params api.Unwatch
		if err := json.Unmarshal(request.Params, &params); err != nil {
			return err
		}
		f.unwatch(params.ID)
		return nil
	}
	if !f.count(1) {
		return errors.New("too many calls at a time")
	}
	f.work.Go(func() {
		defer f.count(-1)
		result, err := f.server.table.call(ctx, Caller{Program: f.program, Trusted: f.trusted}, request.Method, request.Params)
		f.send(api.Reply{ID: request.ID, Result: result, Failure: api.FailureOf(err)})
	})
	return nil
}

// count changes the number of calls under way; false where it is too large.
func (f *face) count(change int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls += change
	return f.calls <= maxCalls
}

// watch begins a stream of States.
func (f *face) watch(ctx context.Context, id uint64) error {
	ctx, cancel := context.WithCancel(ctx)
	f.mu.Lock()
	_, taken := f.watches[id]
	full := len(f.watches) >= maxWatches
	if !taken && !full {
		f.watches[id] = cancel
	}
	f.mu.Unlock()
	if taken || full {
		cancel()
		return errors.New("too many watches at a time")
	}
	f.work.Go(func() {
		defer f.unwatch(id)
		for state := range f.server.table.Watch(ctx) {
			if err := f.send(api.Reply{ID: id, State: &state}); err != nil {
				cancel()
			}
		}
	})
	return nil
}

func (f *face) unwatch(id uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if cancel, ok := f.watches[id]; ok {
		cancel()
		delete(f.watches, id)
	}
}

// send writes a reply. A face that does not read is cut off: it must not hold
// up what it watches.
func (f *face) send(reply api.Reply) error {
	f.conn.SetWriteDeadline(time.Now().Add(sendTime))
	err := f.conn.Send(reply)
	if err != nil {
		f.conn.Close()
	}
	return err
}
