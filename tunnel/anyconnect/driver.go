// Package anyconnect is the driver of the AnyConnect protocol: it logs in to a
// gateway and opens tunnels (draft-mavrogiannopoulos-openconnect; the facts
// are tested against ocserv). The packets are carried by its rooms cstp, dtls
// and channel; the login's XML is authform's.
package anyconnect

import (
	"context"
	"time"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
)

// Protocol is the driver's name in an entry.
const Protocol = "anyconnect"

// DefaultPort is where gateways listen, TCP and UDP.
const DefaultPort = 443

// Driver logs in to AnyConnect gateways.
type Driver struct {
	log   logrus.FieldLogger
	times times
}

// times bound the work with a gateway.
type times struct {
	// patience is what a gateway may take for everything between two answers
	// of a person: a push to a telephone has to be approved within it, and no
	// gateway holds us up for half a minute.
	patience time.Duration
	// dial bounds TCP to one place, peer to one that is known, and handshake
	// TLS on it. The time that a person takes to decide about a certificate
	// does not count.
	dial, peer, handshake time.Duration
}

var _ tunnel.Driver = (*Driver)(nil)

// New makes a driver; log may be nil.
func New(log logrus.FieldLogger) *Driver {
	if log == nil {
		quiet := logrus.New()
		quiet.SetLevel(logrus.PanicLevel)
		log = quiet
	}
	return &Driver{log: log, times: times{
		patience: 28 * time.Second, dial: 10 * time.Second, peer: 5 * time.Second, handshake: 10 * time.Second,
	}}
}

// Login implements tunnel.Driver.
func (d *Driver) Login(ctx context.Context, cfg tunnel.Config, ask tunnel.Asker, progress func(tunnel.Phase)) (tunnel.Login, error) {
	if cfg.Port == 0 {
		cfg.Port = DefaultPort
	}
	if progress == nil {
		progress = func(tunnel.Phase) {}
	}
	g := newGateway(d, cfg, ask, progress)
	l := &login{gateway: g, ctx: ctx, group: cfg.Group}
	if err := l.run(); err != nil {
		g.disconnect()
		return nil, err
	}
	return &session{driver: d, cfg: g.cfg, ask: ask, cookie: l.cookie, banner: l.banner, peer: g.peer, idle: g.link}, nil
}
