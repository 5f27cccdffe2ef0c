package helper

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"torii/tunnel"
)

// The bounds of a helper of one's own.
const (
	startTime = 10 * time.Second
	stopTime  = 45 * time.Second
)

// ListeningLine is what a helper of one's own says on its standard output as
// soon as it listens.
const ListeningLine = "listening\n"

// OwnOptions say which helper to start.
type OwnOptions struct {
	// Socket is where it shall listen; "" means SocketPath().
	Socket string
	// Program is its path; "" means torii-helper beside this program's file.
	Program string
	// Args are further arguments.
	Args []string
}

// Own is a helper that lives as long as whoever started it.
type Own struct {
	command   *exec.Cmd
	lifeline  io.Closer
	output    *tail
	listening chan struct{}
	exited    chan struct{}
	exit      error // set when exited is closed
	stop      sync.Once
}

// StartOwn is LaunchOwn and Await.
func StartOwn(ctx context.Context, options OwnOptions) (*Own, error) {
	own, err := LaunchOwn(options)
	if err != nil {
		return nil, err
	}
	if err := own.Await(ctx); err != nil {
		own.Close()
		return nil, err
	}
	return own, nil
}

// LaunchOwn starts torii-helper, which only root can usefully do. Where a
// helper listens already it returns nil: there is nothing to be awaited or
// closed. Await tells when it listens; by then it has undone whatever an
// earlier one left. The helper ends, and undoes everything, with Close or when
// this process ends in any way (its standard input closes).
func LaunchOwn(options OwnOptions) (*Own, error) {
	const op = "start the helper"
	options.Socket = cmp.Or(options.Socket, SocketPath())
	if listening(options.Socket) {
		return nil, nil
	}
	if options.Program == "" {
		self, err := os.Executable()
		if err != nil {
			return nil, tunnel.NewError(tunnel.CodeHelperMissing, op, err)
		}
		options.Program = filepath.Join(filepath.Dir(self), "torii-helper")
	}
	if !filepath.IsAbs(options.Program) {
		return nil, tunnel.Errorf(tunnel.CodeHelperMissing, op, "%s is no absolute path", options.Program)
	}
	own, err := start(options)
	if err != nil {
		return nil, tunnel.NewError(tunnel.CodeHelperMissing, op, err)
	}
	return own, nil
}

func start(options OwnOptions) (*Own, error) {
	args := append([]string{"--while-stdin", "--socket", options.Socket}, options.Args...)
	own := &Own{
		command: exec.Command(options.Program, args...), output: &tail{},
		listening: make(chan struct{}), exited: make(chan struct{}),
	}
	own.command.Stderr = own.output
	detach(own.command)
	said, err := own.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	lifeline, err := own.command.StdinPipe()
	if err != nil {
		said.Close()
		return nil, err
	}
	own.lifeline = lifeline
	if err := own.command.Start(); err != nil {
		return nil, err
	}
	go own.follow(said) // ends with the process, which Close waits for
	return own, nil
}

// follow notes when the helper listens and when it ends.
func (o *Own) follow(said io.Reader) {
	line := make([]byte, len(ListeningLine))
	if _, err := io.ReadFull(said, line); err == nil && string(line) == ListeningLine {
		close(o.listening)
	}
	io.Copy(io.Discard, said)
	o.exit = o.command.Wait()
	close(o.exited)
}

// Await waits until the helper listens. Waiting for a nil Own does nothing.
func (o *Own) Await(ctx context.Context) error {
	if o == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	var err error
	select {
	case <-o.listening:
		return nil
	case <-o.exited:
		err = fmt.Errorf("it ended at once (%v): %s", o.exit, o.output)
	case <-ctx.Done():
		err = fmt.Errorf("it does not listen: %w", ctx.Err())
	}
	return tunnel.NewError(tunnel.CodeHelperMissing, "start the helper", err)
}

// listening reports whether somebody answers on a socket.
func listening(socket string) bool {
	conn, err := net.DialTimeout("unix", socket, dialTime)
	if err != nil {
		return !isRefused(err) && errors.Is(err, os.ErrPermission)
	}
	conn.Close()
	return true
}

// Close ends the helper and waits until it has undone everything. Closing a
// nil Own does nothing.
func (o *Own) Close() error {
	if o == nil {
		return nil
	}
	o.stop.Do(func() { o.lifeline.Close() })
	timer := time.NewTimer(stopTime)
	defer timer.Stop()
	select {
	case <-o.exited:
		if o.exit != nil {
			return fmt.Errorf("stop the helper: %w: %s", o.exit, o.output)
		}
		return nil
	case <-timer.C:
		return errors.Join(errors.New("stop the helper: it does not end"), o.command.Process.Kill())
	}
}

// tail keeps the last words of a program.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// tailSize is how much is kept, in bytes.
const tailSize = 2048

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailSize; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

// String returns what was kept, without the last line's end.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.text))
}
