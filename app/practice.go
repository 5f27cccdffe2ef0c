package app

import (
	"context"
	"fmt"

	"torii/app/api"
	"torii/app/control"
	"torii/certstore/verify"
	"torii/tunnel"
	"torii/tunnel/anyconnect"
	"torii/tunnel/gateway"
)

// PracticeName is the name of the practice gateway's entry.
const PracticeName = "Practice gateway"

// practiceID is its ID; saved entries have random ones.
const practiceID = "practice"

// practice is the gateway in this process.
type practice struct {
	gateway *gateway.Gateway
	entry   api.Entry
}

// errPracticeEntry: the entry is made at each start.
var errPracticeEntry = tunnel.Errorf(tunnel.CodePolicy, "change the connection",
	"the practice gateway's entry is made anew at each start").WithDetail(PracticeName)

// startPractice starts the practice gateway unless it runs, and makes its entry
// the active one. It does nothing before somebody connects there.
func (a *App) startPractice(config gateway.Config) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return tunnel.Errorf(tunnel.CodeCancelled, "start the practice gateway", "Torii is ending")
	}
	if a.demo.Load() == nil {
		g, err := gateway.New(config)
		if err != nil {
			return fmt.Errorf("start the practice gateway: %w", err)
		}
		a.demo.Store(&practice{gateway: g, entry: api.Entry{
			ID: practiceID, Name: PracticeName, Host: gateway.DefaultHost, Protocol: anyconnect.Protocol,
			User: gateway.DefaultUser, Mode: tunnel.ModeProxy, Roaming: true, UpstreamProxy: "none",
			Origin: api.OriginPractice,
		}})
	}
	a.active = practiceID
	a.touch()
	return nil
}

// closePractice ends the practice gateway and keeps it from being started again.
func (a *App) closePractice() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	if demo := a.demo.Load(); demo != nil {
		demo.gateway.Close()
	}
}

// practise is torii --demo for an agent that runs already: the practice gateway
// is there until that ends.
func (a *App) practise(context.Context, control.Caller, none) error {
	return a.startPractice(gateway.Config{Log: a.options.Log})
}

// configure leads a connection into this process. Only the practice gateway's
// own authority is added, and only for this connection.
func (p *practice) configure(cfg *tunnel.Config, authorities *verify.Authorities) {
	cfg.Dial = p.gateway.Dial
	authorities.Add(p.gateway.CA())
}

// words are the practice gateway's credentials, which are no secret.
func (p *practice) words() *api.Practice {
	return &api.Practice{
		Entry: p.entry.Name, User: gateway.DefaultUser, Password: gateway.DefaultPassword, Page: p.gateway.Page(),
	}
}

// isPractice reports whether ref means the practice gateway's entry.
func (a *App) isPractice(ref string) bool {
	return a.demo.Load() != nil && (ref == practiceID || ref == PracticeName)
}
