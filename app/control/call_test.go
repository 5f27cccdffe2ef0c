package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"torii/app/api"
	"torii/tunnel"
	"torii/tunnel/wire"
)

// request is a frame to the agent.
func request(id uint64, method api.Method, params any) api.Request {
	text, err := json.Marshal(params)
	if err != nil {
		panic(err)
	}
	return api.Request{ID: id, Method: method, Params: text}
}

// TestCalls makes the same calls over the socket and inside the process.
func TestCalls(t *testing.T) {
	r := newRig(t)
	for name, agent := range map[string]api.Agent{
		"socket": r.client("test"), "local": &Local{Table: r.table(), Program: "test"},
	} {
		t.Run(name, func(t *testing.T) {
			call := func(method api.Method, params, result any) error {
				ctx, cancel := context.WithTimeout(t.Context(), enough)
				defer cancel()
				return agent.Call(ctx, method, params, result)
			}
			var got pair
			sent := pair{Text: "grüße \x00\n", More: strings.Repeat("long ", 50_000)}
			if err := call(methodEcho, sent, &got); err != nil || got != sent {
				t.Errorf("echo: %.60v, %v", got, err)
			}
			if err := call(methodEcho, sent, nil); err != nil {
				t.Errorf("a result that nobody wants: %v", err)
			}
			if err := call(methodEcho, nil, &got); err != nil || got.Text != "" && got != sent {
				t.Errorf("no parameters: %.60v, %v", got, err)
			}
			for _, c := range []tunnel.Code{tunnel.CodePolicy, tunnel.CodeNotFound, tunnel.CodeHelperMissing, "a-code-of-tomorrow"} {
				err := call(methodFail, pair{Text: string(c), More: "the detail"}, &got)
				code(t, "fail", err, c)
				if e, ok := errors.AsType[*tunnel.Error](err); !ok || e.Detail != "the detail" {
					t.Errorf("the failure is %#v", err)
				}
			}
			code(t, "an error without a code", call(methodBreak, nil, nil), tunnel.CodeInternal)
			code(t, "an unknown method", call("no.such.method", nil, nil), tunnel.CodeInvalid)
			code(t, "bad parameters", call(methodEcho, []int{1}, nil), tunnel.CodeInvalid)
			code(t, "a result of another shape", call(methodEcho, sent, new(int)), tunnel.CodeInternal)
			ended, cancel := context.WithTimeout(t.Context(), 0)
			defer cancel()
			if name == "socket" {
				code(t, "a call after its time", agent.Call(ended, methodEcho, nil, nil), tunnel.CodeTimeout)
			}
			if err := call(methodEcho, pair{Text: "still there"}, &got); err != nil || got.Text != "still there" {
				t.Errorf("after all that: %v, %v", got, err)
			}
		})
	}
}

// TestFramesThatAreTooLarge fail on their own; the connection goes on.
func TestFramesThatAreTooLarge(t *testing.T) {
	r := newRig(t)
	client := r.client("test")
	code(t, "a huge question", client.Call(t.Context(), methodEcho, pair{Text: strings.Repeat("x", wire.MaxFrame)}, nil), tunnel.CodeInvalid)
	code(t, "a huge answer", client.Call(t.Context(), methodHuge, nil, new(pair)), tunnel.CodeInternal)
	code(t, "no JSON", client.Call(t.Context(), methodEcho, func() {}, nil), tunnel.CodeInvalid)
	var got pair
	if err := client.Call(t.Context(), methodEcho, pair{Text: "x"}, &got); err != nil || got.Text != "x" {
		t.Errorf("afterwards: %v, %v", got, err)
	}
}

// TestCallsAtOnce: a call that takes long holds no other up, and each gets its
// own answer.
func TestCallsAtOnce(t *testing.T) {
	r := newRig(t)
	client := r.client("test")
	var work sync.WaitGroup
	work.Go(func() {
		if err := client.Call(t.Context(), methodWait, nil, nil); err != nil {
			t.Errorf("the long one: %v", err)
		}
	})
	r.until("the long call is under way", func() bool { return r.waiting.Load() == 1 })
	for i := range 8 {
		work.Go(func() {
			for j := range 20 {
				var got pair
				text := fmt.Sprint(i, " ", j)
				if err := client.Call(t.Context(), methodEcho, pair{Text: text}, &got); err != nil || got.Text != text {
					t.Errorf("%s: %v, %v", text, got, err)
				}
			}
		})
	}
	var got pair
	if err := client.Call(t.Context(), methodEcho, pair{Text: "meanwhile"}, &got); err != nil {
		t.Error(err)
	}
	close(r.release)
	work.Wait()
}

