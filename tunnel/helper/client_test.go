//go:build unix

package helper

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/tunnel"
	"torii/tunnel/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listen makes a socket and answers each connection with serve.
func listen(t *testing.T, serve func(conn *wire.Conn)) string {
	t.Helper()
	listener, err := wire.Listen(filepath.Join(t.TempDir(), "s"), wire.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			c := wire.NewConn(conn)
			serve(c)
			c.Close()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-done
	})
	return listener.Path()
}

// to returns a client of a helper that this user may run.
func to(path string) *Client {
	c := New(Options{Socket: path})
	c.owner = uint32(os.Getuid())
	return c
}

// answer reads one request and sends replies, which take its ID over where
// they are no events.
func answer(t *testing.T, replies ...Reply) func(*wire.Conn) {
	return func(conn *wire.Conn) {
		var request Request
		if _, err := conn.Receive(&request); err != nil {
			return // the client only looked
		}
		for _, reply := range replies {
			if reply.Event == nil {
				reply.ID = request.ID
			}
			if err := conn.Send(reply); err != nil {
				t.Error(err)
			}
		}
		conn.Receive(&request) // until the client has read them
	}
}

func settings() tunnel.Settings { return tunnel.Settings{MTU: 1400, Banner: "Welcome"} }

func TestQuestions(t *testing.T) {
	t.Parallel()
	serial := to(listen(t, answer(t, Reply{Serial: "PF-2X9Y7Z"})))
	if got, err := serial.SerialNumber(t.Context()); err != nil || got != "PF-2X9Y7Z" {
		t.Errorf("the serial number is %q, error %v", got, err)
	}
	repair := to(listen(t, answer(t, Reply{Repaired: []string{"a", "b"}})))
	if got, err := repair.Repair(t.Context()); err != nil || len(got) != 2 {
		t.Errorf("repaired %q, error %v", got, err)
	}
	none := to(listen(t, answer(t, Reply{Failure: &Failure{Code: tunnel.CodeNotFound, Message: "none"}})))
	if _, err := none.SerialNumber(t.Context()); tunnel.CodeOf(err) != tunnel.CodeNotFound {
		t.Errorf("error %v, want CodeNotFound", err)
	}
}

func TestFailuresHaveTheirCodes(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "link")
	alive := listen(t, answer(t))
	if err := os.Symlink(alive, link); err != nil {
		t.Fatal(err)
	}
	dead := filepath.Join(folder, "dead")
	if l, err := net.ListenUnix("unix", &net.UnixAddr{Name: dead, Net: "unix"}); err != nil {
		t.Fatal(err)
	} else {
		l.SetUnlinkOnClose(false)
		l.Close()
	}
	others := New(Options{Socket: alive})
	others.owner = uint32(os.Getuid()) + 1
	for _, c := range []struct {
		name   string
		client *Client
		want   tunnel.Code
	}{
		{"nothing there", to(filepath.Join(folder, "nothing")), tunnel.CodeHelperMissing},
		{"nobody listens", to(dead), tunnel.CodeHelperMissing},
		{"a file", to(file), tunnel.CodeHelperRefused},
		{"a link to a helper's socket", to(link), tunnel.CodeHelperRefused},
		{"somebody else's socket", others, tunnel.CodeHelperRefused},
		{"a helper that hangs up", to(listen(t, func(*wire.Conn) {})), tunnel.CodeHelperMissing},
		{"a refusal", to(listen(t, answer(t, Reply{Failure: &Failure{Code: tunnel.CodeHelperRefused}}))), tunnel.CodeHelperRefused},
		{"a lease without a link", to(listen(t, answer(t, Reply{Lease: &Lease{Link: "torii0"}}))), tunnel.CodeInternal},
		{"an event before a refusal", to(listen(t, answer(t, Reply{Event: &Event{Up: true}},
			Reply{Failure: &Failure{Code: tunnel.CodeBadSettings}}))), tunnel.CodeBadSettings},
		{"a link that is gone at once", to(listen(t, answer(t, Reply{Event: &Event{Gone: true}}))), tunnel.CodeHelperMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			attachment, err := c.client.Open(ctx, settings())
			if tunnel.CodeOf(err) != c.want {
				t.Errorf("error %v, want %s", err, c.want)
			}
			if attachment != nil {
				t.Error("there is an attachment all the same")
			}
		})
	}
}

