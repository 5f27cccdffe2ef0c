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
	ended     chan struct{} // closed when Serve returned
	cause     error         // why, after that
}

// serve lets a transport carry packets, in place of the one before.
func (c *connection) serve(transport tunnel.Transport) *serving {
	ctx, cancel := context.WithCancel(context.Background())
	s := &serving{transport: transport, cancel: cancel, ended: make(chan struct{})}
	pump := c.pump
	go func() {
		defer close(s.ended)
		s.cause = transport.Serve(ctx, pump.Deliver)
	}()
	pump.Attach(transport)
	return s
}

// stop ends a transport and waits for it; it may be called again.
func (s *serving) stop(end tunnel.EndReason) {
	s.transport.Close(end)
	s.cancel()
	<-s.ended
}

// rekeyPause is how long a tunnel that wants new keys waits after it could not
// be replaced.
const rekeyPause = 10 * time.Second

// stayConnected is the state connected. It returns why it ended, or nil after
// a transport was replaced.
func (c *connection) stayConnected() error {
	c.showConnected()
	var limit <-chan time.Time
	if !c.ends.IsZero() {
		timer := time.NewTimer(time.Until(c.ends))
		defer timer.Stop()
		limit = timer.C
	}
	rekeyDue := c.serving.transport.RekeyDue()
	var rekeyAgain <-chan time.Time
	for {
		select {
		case <-c.ctx.Done():
			return c.ctx.Err()
		case <-c.serving.ended:
			return c.serving.cause
		case err := <-c.pumped:
			c.pumped <- err
			c.detach()
			return tunnel.NewError(tunnel.CodeConnectionLost, "read packets of this machine", err)
		case <-c.attachment.Lost():
			c.detach()
			return tunnel.Errorf(tunnel.CodeConnectionLost, "serve tunnel", "this machine's side of the tunnel is gone")
		case <-c.opts.Disturbances:
			c.wait = 0 // not a failure of the last try
			return tunnel.Errorf(tunnel.CodeConnectionLost, "serve tunnel", "this machine's network changed")
		case <-rekeyDue:
			next, err := c.openTransport(c.ctx, c.holdPackets)
			if err == nil {
				return c.changeOver(next)
			}
			c.pump.Attach(c.serving.transport)
			if !c.mayReconnect(err) {
				return err
			}
			c.opts.Log.WithError(err).Warn("no new tunnel for new keys yet; the old one goes on")
			rekeyDue, rekeyAgain = nil, time.After(rekeyPause)
		case <-rekeyAgain:
			rekeyDue = c.serving.transport.RekeyDue()
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

// holdPackets is the progress of a new tunnel that is opened while the old one
// carries packets. From when it is asked for, this machine's packets wait in
// the device: gateways end the old tunnel before they answer, and would drop
// what still comes over it.
func (c *connection) holdPackets(phase tunnel.Phase) {
	if phase == tunnel.PhaseTunneling {
		c.pump.Attach(nil)
	}
}

// changeOver lets a new transport carry the packets. The old one delivers what
// is still on its way.
func (c *connection) changeOver(next tunnel.Transport) error {
	old := c.serving
	if err := c.attach(c.ctx, next); err != nil {
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
	settings, ends := c.settings, c.ends
	c.board.update(func(s *tunnel.Snapshot) {
		if s.State != tunnel.StateConnected {
			s.Phase, s.Error = "", nil
			if s.Since.IsZero() {
				s.Since = time.Now()
			}
		}
		s.State, s.SessionEnds = tunnel.StateConnected, ends
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
