package app

import (
	"context"
	"fmt"
	"path/filepath"

	"torii/app/api"
	"torii/app/control"
	"torii/app/jsonfile"
	"torii/tunnel"
)

// placeVersion is the version of the file that keeps the window's place.
const placeVersion = 1

type placeFile struct {
	Version int `json:"version"`
	api.WindowPlace
}

func (a *App) placePath() string { return filepath.Join(a.options.Dirs.State, "window.json") }

// WindowPlace is how the person left the window last, within the bounds of
// checkPlace. One that cannot be read may be lost: the zero value begins anew.
func (a *App) WindowPlace() api.WindowPlace {
	a.placing.Lock()
	defer a.placing.Unlock()
	var kept placeFile
	err := jsonfile.Read(a.placePath(), placeVersion, &kept)
	if err == nil && kept.Version != 0 {
		err = checkPlace(kept.WindowPlace)
	}
	if err != nil {
		a.options.Log.WithError(err).Warn("the window begins as if it were the first time")
		return api.WindowPlace{}
	}
	return kept.WindowPlace
}

// placeWindow keeps how the person left the window.
func (a *App) placeWindow(_ context.Context, _ control.Caller, place api.WindowPlace) error {
	if err := checkPlace(place); err != nil {
		return tunnel.NewError(tunnel.CodeInvalid, "keep the window's place", err)
	}
	a.placing.Lock()
	defer a.placing.Unlock()
	if err := jsonfile.Write(a.placePath(), placeFile{placeVersion, place}); err != nil {
		return tunnel.NewError(tunnel.CodeInternal, "keep the window's place", err)
	}
	return nil
}

// checkPlace holds what becomes the window's arguments within bounds. How large
// it may be on its screen, and which pages there are, the window knows.
func checkPlace(place api.WindowPlace) error {
	const most = 1 << 15 // no display is larger
	if place.Width < 0 || place.Width > most || place.Height < 0 || place.Height > most {
		return fmt.Errorf("%d x %d is no size of a window", place.Width, place.Height)
	}
	return checkPage(place.Page)
}

// checkPage holds the name of a page within bounds; "" is none.
func checkPage(page string) error {
	const longest = 32
	if len(page) > longest {
		return fmt.Errorf("a page's name has %d letters", len(page))
	}
	for _, r := range page {
		if r < 'a' || r > 'z' {
			return fmt.Errorf("%q is no name of a page", page)
		}
	}
	return nil
}
