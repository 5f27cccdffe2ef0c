package control

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"torii/app/api"
	"torii/tunnel"
	"torii/tunnel/wire"
)

// enough is how long a test waits for what must come.
const enough = 20 * time.Second

// The methods of the rig's agent.
const (
	methodEcho  api.Method = "echo"  // pair -> pair
	methodFail  api.Method = "fail"  // pair -> an error of code Text with detail More
	methodBreak api.Method = "break" // nothing -> an error without a code
	methodWait  api.Method = "wait"  // nothing -> nothing, when the rig lets it
	methodHuge  api.Method = "huge"  // nothing -> more than a frame holds
	methodWho   api.Method = "who"   // nothing -> Caller
)

type pair struct {
	Text string `json:"text"`
	More string `json:"more,omitempty"`
}

// hub is what an agent shows: the newest State, to any number of watchers.
type hub struct {
	watching atomic.Int32

	mu      sync.Mutex
	state   api.State
	changed chan struct{}
}

func newHub() *hub {
	return &hub{state: api.State{Revision: 1}, changed: make(chan struct{})}
}

// publish shows the next State.
func (h *hub) publish(message string) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state = api.State{Revision: h.state.Revision + 1, Page: message}
	close(h.changed)
	h.changed = make(chan struct{})
	return h.state.Revision
}

func (h *hub) watch(ctx context.Context) <-chan api.State {
	out := make(chan api.State)
	h.watching.Add(1)
	go func() {
		defer h.watching.Add(-1)
		defer close(out)
		for {
			h.mu.Lock()
			state, changed := h.state, h.changed
			h.mu.Unlock()
			select {
			case out <- state:
			case <-ctx.Done():
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// rig is an agent on a socket.
type rig struct {
	t       *testing.T
	hub     *hub
	server  *Server
	path    string
	release chan struct{} // lets every methodWait go
	waiting atomic.Int32  // methodWait that are under way
	ctx     context.Context
	stop    func() // ends the agent and waits for it
}

// newRig starts an agent; change may give it less patience.
func newRig(t *testing.T, change ...func(*Server)) *rig {
	t.Helper()
	r := &rig{t: t, hub: newHub(), path: filepath.Join(t.TempDir(), "torii", "control.sock"), release: make(chan struct{})}
	listener, err := wire.Listen(r.path, wire.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	r.server = NewServer(r.table(), log)
	for _, c := range change {
		c(r.server)
	}
	var cancel context.CancelFunc
	r.ctx, cancel = context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- r.server.Serve(r.ctx, listener) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-served:
			if err != nil {
				t.Errorf("serve: %v", err)
			}
		case <-time.After(enough):
			t.Error("the agent does not end")
		}
	})
	t.Cleanup(r.stop)
	return r
}

func (r *rig) table() *Table {
	return &Table{Watch: r.hub.watch, Methods: Methods{
		methodEcho: Handle(func(_ context.Context, _ Caller, p pair) (pair, error) { return p, nil }),
		methodFail: Do(func(_ context.Context, _ Caller, p pair) error {
			return tunnel.Errorf(tunnel.Code(p.Text), "fail", "as asked").WithDetail(p.More)
		}),
		methodBreak: Do(func(context.Context, Caller, struct{}) error { return io.ErrUnexpectedEOF }),
		methodWait: Do(func(ctx context.Context, _ Caller, _ struct{}) error {
			r.waiting.Add(1)
			defer r.waiting.Add(-1)
			select {
			case <-r.release:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}),
		methodHuge: Handle(func(context.Context, Caller, struct{}) (pair, error) {
			return pair{Text: strings.Repeat("x", wire.MaxFrame)}, nil
		}),
		methodWho: Handle(func(_ context.Context, c Caller, _ struct{}) (Caller, error) { return c, nil }),
	}}
}

// dial connects to the agent's socket.
func (r *rig) dial() *net.UnixConn {
	r.t.Helper()
	conn, err := net.Dial("unix", r.path)
	if err != nil {
		r.t.Fatal(err)
	}
	return conn.(*net.UnixConn)
}

// client is a face that said hello. It ends with the test.
func (r *rig) client(program string) *api.Client {
	r.t.Helper()
	client, err := api.NewClient(r.t.Context(), r.dial(), program)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { client.Close() })
	return client
}

// raw is a connection whose frames the test writes itself.
func (r *rig) raw() *wire.Conn {
	conn := wire.NewConn(r.dial())
	r.t.Cleanup(func() { conn.Close() })
	conn.SetReadDeadline(time.Now().Add(enough))
	return conn
}

// mute is a face that said hello and reads nothing any more.
func (r *rig) mute(program string) *wire.Conn {
	r.t.Helper()
	conn := r.raw()
	var reply api.Reply
	if err := conn.Send(request(1, api.MethodHello, api.Hello{Version: api.Version, Program: program})); err != nil {
		r.t.Fatal(err)
	}
	if _, err := conn.Receive(&reply); err != nil || reply.Failure != nil {
		r.t.Fatalf("hello: %+v, %v", reply.Failure, err)
	}
	return conn
}

// until polls for a condition.
func (r *rig) until(what string, done func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(enough); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("timed out: %s", what)
		}
	}
}

// next is the next State of a watch; false when it is over.
func next(t *testing.T, states <-chan api.State) (api.State, bool) {
	t.Helper()
	select {
	case state, open := <-states:
		return state, open
	case <-time.After(enough):
		t.Fatal("no State came")
		return api.State{}, false
	}
}

// newest reads a watch until a revision comes.
func newest(t *testing.T, states <-chan api.State, revision uint64) {
	t.Helper()
	for {
		state, open := next(t, states)
		if !open {
			t.Fatal("the watch ended")
		}
		if state.Revision == revision {
			return
		}
	}
}

func code(t *testing.T, what string, err error, want tunnel.Code) {
	t.Helper()
	if tunnel.CodeOf(err) != want {
		t.Errorf("%s: code %q, want %q (%v)", what, tunnel.CodeOf(err), want, err)
	}
}
