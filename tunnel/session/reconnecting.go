package session

import (
	"math/rand/v2"
	"time"

	"torii/tunnel"
)

const (
	// firstWait and longestWait bound the pauses between two tries; each is
	// twice the one before, give or take a quarter, so that the clients of a
	// gateway that restarts do not come all at once.
	firstWait   = time.Second
	longestWait = 30 * time.Second
	// patience is how long a connection without roaming tries.
	patience = 20 * time.Second
)

// mayReconnect reports whether a connection that ended for this reason is
// tried again of its own accord.
func (c *connection) mayReconnect(err error) bool {
	if c.cfg.Once {
		return false
	}
	switch tunnel.CodeOf(err) {
	case tunnel.CodeConnectionLost, tunnel.CodeSessionEnded, tunnel.CodeUnreachable, tunnel.CodeNameNotFound,
		tunnel.CodeTimeout, tunnel.CodeTLS, tunnel.CodeProxy, tunnel.CodeProtocol, tunnel.CodeHelperMissing:
		return true
	}
	return false
}

// reconnect is the state reconnecting: it tries with the kept session until it
// works, gives up, or the person does. Packets wait in the device meanwhile.
func (c *connection) reconnect(cause error) error {
	c.opts.Log.WithError(cause).Info("the connection was lost, reconnecting")
	if c.pump != nil {
		c.pump.Attach(nil)
	}
	c.serving.stop(tunnel.EndKeepSession)
	c.board.update(func(s *tunnel.Snapshot) {
		s.State, s.Error = tunnel.StateReconnecting, c.describe(cause)
	})
	var giveUp <-chan time.Time
	if !c.cfg.Roaming {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		giveUp = timer.C
	}
	wait := firstWait
	for try := 0; ; try++ {
		if try > 0 {
			if err := c.pause(jitter(wait), giveUp, &wait); err != nil {
				return err
			}
		}
		err := c.tryAgain()
		if err == nil {
			return nil
		}
		if c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		if !c.mayReconnect(err) {
			return err
		}
		c.opts.Log.WithError(err).Debug("reconnecting did not work yet")
		select {
		case <-giveUp:
			return err
		default:
		}
	}
}

// tryAgain is one try.
func (c *connection) tryAgain() error {
	if c.attachment != nil {
		// The way out may have changed; the plan is made anew from it.
		if err := c.attachment.Update(c.ctx, *c.settings); err != nil {
			c.detach()
		}
	}
	return c.connect()
}

// pause waits for the next try: a while, or until the network changes.
func (c *connection) pause(wait time.Duration, giveUp <-chan time.Time, next *time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		*next = min(2**next, longestWait)
		return nil
	case <-c.opts.Disturbances:
		*next = firstWait
		return nil
	case <-giveUp:
		return tunnel.Errorf(tunnel.CodeConnectionLost, "reconnect", "it did not work within %v", patience)
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
}

// jitter varies a pause by a quarter either way.
func jitter(d time.Duration) time.Duration {
	return d*3/4 + rand.N(d/2)
}
