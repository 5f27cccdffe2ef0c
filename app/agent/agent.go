// Package agent is the process that lives in the tray: the App, its control
// socket, the window that it starts when somebody wants to look, and the rule
// that one runs for each user. It knows no tray and no toolkit; its command
// puts those beside it.
package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"torii/app"
	"torii/app/api"
	"torii/app/control"
	"torii/app/harden"

	"torii/app/paths"
	"torii/tunnel/gateway"
	"torii/tunnel/wire"
)

// ErrRunning means that this user's agent runs already.
var ErrRunning = errors.New("torii is running already")

// windowProgram is the name of the window's program, and of it as a face.
const windowProgram = "torii-window"

// callGrace is how long calls may take to end when the agent does.
const callGrace = 5 * time.Second

// Options make an Agent.
type Options struct {
	Dirs     paths.Dirs
	Practice *gateway.Config // nil for none
	Log      *logrus.Logger
	// Opener opens what a start of torii was given; nil opens links only.
	Opener Opener
}

// Agent is the running agent.
type Agent struct {
	app      *app.App
	opener   Opener
	table    *control.Table
	server   *control.Server
	listener *wire.Listener
	window   *window
	log      logrus.FieldLogger

	serving context.Context
	cancel  context.CancelFunc
	work    sync.WaitGroup
	quit    chan struct{}
	quitter sync.Once
}

// Start starts the agent. ErrRunning means that another one answers.
func Start(options Options) (*Agent, error) {
	if err := harden.NoDump(); err != nil {
		return nil, err
	}
	listener, err := wire.Listen(api.SocketPath(), wire.ListenOptions{})
	if errors.Is(err, wire.ErrInUse) {
		return nil, ErrRunning
	}
	if err != nil {
		return nil, err
	}
	a := &Agent{log: options.Log, listener: listener, quit: make(chan struct{})}
	a.serving, a.cancel = context.WithCancel(context.Background())
	a.window = newWindow(a.serveWindow, a.windowArguments, options.Log)
	a.app, err = app.New(app.Options{
		Dirs: options.Dirs, Practice: options.Practice, Log: options.Log,
		OpenWindow: a.window.open, HasFace: a.hasFace, Quit: a.endSoon,
	})
	if err != nil {
		a.cancel()
		listener.Close()
		return nil, fmt.Errorf("start the agent: %w", err)
	}
	if a.opener = options.Opener; a.opener == nil {
		a.opener = linkOpener{a.app}
	}
	a.table = a.app.Table()
	a.table.Methods[api.MethodOpen] = control.Do(a.open)
	a.server = control.NewServer(a.table, options.Log)
	a.work.Go(func() {
		if err := a.server.Serve(a.serving, listener); err != nil {
			a.log.WithError(err).Error("the control socket is not served any more")
			a.endSoon()
		}
	})
	return a, nil
}

// Face is the agent as a face in this process sees it: the tray.
func (a *Agent) Face() api.Agent { return &control.Local{Table: a.table, Program: "torii"} }

// Done is closed when a face has asked the agent to end.
func (a *Agent) Done() <-chan struct{} { return a.quit }

func (a *Agent) endSoon() { a.quitter.Do(func() { close(a.quit) }) }

// OpenWindow brings the window to the front, and starts it where none is open.
func (a *Agent) OpenWindow() {
	if err := a.app.ShowWindow(""); err != nil {
		a.log.WithError(err).Error("the window does not open")
	}
}

// hasFace reports whether somebody is there who can answer any question: the
// agent's own window, or a terminal's toriictl that connects.
func (a *Agent) hasFace() bool {
	return a.server.Faces(windowProgram, true) > 0 || a.server.Faces(api.ProgramConnect, true) > 0
}

// Close disconnects, gives the network back, ends the window and stops serving.
// A call that does not end with its context (a file on a server that is gone)
// is left behind.
func (a *Agent) Close() error {
	err := a.app.Close()
	a.window.close()
	a.cancel()
	served := make(chan struct{})
	go func() { // ends with the last call, or with the process
		a.work.Wait()
		close(served)
	}()
	select {
	case <-served:
	case <-time.After(callGrace):
		a.log.Error("a call does not end; torii ends without it")
	}
	return err
}
