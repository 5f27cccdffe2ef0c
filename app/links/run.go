package links

import (
	"context"

	"torii/app/api"
	"torii/app/consent"
	"torii/tunnel"
)

// The values of the setting External Control (000).
const (
	controlEnabled = "enabled"
	controlPrompt  = "prompt"
)

// Torii is what a link may do. Its methods' errors carry codes for a person.
type Torii interface {
	// Control is the setting External Control: "enabled", "disabled", "prompt".
	Control() string
	// Allow asks the person, as consent.Queue.Ask does.
	Allow(ctx context.Context, request consent.Request) (bool, error)
	// Find looks a connection up by its name; CodeNotFound where there is none.
	Find(name string) (api.Entry, error)
	// Known looks for a saved connection to the gateway of target.
	Known(target api.Entry) (api.Entry, bool)
	// Add saves a connection.
	Add(entry api.Entry) error
	// Connect begins to connect an entry, which need not be a saved one, and
	// fills the login form in.
	Connect(ctx context.Context, entry api.Entry, prefill map[string]tunnel.Secret) error
	// Disconnect ends the connection.
	Disconnect()
	// Show brings the window forward.
	Show() error
}

const op = "carry the link out"

// Run carries a link out, as far as the setting and the person allow it.
// CodePolicy: links are switched off. CodeCancelled: the person said no.
// CodeTimeout: nobody answered. CodeUnsupported: what this version cannot do.
func Run(ctx context.Context, torii Torii, link *Link) error {
	switch link.Action {
	case ActionCreate:
		return create(ctx, torii, link)
	case ActionConnect:
		return connect(ctx, torii, link)
	case ActionDisconnect:
		if err := allow(ctx, torii, consent.Request{Action: api.ConsentDisconnect}, false); err != nil {
			return err
		}
		torii.Disconnect()
		return nil
	case ActionClose:
		return torii.Show()
	}
	// Whether links are allowed at all is said first: it is what a person can change.
	if err := allowed(torii); err != nil {
		return err
	}
	what := map[Import]string{ImportCertificate: "certificates", ImportLocalization: "localization files", ImportProfile: "profiles"}[link.Import]
	return tunnel.Errorf(tunnel.CodeUnsupported, op, "a link cannot import %s yet", what).WithDetail("import of " + what)
}

// create saves a connection to a new host; the person is asked even where links
// are enabled (design.md, security rule 9).
func create(ctx context.Context, torii Torii, link *Link) error {
	if err := allowed(torii); err != nil {
		return err
	}
	if taken, err := torii.Find(link.Entry.Name); err == nil {
		return tunnel.Errorf(tunnel.CodeInvalid, op, "there is a connection %q already", taken.Name).WithDetail(taken.Name)
	}
	if err := allow(ctx, torii, consent.Request{Action: api.ConsentCreate, Host: place(link.Entry)}, true); err != nil {
		return err
	}
	return torii.Add(link.Entry)
}

// connect connects a saved connection, or, after a question in any case, a
// gateway that is not saved. Only the first is given a password: the person
// has dealt with that gateway before.
func connect(ctx context.Context, torii Torii, link *Link) error {
	if err := allowed(torii); err != nil {
		return err
	}
	entry, saved, err := link.gateway(torii)
	if err != nil {
		return err
	}
	prefill := link.Prefill
	if user, ok := prefill["username"]; ok && !saved {
		entry.User = user.Reveal()
	}
	if !saved {
		prefill = nil
	}
	if err := allow(ctx, torii, consent.Request{Action: api.ConsentConnect, Host: place(entry)}, !saved); err != nil {
		return err
	}
	return torii.Connect(ctx, entry, prefill)
}

// gateway is whom a link connects to.
func (l *Link) gateway(torii Torii) (entry api.Entry, saved bool, err error) {
	if l.Name != "" {
		entry, err = torii.Find(l.Name)
		return entry, true, err
	}
	if entry, saved = torii.Known(l.Target); saved {
		return entry, true, nil
	}
	return l.Target, false, nil
}

// allowed refuses where links are switched off.
func allowed(torii Torii) error {
	if control := torii.Control(); control != controlEnabled && control != controlPrompt {
		return tunnel.Errorf(tunnel.CodePolicy, op, "the setting External Control is %s", control).WithDetail("External Control")
	}
	return nil
}

// allow lets a request pass that the setting allows, or the person; always is
// for what needs the person in any case.
func allow(ctx context.Context, torii Torii, request consent.Request, always bool) error {
	if err := allowed(torii); err != nil {
		return err
	}
	if torii.Control() == controlEnabled && !always {
		return nil
	}
	yes, err := torii.Allow(ctx, request)
	if err == nil && !yes {
		err = tunnel.Errorf(tunnel.CodeCancelled, op, "the person said no")
	}
	return err
}
