package app

import (
	"context"

	"torii/app/api"
	"torii/app/consent"
	"torii/app/control"
	"torii/app/links"
	"torii/app/settings"
	"torii/tunnel"
	"torii/tunnel/anyconnect"
)

// OpenLink carries a link out, as far as the setting External Control and the
// person allow it: links.Parse and links.Run have the errors. It returns when
// what the link wants has begun.
func (a *App) OpenLink(ctx context.Context, text string) error {
	link, err := links.Parse(text)
	if err != nil {
		return err
	}
	return links.Run(ctx, linked{a}, link)
}

func (a *App) openLink(ctx context.Context, _ control.Caller, request api.LinkRequest) error {
	return a.OpenLink(ctx, request.Link)
}

// linked is the App as a link may use it.
type linked struct{ app *App }

func (l linked) Control() string {
	setting, err := l.app.prefs.Get(settings.ExternalControl)
	if err != nil {
		return "" // which allows nothing
	}
	return setting.Value
}

func (l linked) Allow(ctx context.Context, request consent.Request) (bool, error) {
	return l.app.Allow(ctx, request)
}

func (l linked) Find(name string) (api.Entry, error) { return l.app.find(name) }

// Known finds the saved connection to the gateway of target; a group is a
// gateway of its own.
func (l linked) Known(target api.Entry) (api.Entry, bool) {
	list, _ := l.app.list()
	for _, e := range list {
		if e.Host == target.Host && port(e) == port(target) && e.Path == target.Path {
			return e, true
		}
	}
	return api.Entry{}, false
}

// port is where an entry's gateway listens.
func port(e api.Entry) uint16 {
	if e.Port == 0 {
		return anyconnect.DefaultPort
	}
	return e.Port
}

func (l linked) Add(entry api.Entry) error {
	_, err := l.app.entries.Add(entry)
	if err == nil {
		l.app.changedEntries()
	}
	return err
}

func (l linked) Connect(ctx context.Context, entry api.Entry, prefill map[string]tunnel.Secret) error {
	return l.app.start(ctx, entry, false, prefill)
}

func (l linked) Disconnect() { l.app.session.Disconnect() }

func (l linked) Show() error { return l.app.ShowWindow("") }
