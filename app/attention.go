package app

import (
	"context"
	"time"

	"torii/app/api"
	"torii/app/control"
	"torii/tunnel"
)

// ShowWindow brings the window forward with a page ("" leaves it alone), and
// starts it where none is open. There must be one (Options.OpenWindow).
func (a *App) ShowWindow(page string) error { return a.show(page, nil) }

// ShowUnopened brings the window forward with why something was not opened.
func (a *App) ShowUnopened(why tunnel.Failure) error { return a.show("home", &why) }

func (a *App) show(page string, why *tunnel.Failure) error {
	a.mu.Lock()
	a.raise++
	a.page, a.why = page, why
	a.touch()
	a.mu.Unlock()
	return a.options.OpenWindow()
}

func (a *App) openWindow(_ context.Context, _ control.Caller, request api.OpenWindowRequest) error {
	if a.options.OpenWindow == nil {
		return tunnel.Errorf(tunnel.CodeUnsupported, "open the window",
			"toriictl holds this connection and has no window; start torii instead")
	}
	if err := checkPage(request.Page); err != nil { // it stands in every State from now on
		return tunnel.NewError(tunnel.CodeInvalid, "open the window", err)
	}
	return a.ShowWindow(request.Page)
}

func (a *App) quit(_ context.Context, _ control.Caller, request api.QuitRequest) error {
	switch {
	case a.options.Quit == nil:
		a.session.Disconnect()
	case !request.Ask || !a.asksToQuit():
		a.options.Quit()
	}
	return nil
}

// askOnce is how long the question whether to quit is not asked again.
const askOnce = 30 * time.Second

// asksToQuit has the window ask whether to quit, and reports whether it does.
// It does not where nothing is lost by quitting, where the window cannot be
// started, and where the person was asked just now and insists: a window that
// does not come must not keep them from quitting.
func (a *App) asksToQuit() bool {
	s := a.session.Snapshot()
	up := s.State.Up() || s.State == tunnel.StateReconnecting && s.Question == nil
	if !up || a.options.OpenWindow == nil {
		return false
	}
	a.mu.Lock()
	insists := time.Since(a.asked) < askOnce
	a.asked = time.Now()
	a.mu.Unlock()
	if insists {
		return false
	}
	if err := a.ShowWindow(api.PageQuit); err != nil {
		a.options.Log.WithError(err).Warn("nobody can be asked whether to quit, so the connection ends")
		return false
	}
	return true
}
