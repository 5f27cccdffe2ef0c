package app

import (
	"torii/app/api"
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
	"the practice gateway's entry comes and goes with torii --demo").WithDetail(PracticeName)

func startPractice(config gateway.Config) (*practice, error) {
	g, err := gateway.New(config)
	if err != nil {
		return nil, err
	}
	return &practice{gateway: g, entry: api.Entry{
		ID: practiceID, Name: PracticeName, Host: gateway.DefaultHost, Protocol: anyconnect.Protocol,
		User: gateway.DefaultUser, Mode: tunnel.ModeProxy, Roaming: true, UpstreamProxy: "none",
		Origin: api.OriginPractice,
	}}, nil
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
	return a.demo != nil && (ref == practiceID || ref == PracticeName)
}