// TestCancelledCall returns although the agent does not.
func TestCancelledCall(t *testing.T) {
	r := newRig(t)
	client := r.client("test")
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan error, 1)
	go func() { answered <- client.Call(ctx, methodWait, nil, nil) }()
	r.until("the call is under way", func() bool { return r.waiting.Load() == 1 })
	cancel()
	code(t, "a cancelled call", <-answered, tunnel.CodeCancelled)
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	code(t, "a call that takes too long", client.Call(short, methodWait, nil, nil), tunnel.CodeTimeout)
	close(r.release)
	if err := client.Call(t.Context(), methodEcho, nil, nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestTheAgentGoes: what waits for it hears of that.
func TestTheAgentGoes(t *testing.T) {
	r := newRig(t)
	client := r.client("test")
	answered := make(chan error, 1)
	go func() { answered <- client.Call(t.Context(), methodWait, nil, nil) }()
	r.until("the call is under way", func() bool { return r.waiting.Load() == 1 })
	states := client.Watch(t.Context())
	next(t, states)
	r.stop()
	select {
	case err := <-answered:
		if err == nil {
			t.Error("the call worked")
		}
	case <-time.After(enough):
		t.Fatal("the call still waits")
	}
	if _, open := next(t, states); open {
		t.Error("the watch goes on")
	}
	select {
	case <-client.Gone():
	case <-time.After(enough):
		t.Fatal("the client does not notice")
	}
	code(t, "a call after the end", client.Call(t.Context(), methodEcho, nil, nil), tunnel.CodeAgentMissing)
	if _, open := next(t, client.Watch(t.Context())); open {
		t.Error("a watch after the end shows something")
	}
}

// TestTheFaceGoes: its calls and watches end with it.
func TestTheFaceGoes(t *testing.T) {
	r := newRig(t)
	client := r.client("test")
	if n := r.server.Faces("test", false); n != 1 {
		t.Errorf("%d faces", n)
	}
	answered := make(chan error, 1)
	go func() { answered <- client.Call(t.Context(), methodWait, nil, nil) }()
	r.until("the call is under way", func() bool { return r.waiting.Load() == 1 })
	states := client.Watch(t.Context()) // nobody reads it
	r.until("the watch is under way", func() bool { return r.hub.watching.Load() == 1 })
	r.hub.publish("something that lies unread")
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	code(t, "a call at the end", <-answered, tunnel.CodeAgentMissing)
	r.until("the agent drops its call, its watch and the face", func() bool {
		return r.waiting.Load() == 0 && r.hub.watching.Load() == 0 && r.server.Faces("test", false) == 0
	})
	for range states { // it is closed
	}
	if err := client.Close(); err != nil {
		t.Errorf("a second close: %v", err)
	}
}

func TestHello(t *testing.T) {
	r := newRig(t)
	hello := func(version int) api.Request {
		return request(7, api.MethodHello, api.Hello{Version: version, Program: "torii-window", Build: "x", PID: 1})
	}
	for _, c := range []struct {
		name    string
		request api.Request
		words   string // of the refusal; "" for none
	}{
		{"the same version", hello(api.Version), ""},
		{"an older face", hello(api.Version - 1), "this program is the older one"},
		{"a newer face", hello(api.Version + 1), "the agent is the older one"},
		{"no version", request(7, api.MethodHello, map[string]string{"program": "x"}), "this program is the older one"},
		{"another call first", request(7, methodEcho, pair{}), "first call is a hello"},
		{"a hello of another shape", request(7, api.MethodHello, []int{1}), "cannot unmarshal"},
		{"nothing in it", api.Request{ID: 7, Method: api.MethodHello}, "unexpected end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := r.raw()
			if err := conn.Send(c.request); err != nil {
				t.Fatal(err)
			}
			var reply api.Reply
			if _, err := conn.Receive(&reply); err != nil || reply.ID != 7 {
				t.Fatalf("reply %+v, %v", reply, err)
			}
			if c.words == "" {
				var agent api.Hello
				if err := json.Unmarshal(reply.Result, &agent); err != nil || agent.Version != api.Version || agent.Program != "torii" || agent.PID == 0 {
					t.Errorf("the agent says %+v, %v", agent, err)
				}
				return
			}
			if reply.Failure == nil || reply.Failure.Code != tunnel.CodeInvalid || !strings.Contains(reply.Failure.Message, c.words) {
				t.Errorf("refused with %+v, want %q", reply.Failure, c.words)
			}
			if _, err := conn.Receive(&reply); err == nil {
				t.Error("the agent goes on with it")
			}
		})
	}
}

// TestASilentConnection is not kept for ever.
func TestASilentConnection(t *testing.T) {
	r := newRig(t, func(s *Server) { s.helloTime = 50 * time.Millisecond })
	if _, err := r.raw().Receive(new(api.Reply)); !errors.Is(err, io.EOF) {
		t.Errorf("it ends with %v", err)
	}
}
