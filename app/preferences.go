package app

import (
	"context"
	"errors"

	"github.com/sirupsen/logrus"

	"torii/app/api"
	"torii/app/autostart"
	"torii/app/control"
	"torii/app/settings"
	"torii/tunnel"
)

// set changes a setting. Those that concern security are taken from trusted
// faces only (design.md, security rule 6).
func (a *App) set(_ context.Context, caller control.Caller, request api.SetSetting) (api.Setting, error) {
	present, err := a.prefs.Get(request.Key)
	if err != nil {
		return present, err
	}
	if present.Sensitive && !caller.Trusted {
		return present, tunnel.Errorf(tunnel.CodePolicy, "change the setting",
			"%s is changed in Torii's own window, or by toriictl in a terminal", request.Key)
	}
	changed, err := a.prefs.Set(request.Key, request.Value)
	if err != nil {
		return present, err
	}
	if err := a.follows(changed); err != nil {
		// What has no effect is not shown as if it had.
		_, undoErr := a.prefs.Set(present.Key, present.Value)
		return present, errors.Join(err, undoErr)
	}
	return changed, nil
}

// follows carries a change out where it has an effect at once, and makes the
// watchers look.
func (a *App) follows(changed api.Setting) error {
	if changed.Key == settings.OpenAtLogin {
		if err := autostart.Set(changed.Value == settings.On); err != nil {
			return tunnel.NewError(tunnel.CodeInternal, "change the setting", err)
		}
	}
	if changed.Key == settings.DebugLogs {
		a.chooseLogLevel()
	}
	words, err := a.prefs.Words()
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if changed.Key == settings.Language {
		a.words = words
	}
	a.touch()
	return nil
}

// chooseLogLevel logs everything while the person wants debug logs, and what
// the program was started with otherwise.
func (a *App) chooseLogLevel() {
	if a.prefs.On(settings.DebugLogs) {
		a.options.Log.SetLevel(logrus.DebugLevel)
		return
	}
	a.options.Log.SetLevel(a.quiet)
}
