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
	// known to be the agent's own (design.md, security rule 6), and calls left
	// when the window has said its last word.
	serve func(conn *net.UnixConn, left func())
	// arguments are what the program begins with.
	arguments func() []string
	log       logrus.FieldLogger

	mu      sync.Mutex
	command *exec.Cmd     // nil while it is closed
	ended   chan struct{} // closed when command has ended
	leaving bool          // it has said its last word and has not ended yet
	again   bool          // it is wanted once more after that
	closed  bool
}

func newWindow(serve func(conn *net.UnixConn, left func()), arguments func() []string, log logrus.FieldLogger) *window {
	return &window{serve: serve, arguments: arguments, log: log}
}

// serveWindow is window.serve of the agent.
func (a *Agent) serveWindow(conn *net.UnixConn, left func()) {
	a.server.ServeConn(a.serving, conn, true, left)
}

// windowArguments have the window begin as the person left it.
func (a *Agent) windowArguments() []string {
	place := a.app.WindowPlace()
	var arguments []string
	if place.Width > 0 && place.Height > 0 {
		arguments = append(arguments, fmt.Sprintf("--size=%dx%d", place.Width, place.Height))
	}
	if place.Page != "" {
		arguments = append(arguments, "--page="+place.Page)
	}
	return arguments
}

// open starts the program unless it runs. One that is just being closed is
// started again when it has ended.
func (w *window) open() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.start()
}

// start is open; w.mu is held.
func (w *window) start() error {
	if w.command != nil || w.closed {
		w.again = w.leaving
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
	command := exec.Command(program, w.arguments()...)
	command.ExtraFiles = []*os.File{theirs} // becomes descriptor 3
	command.Env = append(os.Environ(), api.SocketVariable+"="+strconv.Itoa(3))
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	if err := command.Start(); err != nil {
		mine.Close()
		return fmt.Errorf("start the window: %w", err)
	}
	ended := make(chan struct{})
	w.command, w.ended, w.leaving = command, ended, false
	w.serve(mine, func() { w.left(command) })
	go func() { // ends with the program, which close waits for
		err := command.Wait()
		close(ended)
		w.gone(err)
	}()
	return nil
}

// left notes that the window of that program has said its last word.
func (w *window) left(command *exec.Cmd) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leaving = w.leaving || w.command == command
}

// gone notes that the program has ended, and starts it again where somebody
// asked for it meanwhile.
func (w *window) gone(cause error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if cause != nil {
		w.log.WithError(cause).Warn("the window ended with an error")
	}
	again := w.again
	w.command, w.leaving, w.again = nil, false, false
	if !again {
		return
	}
	if err := w.start(); err != nil {
		w.log.WithError(err).Error("the window does not open")
	}
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
