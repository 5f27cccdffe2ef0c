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

// Run starts the agent and keeps it until ctx ends or a face asks it to end.
// Where one runs already that one opens its window and Run returns nil.
// hidden starts without the window, unless there is no tray to reach it by.
func Run(ctx context.Context, options Options, hidden bool, tray Tray) error {
	a, err := Start(options)
	if errors.Is(err, ErrRunning) {
		return raise(ctx, hidden, options.Practice != nil)
	}
	if err != nil {
		return err
	}
	if !hidden {
		a.OpenWindow()
	}
	a.connectWhenOpened(ctx)
	showing, hide := context.WithCancel(ctx)
	var shown sync.WaitGroup
	shown.Go(func() { a.showTray(showing, tray) })
	shown.Go(func() { a.showNotices(showing) })
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

// raise asks the agent that runs for its window.
func raise(ctx context.Context, hidden, practice bool) error {
	client, err := api.Connect(ctx, "torii")
	if err != nil {
		return err
	}
	defer client.Close()
	if practice {
		watching, cancel := context.WithCancel(ctx)
		defer cancel()
		if state := <-client.Watch(watching); state.Practice == nil {
			return errOtherAgent
		}
	}
	if hidden {
		return nil
	}
	return client.Call(ctx, api.MethodOpenWindow, api.OpenWindowRequest{}, nil)
}
