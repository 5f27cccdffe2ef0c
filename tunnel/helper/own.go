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
	pollTime  = 20 * time.Millisecond
)

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
	command  *exec.Cmd
	lifeline io.Closer
	output   *tail
	exited   chan struct{}
	exit     error // set when exited is closed
	stop     sync.Once
}

// StartOwn makes sure that a helper listens. Where one does already it returns
// nil: there is nothing to be closed. Else it starts torii-helper, which only
// root can usefully do, and waits until it listens; having started it also
// undoes whatever an earlier one left. The helper ends, and undoes everything,
// with Close or when this process ends in any way (its standard input closes).
func StartOwn(ctx context.Context, options OwnOptions) (*Own, error) {
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
	if err := own.await(ctx, options.Socket); err != nil {
		own.Close()
		return nil, tunnel.NewError(tunnel.CodeHelperMissing, op, err)
	}
	return own, nil
}

func start(options OwnOptions) (*Own, error) {
	args := append([]string{"--while-stdin", "--socket", options.Socket}, options.Args...)
	own := &Own{command: exec.Command(options.Program, args...), output: &tail{}, exited: make(chan struct{})}
	own.command.Stderr = own.output
	detach(own.command)
	lifeline, err := own.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	own.lifeline = lifeline
	if err := own.command.Start(); err != nil {
		return nil, err
	}
	go func() { // ends with the process, which Close waits for
		own.exit = own.command.Wait()
		close(own.exited)
	}()
	return own, nil
}

// await waits until the helper listens.
func (o *Own) await(ctx context.Context, socket string) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	ticker := time.NewTicker(pollTime)
	defer ticker.Stop()
	for !listening(socket) {
		select {
		case <-ticker.C:
		case <-o.exited:
			return fmt.Errorf("it ended at once (%v): %s", o.exit, o.output)
		case <-ctx.Done():
			return fmt.Errorf("it does not listen: %w", ctx.Err())
		}
	}
	return nil
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
