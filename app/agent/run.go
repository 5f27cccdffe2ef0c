package agent

import (
	"context"
	"errors"
	"sync"

	"torii/app/api"
	"torii/app/settings"
)

// Tray shows an icon until ctx ends. It tells shown whether a panel shows it.
type Tray func(ctx context.Context, face api.Agent, shown func(bool)) error

// Begin is how a start of torii was meant.
type Begin struct {
	// Hidden starts without the window, unless there is no tray to reach it by.
	Hidden bool
	// Arguments are links and files to open. One may hold a password.
	Arguments []string
}

// Run starts the agent and keeps it until ctx ends or a face asks it to end.
// Where one runs already that one gets the arguments, or opens its window where
// there are none. An error is an *Unopened where it did not open them.
func Run(ctx context.Context, options Options, begin Begin, tray Tray) error {
	a, err := Start(options)
	if errors.Is(err, ErrRunning) {
		return raise(ctx, begin, options.Practice != nil)
	}
	if err != nil {
		return err
	}
	if !begin.Hidden {
		a.OpenWindow()
	}
	a.connectWhenOpened(ctx)
	showing, hide := context.WithCancel(ctx)
	var shown sync.WaitGroup
	shown.Go(func() { a.showTray(showing, tray) })
	shown.Go(func() { a.showNotices(showing) })
	shown.Go(func() { a.openGiven(showing, begin.Arguments) })
	select {
	case <-ctx.Done():
	case <-a.Done():
	}
	hide()
	shown.Wait()
	return a.Close()
}

// connectWhenOpened connects the active entry where the person has set it so.
func (a *Agent) connectWhenOpened(ctx context.Context) {
	state := first(ctx, a.Face())
	if state.Active == "" || state.Setting(settings.ConnectWhenOpened) != settings.On {
		return
	}
	if err := a.Face().Call(ctx, api.MethodConnect, api.ConnectRequest{}, nil); err != nil {
		a.log.WithError(err).Warn("connecting at the start did not work")
	}
}

// showTray shows the icon. Where nothing can show it the window is opened, so
// that nobody loses the program.
func (a *Agent) showTray(ctx context.Context, tray Tray) {
	err := tray(ctx, a.Face(), func(shown bool) {
		a.app.NoteTray(shown)
		if !shown {
			a.OpenWindow()
		}
	})
	if err != nil && ctx.Err() == nil {
		a.log.WithError(err).Warn("there is no icon in the panel; start torii again to see the window")
		a.OpenWindow()
	}
}

// errOtherAgent: a practice gateway lives in the agent that was started with it.
var errOtherAgent = errors.New("torii is running already, without the practice gateway: quit it, then start torii --demo again")

// raise hands the arguments to the agent that runs, or asks for its window.
func raise(ctx context.Context, begin Begin, practice bool) error {
	client, err := api.Connect(ctx, "torii")
	if err != nil {
		return err
	}
	defer client.Close()
	state := first(ctx, client)
	if practice && state.Practice == nil {
		return errOtherAgent
	}
	if len(begin.Arguments) > 0 {
		return handOver(ctx, client, begin.Arguments, state.Language)
	}
	if begin.Hidden {
		return nil
	}
	return client.Call(ctx, api.MethodOpenWindow, api.OpenWindowRequest{}, nil)
}
