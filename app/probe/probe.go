// Package probe finds out what answers at a server's address, before a person
// saves it: the engine's own login goes as far as the gateway's first question,
// which stays unanswered. No user, password, certificate or identity of this
// device is sent, and no byte of a login to a server that is not trusted.
package probe

import (
	"context"
	"errors"
	"time"

	"torii/app/api"
	"torii/tunnel"
)

// Limit bounds a probe.
const Limit = 10 * time.Second

// op is what failed, in this package's errors.
const op = "look who answers"

// errSeen ends a login that has told enough.
var errSeen = errors.New("the probe has seen enough")

// Judge describes the certificate that a server showed, with its problems.
type Judge func(tunnel.ServerIdentity) (*tunnel.ServerCertificate, error)

// Run looks who answers where cfg leads. Only the way there is taken from cfg.
// The error has CodeCancelled where ctx ended; everything else that can go
// wrong is what the probe found.
func Run(ctx context.Context, driver tunnel.Driver, cfg tunnel.Config, judge Judge) (api.Probe, error) {
	began := time.Now()
	limited, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	var found api.Probe
	way := tunnel.Config{Protocol: cfg.Protocol, Host: cfg.Host, Port: cfg.Port, Path: cfg.Path,
		UpstreamProxy: cfg.UpstreamProxy, Dial: cfg.Dial}
	way.Verify = func(_ context.Context, server tunnel.ServerIdentity, _ tunnel.Asker) error {
		certificate, err := judge(server)
		if err != nil {
			return err
		}
		if found.Server = certificate; len(certificate.Problems) > 0 {
			return tunnel.NewError(tunnel.CodeServerCertificate, op, errSeen)
		}
		return nil
	}
	ask := func(context.Context, tunnel.Question) (tunnel.Answer, error) {
		found.Gateway = cfg.Protocol // it asked for a login: it is one
		return tunnel.Answer{}, tunnel.NewError(tunnel.CodeCancelled, op, errSeen)
	}
	login, err := driver.Login(limited, way, ask, nil)
	if ctx.Err() != nil {
		return api.Probe{}, tunnel.NewError(tunnel.CodeCancelled, op, ctx.Err())
	}
	found.Milliseconds = time.Since(began).Milliseconds()
	switch {
	case err == nil: // it lets everybody in, and is one all the same
		found.Gateway = cfg.Protocol
		return found, login.Close(limited)
	case errors.Is(err, errSeen):
	case tunnel.CodeOf(err) == tunnel.CodeClientCertificate, tunnel.CodeOf(err) == tunnel.CodeUnsupported:
		found.Gateway, found.Code = cfg.Protocol, tunnel.CodeOf(err)
	case limited.Err() != nil:
		found.Code = tunnel.CodeTimeout
	default:
		found.Code = tunnel.CodeOf(err)
	}
	return found, nil
}
