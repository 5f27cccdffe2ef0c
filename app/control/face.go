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

	sending sync.Mutex // a frame's time begins when it is its turn

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
	hello, err := f.greet()
	if err != nil {
		return err
	}
	f.server.enter(kind{f.program, f.trusted}) // before the answer: who has it is counted
	defer f.server.leave(kind{f.program, f.trusted})
	if err := f.welcome(hello); err != nil {
		return err
	}
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

// greet takes the hello, which comes first and soon. It returns the request's number.
func (f *face) greet() (id uint64, err error) {
	f.conn.SetReadDeadline(time.Now().Add(f.server.helloTime))
	var request api.Request
	if _, err := f.conn.Receive(&request); err != nil {
		return 0, err
	}
	f.conn.SetReadDeadline(time.Time{})
	var hello api.Hello
	err = json.Unmarshal(request.Params, &hello)
	if err == nil && request.Method != api.MethodHello {
		err = errors.New("the first call is a hello")
	}
	if err == nil {
		err = check(hello)
	}
	if err != nil {
		err = tunnel.NewError(tunnel.CodeInvalid, "greet", err)
		return 0, errors.Join(err, f.refuse(request.ID, err))
	}
	f.program = hello.Program
	return request.ID, nil
}

// welcome answers the hello.
func (f *face) welcome(id uint64) error {
	result, err := json.Marshal(api.Hello{Version: api.Version, Program: "torii", Build: api.Build, PID: os.Getpid()})
	if err != nil {
		return err
	}
	return f.send(api.Reply{ID: id, Result: result})
}

// take begins what a request asks for. A face that asks for more than its share
// is refused that.
func (f *face) take(ctx context.Context, request api.Request) error {
	switch request.Method {
	case api.MethodWatch:
		return f.refuse(request.ID, f.watch(ctx, request.ID))
	case api.MethodUnwatch:
		var params api.Unwatch
		if err := json.Unmarshal(request.Params, &params); err != nil {
			return err
		}
		f.unwatch(params.ID)
		return nil
	case api.MethodPing:
		return f.send(api.Reply{ID: request.ID})
	}
	if !f.enter() {
		return f.refuse(request.ID, tunnel.Errorf(tunnel.CodePolicy, "serve a call", "%d calls are under way already", maxCalls))
	}
	f.work.Go(func() {
		defer f.leave() // after the answer: one that is not read counts
		result, err := f.server.table.call(ctx, Caller{Program: f.program, Trusted: f.trusted}, request.Method, request.Params)
		f.send(api.Reply{ID: request.ID, Result: result, Failure: api.FailureOf(err)})
	})
	return nil
}

// refuse answers a request with an error; nil is none.
func (f *face) refuse(id uint64, err error) error {
	if err == nil {
		return nil
	}
	return f.send(api.Reply{ID: id, Failure: api.FailureOf(err)})
}

// enter counts a call that begins; false where there are too many.
func (f *face) enter() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == maxCalls {
		return false
	}
	f.calls++
	return true
}

func (f *face) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls--
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
		return tunnel.Errorf(tunnel.CodePolicy, "watch", "%d watches are under way, or one of that number", maxWatches)
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
	f.sending.Lock()
	defer f.sending.Unlock()
	f.conn.SetWriteDeadline(time.Now().Add(f.server.sendTime))
	err := f.conn.Send(reply)
	if errors.Is(err, wire.ErrTooLarge) && reply.State == nil { // nothing was written
		err = f.conn.Send(api.Reply{ID: reply.ID, Failure: api.FailureOf(tunnel.NewError(tunnel.CodeInternal, "answer a call", err))})
	}
	if err != nil {
		f.conn.Close()
	}
	return err
}
