package agent

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"torii/app/api"
)

// windowGrace is how long the window may take to end when the agent does.
const windowGrace = 3 * time.Second

// window starts the window's program and knows whether it is open.
type window struct {
	// serve takes the agent's end of the socket pair, by which the window is
	// known to be the agent's own (design.md, security rule 6).
	serve func(conn *net.UnixConn)
	log   logrus.FieldLogger

	mu      sync.Mutex
	command *exec.Cmd     // nil while it is closed
	ended   chan struct{} // closed when command has ended
	closed  bool
}

func newWindow(serve func(conn *net.UnixConn), log logrus.FieldLogger) *window {
	return &window{serve: serve, log: log}
}

// serveWindow is window.serve of the agent.
func (a *Agent) serveWindow(conn *net.UnixConn) { a.server.ServeConn(a.serving, conn, true) }

// open starts the program unless it runs.
func (w *window) open() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.command != nil || w.closed {
		return nil
	}
	program, err := sibling(windowProgram)
	if err != nil {
		return err
	}
	mine, theirs, err := socketPair()
	if err != nil {
		return err
	}
	defer theirs.Close()
	command := exec.Command(program)
	command.ExtraFiles = []*os.File{theirs} // becomes descriptor 3
	command.Env = append(os.Environ(), api.SocketVariable+"="+strconv.Itoa(3))
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	if err := command.Start(); err != nil {
		mine.Close()
		return fmt.Errorf("start the window: %w", err)
	}
	ended := make(chan struct{})
	w.command, w.ended = command, ended
	w.serve(mine)
	go func() { // ends with the program, which close waits for
		if err := command.Wait(); err != nil {
			w.log.WithError(err).Warn("the window ended with an error")
		}
		w.mu.Lock()
		w.command = nil
		w.mu.Unlock()
		close(ended)
	}()
	return nil
}

// close ends the program and keeps it from being opened again.
func (w *window) close() {
	w.mu.Lock()
	command, ended := w.command, w.ended
	w.closed = true
	w.mu.Unlock()
	if command == nil {
		return
	}
	command.Process.Signal(os.Interrupt) // it may have ended meanwhile
	select {
	case <-ended:
	case <-time.After(windowGrace):
		command.Process.Kill()
		<-ended
	}
}

// sibling is the absolute path of a program that came with this one.
func sibling(name string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the window's program: %w", err)
	}
	path := filepath.Join(filepath.Dir(self), name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("find the window's program: %w", err)
	}
	return path, nil
}
