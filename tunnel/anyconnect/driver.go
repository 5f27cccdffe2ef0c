// Package anyconnect is the driver of the AnyConnect protocol: it logs in to a
// gateway and opens tunnels (draft-mavrogiannopoulos-openconnect; the facts
// are tested against ocserv). The packets are carried by its rooms cstp, dtls
// and channel; the login's XML is authform's.
package anyconnect

import (
	"context"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
)

// Protocol is the driver's name in an entry.
const Protocol = "anyconnect"

// DefaultPort is where gateways listen, TCP and UDP.
const DefaultPort = 443

// Driver logs in to AnyConnect gateways.
type Driver struct {
	log logrus.FieldLogger
}

var _ tunnel.Driver = (*Driver)(nil)

// New makes a driver; log may be nil.
func New(log logrus.FieldLogger) *Driver {
	if log == nil {
		quiet := logrus.New()
		quiet.SetLevel(logrus.PanicLevel)
		log = quiet
	}
	return &Driver{log: log}
}

// Login implements tunnel.Driver.
func (d *Driver) Login(ctx context.Context, cfg tunnel.Config, ask tunnel.Asker, progress func(tunnel.Phase)) (tunnel.Login, error) {
	if cfg.Port == 0 {
		cfg.Port = DefaultPort
	}
	if progress == nil {
		progress = func(tunnel.Phase) {}
	}
	g := newGateway(cfg, ask, progress, d.log)
	l := &login{gateway: g, ctx: ctx, group: cfg.Group}
	if err := l.run(); err != nil {
		g.disconnect()
		return nil, err
	}
	return &session{driver: d, cfg: g.cfg, ask: ask, cookie: l.cookie, banner: l.banner, peer: g.peer, idle: g.link}, nil
}
