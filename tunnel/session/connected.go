package session

import (
	"context"
	"time"

	"torii/tunnel"
)

// serving is a transport that carries packets.
type serving struct {
	transport tunnel.Transport
	cancel    context.CancelFunc
	ended     chan error // why, once
}

// serve lets a transport carry packets, in place of the one before.
func (c *connection) serve(transport tunnel.Transport) *serving {
	ctx, cancel := context.WithCancel(context.Background())
	s := &serving{transport: transport, cancel: cancel, ended: make(chan error, 1)}
	pump := c.pump
	go func() { s.ended <- transport.Serve(ctx, pump.Deliver) }()
	pump.Attach(transport)
	return s
}

// stop ends a transport and waits for it.
func (s *serving) stop(end tunnel.EndReason) {
	s.transport.Close(end)
	s.cancel()
	<-s.ended
}

// stayConnected is the state connected. It returns why it ended, or nil after
// a transport was replaced.
func (c *connection) stayConnected() error {
	c.showConnected()
	var limit <-chan time.Time
	if c.settings.SessionTimeout > 0 {
		timer := time.NewTimer(c.settings.SessionTimeout)
		defer timer.Stop()
		limit = timer.C
	}
	for {
		select {
		case <-c.ctx.Done():
			return c.ctx.Err()
		case err := <-c.serving.ended:
			c.serving.ended <- err // for stop
			return err
		case err := <-c.pumped:
			c.pumped <- err
			return tunnel.NewError(tunnel.CodeNetworkSetup, "read packets of this machine", err)
		case <-c.attachment.Lost():
			c.detach()
			return tunnel.Errorf(tunnel.CodeConnectionLost, "serve tunnel", "this machine's side of the tunnel is gone")
		case <-c.opts.Disturbances:
			return tunnel.Errorf(tunnel.CodeConnectionLost, "serve tunnel", "this machine's network changed")
		case <-c.serving.transport.RekeyDue():
			return c.rekey()
		case <-c.serving.transport.Changed():
			c.followPath()
			c.showConnected()
		case <-limit:
			// The gateway is about to say so itself; the person hears it either way.
			limit = nil
			c.opts.Log.Info("the session's time limit is reached")
		}
	}
}

// rekey opens a new tunnel while the old one carries packets, and changes over.
func (c *connection) rekey() error {
	next, err := c.openTransport()
	if err != nil {
		return err
	}
	old := c.serving
	if err := c.attach(next); err != nil {
		next.Close(tunnel.EndKeepSession)
		return err
	}
	c.serving = c.serve(next)
	c.draining.Go(func() {
		select {
		case <-time.After(drainTime):
		case <-c.ctx.Done():
		}
		old.stop(tunnel.EndKeepSession)
	})
	return nil
}

// followPath gives the device the MTU that the path carries now.
func (c *connection) followPath() {
	mtu := c.serving.transport.Status().MTU
	if mtu == 0 || mtu == c.settings.MTU {
		return
	}
	settings := *c.settings
	settings.MTU = mtu
	if err := c.attachment.Update(c.ctx, settings); err != nil {
		c.opts.Log.WithError(err).Warn("the tunnel's MTU could not be changed")
		return
	}
	c.settings = &settings
}

// showConnected puts everything that is known of the connection up.
func (c *connection) showConnected() {
	status, info := c.serving.transport.Status(), c.attachment.Info()
	settings := c.settings
	c.board.update(func(s *tunnel.Snapshot) {
		if s.State != tunnel.StateConnected {
			s.Phase, s.Error = "", nil
			if s.Since.IsZero() {
				s.Since = time.Now()
			}
		}
		s.State = tunnel.StateConnected
		s.Transport, s.Cipher, s.MTU = status.Transport, status.Cipher, status.MTU
		s.LocalEndpoint, s.GatewayEndpoint = "", ""
		if status.Local.IsValid() {
			s.LocalEndpoint, s.GatewayEndpoint = status.Local.String(), status.Gateway.String()
		}
		s.Addresses, s.DNS = texts(settings.Addresses), texts(settings.DNS)
		s.SearchDomains, s.Banner = settings.SearchDomains, settings.Banner
		s.SecureRoutes, s.NonSecureRoutes = texts(info.Secure), texts(info.NonSecure)
		s.Interface, s.Proxy = info.Device, ""
		if info.Proxy.IsValid() {
			s.Proxy = info.Proxy.String()
		}
	})
}

// texts renders values for a snapshot.
func texts[T interface{ String() string }](values []T) []string {
	var out []string
	for _, v := range values {
		out = append(out, v.String())
	}
	return out
}