func TestDescriptorOfSomethingElseIsRefused(t *testing.T) {
	t.Parallel()
	path := listen(t, func(conn *wire.Conn) {
		var request Request
		if _, err := conn.Receive(&request); err != nil {
			return
		}
		if request.Settings.Banner != "" {
			t.Error("the banner, which is for people, went to the helper")
		}
		null, err := os.Open(os.DevNull)
		if err != nil {
			t.Error(err)
			return
		}
		defer null.Close()
		conn.Send(Reply{ID: request.ID, Lease: &Lease{Link: "torii0"}}, null)
		conn.Receive(&request)
	})
	if _, err := to(path).Open(t.Context(), settings()); tunnel.CodeOf(err) != tunnel.CodeNetworkSetup {
		t.Errorf("error %v, want CodeNetworkSetup", err)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	path := listen(t, answer(t)) // reads and says nothing
	for _, ask := range []func(ctx context.Context) error{
		func(ctx context.Context) error { _, err := to(path).SerialNumber(ctx); return err },
		func(ctx context.Context) error { _, err := to(path).Open(ctx, settings()); return err },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		stop := time.AfterFunc(50*time.Millisecond, cancel)
		if err := ask(ctx); tunnel.CodeOf(err) != tunnel.CodeCancelled {
			t.Errorf("error %v, want CodeCancelled", err)
		}
		stop.Stop()
		ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
		if err := ask(ctx); tunnel.CodeOf(err) != tunnel.CodeTimeout {
			t.Errorf("error %v, want CodeTimeout", err)
		}
		cancel()
	}
}

func TestSocketPath(t *testing.T) {
	t.Setenv("TORII_HELPER", "")
	if got := SocketPath(); got != DefaultSocket {
		t.Errorf("the helper is looked for at %s", got)
	}
	t.Setenv("TORII_HELPER", "/elsewhere")
	if got := New(Options{}).options.Socket; got != "/elsewhere" {
		t.Errorf("the helper is looked for at %s", got)
	}
}

// A sibling program is started by its absolute path, whatever PATH says.
func TestOwnHelperHasAnAbsolutePath(t *testing.T) {
	folder := t.TempDir()
	socket, started := filepath.Join(folder, "s"), filepath.Join(folder, "started")
	script := []byte("#!/bin/sh\n: >" + started + "\n")
	if err := errors.Join(os.Mkdir(filepath.Join(folder, "bin"), 0o755),
		os.WriteFile(filepath.Join(folder, "torii-helper"), script, 0o755),
		os.WriteFile(filepath.Join(folder, "bin", "torii-helper"), script, 0o755)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	t.Setenv("PATH", folder)
	for _, program := range []string{"torii-helper", "./torii-helper", "bin/torii-helper"} {
		own, err := StartOwn(t.Context(), OwnOptions{Socket: socket, Program: program})
		if own != nil || tunnel.CodeOf(err) != tunnel.CodeHelperMissing {
			own.Close()
			t.Errorf("%s: %v", program, err)
		}
		if _, err := os.Lstat(started); err == nil {
			t.Errorf("%s was started", program)
		}
	}
	// Where no program is named it is the one beside this one.
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, err = StartOwn(t.Context(), OwnOptions{Socket: socket})
	pathError, ok := errors.AsType[*os.PathError](err)
	if !ok || pathError.Path != filepath.Join(filepath.Dir(self), "torii-helper") {
		t.Errorf("error %v, want one that names the sibling's path", err)
	}
}

func TestOwnHelperThatEndsAtOnce(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "torii-helper")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho cannot do it >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	own, err := StartOwn(t.Context(), OwnOptions{Socket: filepath.Join(folder, "s"), Program: program})
	if own != nil || tunnel.CodeOf(err) != tunnel.CodeHelperMissing || !strings.Contains(err.Error(), "cannot do it") {
		t.Errorf("own %v, error %v", own, err)
	}
}

func TestWhereAHelperListensNoneIsStarted(t *testing.T) {
	path := listen(t, func(*wire.Conn) {})
	own, err := StartOwn(t.Context(), OwnOptions{Socket: path, Program: "/nonexistent/torii-helper"})
	if own != nil || err != nil {
		t.Errorf("own %v, error %v", own, err)
	}
	if err := own.Close(); err != nil {
		t.Error(err)
	}
}
