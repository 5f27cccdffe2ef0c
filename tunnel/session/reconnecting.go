package session

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"torii/tunnel"
)

const (
	// firstWait and longestWait bound the pauses between two tries, from 1 to
	// 30 seconds: each is twice the one before, and up to a quarter more, so
	// that the clients of a gateway that restarts do not come all at once.
	firstWait   = time.Second
	longestWait = 24 * time.Second
	// patience is how long a connection without roaming tries, counted in
	// patienceSteps.
	patience      = 20 * time.Second
	patienceSteps = 40
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
	if c.serving != nil { // nil once its end was seen to
		c.serving.stop(tunnel.EndKeepSession)
		c.serving = nil
	}
	c.board.update(func(s *tunnel.Snapshot) {
		s.State, s.Error = tunnel.StateReconnecting, c.describe(cause)
	})
	ctx, stop := c.patient()
	defer stop()
	wait := firstWait
	for {
		err := c.tryAgain(ctx)
		switch {
		case err == nil:
			return nil
		case c.ctx.Err() != nil:
			return c.ctx.Err()
		case ctx.Err() == nil && !c.mayTryAgain(err):
			return err
		}
		c.opts.Log.WithError(err).Debug("reconnecting did not work yet")
		c.pause(ctx, &wait)
		if c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		if ctx.Err() != nil {
			return tunnel.NewError(tunnel.CodeConnectionLost, "reconnect", fmt.Errorf("it did not work within %v: %w", patience, err))
		}
	}
}

// patient returns a context that ends when the patience is over; it has no end
// with roaming. The time that a person takes to answer does not count.
func (c *connection) patient() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(c.ctx)
	if c.cfg.Roaming {
		return ctx, cancel
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(patience / patienceSteps)
		defer ticker.Stop()
		for left := patienceSteps; left > 0; {
			select {
			case <-ticker.C:
				if !c.board.asking() {
					left--
				}
			case <-ctx.Done():
				return
			}
		}
		cancel()
	}()
	return ctx, func() { cancel(); <-done }
}

// mayTryAgain reports whether a try that failed for this reason is repeated.
// Besides what makes a connection reconnect at all, a gateway that starts again
// may refuse for a while.
func (c *connection) mayTryAgain(err error) bool {
	return c.mayReconnect(err) || tunnel.CodeOf(err) == tunnel.CodeGatewayRefused
}

// tryAgain is one try.
func (c *connection) tryAgain(ctx context.Context) error {
	select {
	case <-c.opts.Disturbances: // this try will see what changed until now
	default:
	}
	if c.attachment != nil {
		// The way out may have changed; the plan is made anew from it.
		if err := c.attachment.Update(ctx, *c.settings); err != nil {
			c.detach()
		}
	}
	return c.connect(ctx)
}

// pause waits for the next try: a while, or until the network changes. next is
// how long, about, and is set for the pause after it.
func (c *connection) pause(ctx context.Context, next *time.Duration) {
	timer := time.NewTimer(jitter(*next))
	defer timer.Stop()
	select {
	case <-timer.C:
		*next = min(2**next, longestWait)
	case <-c.opts.Disturbances:
		*next = firstWait
	case <-ctx.Done():
	}
}

// jitter adds up to a quarter to a pause.
func jitter(d time.Duration) time.Duration { return d + rand.N(d/4) }
