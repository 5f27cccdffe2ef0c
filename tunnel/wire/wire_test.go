package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type message struct {
	Text string `json:"text"`
}

// pair returns two connected sockets.
func pair(t *testing.T) (a, b *Conn) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	listener, err := Listen(path, ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dialed, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := listener.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	a, b = NewConn(dialed.(*net.UnixConn)), NewConn(accepted)
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

func TestFramesArriveWholeFromManySenders(t *testing.T) {
	a, b := pair(t)
	const senders, each = 8, 50
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for range each {
				if err := a.Send(message{Text: strings.Repeat("x", 3000)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range senders * each {
		var got message
		if _, err := b.Receive(&got); err != nil || len(got.Text) != 3000 {
			t.Fatalf("received %d bytes, error %v", len(got.Text), err)
		}
	}
	wg.Wait()
}

func TestUnknownFieldsAreTolerated(t *testing.T) {
	a, b := pair(t)
	if err := a.Send(map[string]any{"text": "hello", "colour": "vermilion"}); err != nil {
		t.Fatal(err)
	}
	var got message
	if _, err := b.Receive(&got); err != nil || got.Text != "hello" {
		t.Errorf("received %+v, error %v", got, err)
	}
}

func TestEndOfStream(t *testing.T) {
	a, b := pair(t)
	a.Close()
	if _, err := b.Receive(new(message)); !errors.Is(err, io.EOF) {
		t.Errorf("a closed connection gives %v, want io.EOF", err)
	}
}

func TestBounds(t *testing.T) {
	a, b := pair(t)
	if err := a.Send(message{Text: strings.Repeat("x", MaxFrame)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("sending a frame that is too large: %v", err)
	}
	a.conn.Write(binary.BigEndian.AppendUint32(nil, MaxFrame+1))
	if _, err := b.Receive(new(message)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("receiving a frame that is too large: %v", err)
	}
}

func TestFilesTravel(t *testing.T) {
	a, b := pair(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b.ExpectFiles(1)
	if err := a.Send(message{Text: "a pipe"}, w); err != nil {
		t.Fatal(err)
	}
	w.Close()
	files, err := b.Receive(new(message))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	io.WriteString(files[0], "through the passed end")
	files[0].Close()
	if text, err := io.ReadAll(r); err != nil || string(text) != "through the passed end" {
		t.Errorf("read %q, error %v", text, err)
	}
}

func TestUnexpectedFilesAreRefusedAndClosed(t *testing.T) {
	for _, c := range []struct {
		name           string
		expected, sent int
	}{{"none expected", 0, 1}, {"one expected", 1, 2}} {
		t.Run(c.name, func(t *testing.T) {
			a, b := pair(t)
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			b.ExpectFiles(c.expected)
			files := []*os.File{w, w}[:c.sent]
			if err := a.Send(message{}, files...); err != nil {
				t.Fatal(err)
			}
			w.Close()
			r.SetReadDeadline(time.Now().Add(10 * time.Second))
			if _, err := b.Receive(new(message)); !errors.Is(err, ErrUnexpectedFiles) {
				t.Errorf("receive: %v, want ErrUnexpectedFiles", err)
			}
			// Every copy of the writing end is gone, or this would wait.
			if _, err := io.ReadAll(r); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestReceivedFilesAreClosedWhenTheMessageIsBad(t *testing.T) {
	a, b := pair(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b.ExpectFiles(1)
	if err := a.Send("not an object", w); err != nil {
		t.Fatal(err)
	}
	w.Close()
	r.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := b.Receive(new(message)); err == nil {
		t.Error("a string was taken for a message")
	}
	if _, err := io.ReadAll(r); err != nil {
		t.Error(err)
	}
}

func TestListenReplacesWhatIsDeadAndNothingElse(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "s")

	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	listener, err := Listen(path, ListenOptions{Mode: 0o660})
	if err != nil {
		t.Fatalf("a dead socket in the way: %v", err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	if _, err := Listen(path, ListenOptions{}); !errors.Is(err, ErrInUse) {
		t.Errorf("a living socket in the way: %v, want ErrInUse", err)
	}
	listener.Close()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there after Close: %v", err)
	}

	for _, c := range []struct {
		name string
		make func() error
	}{
		{"a file", func() error { return os.WriteFile(path, []byte("kept"), 0o600) }},
		{"a symbolic link", func() error { return os.Symlink(filepath.Join(folder, "elsewhere"), path) }},
	} {
		if err := c.make(); err != nil {
			t.Fatal(err)
		}
		if listener, err := Listen(path, ListenOptions{}); err == nil {
			listener.Close()
			t.Errorf("%s in the way was replaced", c.name)
		}
		if err := os.Remove(path); err != nil {
			t.Errorf("%s in the way is gone: %v", c.name, err)
		}
	}
}

func TestListenRefusesAFolderOfEverybody(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if listener, err := Listen(filepath.Join(folder, "s"), ListenOptions{}); err == nil {
		listener.Close()
		t.Error("a socket was made where anybody can replace it")
	}
}

func TestCloseLeavesAnothersSocketAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	first, err := Listen(path, ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(path)
	second, err := Listen(path, ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	first.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the second socket is gone: %v", err)
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Add([]byte("\x00\x00\x00\x02{"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := ReadFrame(bytes.NewReader(data))
		if err == nil && !bytes.Equal(text, data[headerSize:headerSize+len(text)]) {
			t.Error("the text is not what came")
		}
	})
}

func TestSeveralSocketsInOneFolder(t *testing.T) {
	folder := t.TempDir()
	const sockets = 16
	var wg sync.WaitGroup
	for i := range sockets {
		wg.Go(func() {
			listener, err := Listen(filepath.Join(folder, string(rune('a'+i))), ListenOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			listener.Close()
		})
	}
	wg.Wait()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".lock") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestSendRefusesTooManyFiles(t *testing.T) {
	a, b := pair(t)
	files := make([]*os.File, MaxFiles+1)
	for i := range files {
		files[i] = os.Stdin
	}
	if err := a.Send(message{}, files...); err == nil {
		t.Error("a frame with too many files was sent")
	}
	// Nothing of it went out.
	if err := a.Send(message{Text: "next"}); err != nil {
		t.Fatal(err)
	}
	var got message
	if _, err := b.Receive(&got); err != nil || got.Text != "next" {
		t.Errorf("received %+v, error %v", got, err)
	}
}
