//go:build unix

package api

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"torii/tunnel"
	"torii/tunnel/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// connected returns both ends of a connection.
func connected(t *testing.T) (agent *wire.Conn, face *net.UnixConn) {
	t.Helper()
	listener, err := wire.Listen(filepath.Join(t.TempDir(), "s"), wire.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("unix", listener.Path())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := listener.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	agent = wire.NewConn(accepted)
	t.Cleanup(func() { agent.Close(); conn.Close() })
	return agent, conn.(*net.UnixConn)
}

// answering plays an agent: it answers each request with what answer returns,
// until answer returns none or the face leaves.
func answering(agent *wire.Conn, answer func(Request) []Reply) {
	defer agent.Close()
	for {
		var request Request
		if _, err := agent.Receive(&request); err != nil {
			return
		}
		replies := answer(request)
		if replies == nil {
			return
		}
		for _, r := range replies {
			if agent.Send(r) != nil {
				return
			}
		}
	}
}

// welcome is the answer to a hello.
func welcome(r Request) []Reply {
	return []Reply{{ID: r.ID, Result: []byte(`{"version":1,"program":"torii"}`)}}
}

func TestStrangeAgents(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(Request) []Reply
		want   tunnel.Code
	}{
		{"one that leaves", func(Request) []Reply { return nil }, tunnel.CodeAgentMissing},
		{"one that refuses", func(r Request) []Reply {
			return []Reply{{ID: r.ID, Failure: &tunnel.Failure{Code: tunnel.CodeInvalid, Message: "another version"}}}
		}, tunnel.CodeInvalid},
		{"one that has no room", func(Request) []Reply {
			return []Reply{{Failure: &tunnel.Failure{Code: tunnel.CodePolicy, Message: "too many"}}}
		}, tunnel.CodeTimeout}, // this one stays; one that leaves is a test of package control
		{"one that answers somebody else", func(r Request) []Reply { return []Reply{{ID: r.ID + 1, Result: []byte(`{}`)}} }, tunnel.CodeTimeout},
		{"one that answers with a State", func(r Request) []Reply { return []Reply{{ID: r.ID, State: &State{}}} }, tunnel.CodeInternal},
		{"one that answers with another shape", func(r Request) []Reply { return []Reply{{ID: r.ID, Result: []byte(`[]`)}} }, tunnel.CodeInternal},
		{"one that answers twice", func(r Request) []Reply { return append(welcome(r), welcome(r)...) }, ""},
		{"one that is as it should be", welcome, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			agent, face := connected(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				answering(agent, c.answer)
			}()
			limit := 20 * time.Second
			if c.want == tunnel.CodeTimeout {
				limit = 50 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			client, err := NewClient(ctx, face, "test")
			if tunnel.CodeOf(err) != c.want {
				t.Errorf("code %q, want %q (%v)", tunnel.CodeOf(err), c.want, err)
			}
			if client != nil {
				client.Close()
			}
			<-done // nobody is left behind
		})
	}
}

// TestAnAgentThatDoesNotAnswer costs a call its time and no more.
func TestAnAgentThatDoesNotAnswer(t *testing.T) {
	agent, face := connected(t)
	go func() {
		var request Request
		if _, err := agent.Receive(&request); err == nil {
			agent.Send(welcome(request)[0])
		}
	}()
	client, err := NewClient(t.Context(), face, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := client.Call(ctx, "m", strings.Repeat("x", 1000), nil); tunnel.CodeOf(err) != tunnel.CodeTimeout {
		t.Errorf("the call ends with %v", err)
	}
}

// TestAWatchThatIsRefused ends.
func TestAWatchThatIsRefused(t *testing.T) {
	agent, face := connected(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		answering(agent, func(r Request) []Reply {
			if r.Method == MethodHello {
				return welcome(r)
			}
			return []Reply{{ID: r.ID, Failure: &tunnel.Failure{Code: tunnel.CodePolicy}}, {ID: r.ID, State: &State{Revision: 7}}}
		})
	}()
	client, err := NewClient(t.Context(), face, "test")
	if err != nil {
		t.Fatal(err)
	}
	if state, open := <-client.Watch(t.Context()); open {
		t.Errorf("it shows %+v", state)
	}
	client.Close()
	<-done
}

func TestFailuresCrossAsTheyAre(t *testing.T) {
	for _, err := range []error{
		tunnel.Errorf(tunnel.CodePolicy, "op", "cause").WithDetail("detail"),
		tunnel.NewError(tunnel.CodeTimeout, "op", nil),
		errors.New("plain"),
	} {
		back := ErrorOf("call", FailureOf(err))
		if tunnel.CodeOf(back) != tunnel.CodeOf(err) || !strings.Contains(back.Error(), err.Error()) {
			t.Errorf("%v came back as %v", err, back)
		}
		if e, ok := errors.AsType[*tunnel.Error](err); ok {
			if b, ok := errors.AsType[*tunnel.Error](back); !ok || b.Detail != e.Detail {
				t.Errorf("the detail of %v is lost: %v", err, back)
			}
		}
	}
	if FailureOf(nil) != nil || ErrorOf("call", nil) != nil {
		t.Error("nothing became a failure")
	}
}

// duplicate is the number of a descriptor for the same thing, which nobody owns.
func duplicate(t *testing.T, file *os.File) string {
	t.Helper()
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(fd)
}

// TestConnectByAnInheritedSocket: the window finds the agent's end by the
// variable, and leaves it to nobody.
func TestConnectByAnInheritedSocket(t *testing.T) {
	agent, face := connected(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		answering(agent, welcome)
	}()
	file, err := face.File()
	if err != nil {
		t.Fatal(err)
	}
	face.Close()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir()) // nobody listens there
	t.Setenv(SocketVariable, duplicate(t, file))
	file.Close() // or the agent would not see the window go
	client, err := Connect(t.Context(), "torii-window")
	if err != nil {
		t.Fatal(err)
	}
	if left, ok := os.LookupEnv(SocketVariable); ok {
		t.Errorf("the variable is still %q", left)
	}
	client.Close()
	<-done
	if _, err := Connect(t.Context(), "torii-window"); tunnel.CodeOf(err) != tunnel.CodeAgentMissing {
		t.Errorf("the second time: %v", err)
	}
}

func TestConnectWithoutAnAgent(t *testing.T) {
	pipe, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer other.Close()
	for name, variable := range map[string]string{
		"nobody listens": "", "no number": "three", "a negative one": "-1", "nothing there": "65000", "no socket": duplicate(t, pipe),
	} {
		t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
		t.Setenv(SocketVariable, variable)
		if client, err := Connect(t.Context(), "test"); tunnel.CodeOf(err) != tunnel.CodeAgentMissing {
			t.Errorf("%s: %v, %v", name, client, err)
		}
	}
	// An agent that hangs before its hello is not missing.
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	listener, err := wire.Listen(SocketPath(), wire.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Connect(ctx, "test"); tunnel.CodeOf(err) != tunnel.CodeTimeout {
		t.Errorf("an agent that hangs: %v", err)
	}
}

// TestReplaceKeepsTheNewest: there is one writer, and a reader that may come at
// any moment.
func TestReplaceKeepsTheNewest(t *testing.T) {
	stream := make(chan State, 1)
	for i := range uint64(5) {
		replace(stream, State{Revision: i})
	}
	if got := <-stream; got.Revision != 4 {
		t.Errorf("revision %d", got.Revision)
	}
	select {
	case got := <-stream:
		t.Errorf("and another one: %d", got.Revision)
	default:
	}
}
