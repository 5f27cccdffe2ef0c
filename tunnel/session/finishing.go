package session

import (
	"context"

	"torii/tunnel"
)

// finish ends the connection for good: by the person's wish in the state
// disconnected, otherwise in failed. The network is given back first.
func (c *connection) finish(cause error) {
	wished := c.ctx.Err() != nil || tunnel.CodeOf(cause) == tunnel.CodeCancelled
	c.board.update(func(s *tunnel.Snapshot) {
		s.State, s.Phase, s.Wanted = tunnel.StateDisconnecting, "", false
	})
	c.opts.Log.WithError(cause).WithField("wished", wished).Info("disconnecting")
	if c.pump != nil {
		c.pump.Attach(nil)
	}
	if c.serving != nil {
		c.serving.stop(tunnel.EndSession)
		c.serving = nil
	}
	c.detach()
	c.cancel()
	c.draining.Wait()
	if c.login != nil {
		ctx, cancel := context.WithTimeout(context.Background(), goodbyeTime)
		if err := c.login.Close(ctx); err != nil {
			c.opts.Log.WithError(err).Debug("saying goodbye to the gateway")
		}
		cancel()
	}
	c.board.update(func(s *tunnel.Snapshot) {
		*s = tunnel.Snapshot{
			Revision: s.Revision, State: tunnel.StateDisconnected, Entry: s.Entry,
			Gateway: s.Gateway, Protocol: s.Protocol, Stats: s.Stats, Device: s.Device,
		}
		if !wished {
			s.State, s.Error = tunnel.StateFailed, c.describe(cause)
		}
	})
}
