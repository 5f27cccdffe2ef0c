//go:build linux

package control

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"torii/app/api"
	"torii/tunnel"
	"torii/tunnel/wire"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role))
	}
	goleak.VerifyTestMain(m)
}

// socketPair is a connection without a path, as the agent makes one for the
// window that it starts.
func socketPair(t *testing.T) (agent, face *net.UnixConn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*net.UnixConn
	for i, fd := range fds {
		file := os.NewFile(uintptr(fd), "pair")
		conn, err := net.FileConn(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		ends[i] = conn.(*net.UnixConn)
	}
	return ends[0], ends[1]
}

// TestTooManyFaces: the next one is told so, and the agent's own window gets in.
func TestTooManyFaces(t *testing.T) {
	r := newRig(t)
	var faces []*api.Client
	for i := range maxFaces {
		faces = append(faces, r.client(fmt.Sprint("face ", i%2)))
	}
	if n := r.server.Faces("face 0", false); n != maxFaces/2 {
		t.Errorf("%d faces of that name, want %d", n, maxFaces/2)
	}
	_, err := api.NewClient(t.Context(), r.dial(), "one more")
	code(t, "one more", err, tunnel.CodePolicy) // not agent-missing: it is there
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint(maxFaces)) {
		t.Errorf("one more: %v", err)
	}
	agent, face := socketPair(t)
	r.server.ServeConn(r.ctx, agent, true, func() {})
	window, err := api.NewClient(t.Context(), face, "torii-window")
	if err != nil {
		t.Fatalf("the agent's own window: %v", err)
	}
	defer window.Close()
	faces[0].Close()
	r.until("there is room again", func() bool {
		client, err := api.NewClient(t.Context(), r.dial(), "later")
		if err != nil {
			return false
		}
		client.Close()
		return true
	})
}

// TestTooManyCalls: what is over the bound is refused, the rest goes on.
func TestTooManyCalls(t *testing.T) {
	r := newRig(t)
	client := r.client("test")
	var calls sync.WaitGroup
	for range maxCalls {
		calls.Go(func() {
			if err := client.Call(t.Context(), methodWait, nil, nil); err != nil {
				t.Error(err)
			}
		})
	}
	r.until("all are under way", func() bool { return r.waiting.Load() == maxCalls })
	code(t, "one more", client.Call(t.Context(), methodEcho, nil, nil), tunnel.CodePolicy)
	if err := r.client("another").Call(t.Context(), methodEcho, nil, nil); err != nil {
		t.Errorf("another face: %v", err)
	}
	close(r.release)
	calls.Wait()
	r.until("there is room again", func() bool { return client.Call(t.Context(), methodEcho, nil, nil) == nil })
}

func TestTooManyWatches(t *testing.T) {
	r := newRig(t)
	client := r.client("test")
	for range maxWatches {
		if _, open := next(t, client.Watch(t.Context())); !open {
			t.Fatal("a watch was refused")
		}
	}
	if _, open := next(t, client.Watch(t.Context())); open {
		t.Error("one watch too many shows something")
	}
	if err := client.Call(t.Context(), methodEcho, nil, nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	// The same number twice is one too many as well.
	conn := r.mute("raw")
	for range 2 {
		if err := conn.Send(request(5, api.MethodWatch, nil)); err != nil {
			t.Fatal(err)
		}
	}
	for {
		var reply api.Reply
		if _, err := conn.Receive(&reply); err != nil {
			t.Fatal(err)
		}
		if reply.Failure != nil {
			if reply.ID != 5 || reply.Failure.Code != tunnel.CodePolicy {
				t.Errorf("refused with %d, %+v", reply.ID, reply.Failure)
			}
			break
		}
	}
}

// TestRubbish ends the connection that it comes by.
func TestRubbish(t *testing.T) {
	r := newRig(t)
	frame := func(text string) []byte {
		return append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)
	}
	for name, bytes := range map[string][]byte{
		"a frame that is too large": binary.BigEndian.AppendUint32(nil, wire.MaxFrame+1),
		"no JSON":                   frame("}{"),
		"no object":                 frame(`"hello"`),
		"a torn frame":              frame(`{"id":1}`)[:6],
		"nothing":                   nil,
		"an unwatch of no shape":    frame(`{"id":9,"method":"unwatch","params":[]}`),
	} {
		for _, greeted := range []bool{false, true} {
			conn := r.raw()
			if greeted {
				conn = r.mute("raw")
			}
			if _, err := conn.Unix().Write(bytes); err != nil {
				t.Fatal(err)
			}
			conn.Unix().CloseWrite()
			var reply api.Reply
			_, err := conn.Receive(&reply)
			if err == nil && (greeted || reply.Failure == nil) {
				t.Errorf("%s, greeted %v: answered with %+v", name, greeted, reply)
			}
			if err != nil && err != io.EOF {
				t.Errorf("%s, greeted %v: it ends with %v", name, greeted, err)
			}
		}
	}
	if err := r.client("test").Call(t.Context(), methodEcho, nil, nil); err != nil {
		t.Errorf("another face afterwards: %v", err)
	}
}

// TestSocket looks at where agents listen.
func TestSocket(t *testing.T) {
	runtime := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", runtime)
	listener, err := wire.Listen(api.SocketPath(), wire.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for path, want := range map[string]os.FileMode{api.RuntimeDir(): 0o700, api.SocketPath(): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v; %v", path, info.Mode().Perm(), want, err)
		}
	}
	if want := filepath.Join(runtime, "torii", "control.sock"); api.SocketPath() != want {
		t.Errorf("the socket is %s, want %s", api.SocketPath(), want)
	}
	for _, dir := range []string{"", "relative"} { // no home of its own: a folder for this user alone
		t.Setenv("XDG_RUNTIME_DIR", dir)
		t.Setenv("TMPDIR", runtime)
		if want := filepath.Join(runtime, fmt.Sprint("torii-", os.Getuid()), "control.sock"); api.SocketPath() != want {
			t.Errorf("with %q the socket is %s, want %s", dir, api.SocketPath(), want)
		}
	}
}

// TestFolderOfEverybody: who else could write there could take the socket's place.
func TestFolderOfEverybody(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	for _, mode := range []os.FileMode{0o777, 0o770, 0o702} {
		os.RemoveAll(api.RuntimeDir())
		if err := os.Mkdir(api.RuntimeDir(), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(api.RuntimeDir(), mode); err != nil {
			t.Fatal(err)
		}
		if listener, err := wire.Listen(api.SocketPath(), wire.ListenOptions{}); err == nil {
			listener.Close()
			t.Errorf("a socket was made in a folder of mode %v", mode)
		}
	}
}
