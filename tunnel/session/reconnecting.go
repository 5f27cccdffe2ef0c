package session

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
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
	// settled is how long a connection has to last for its loss to be a new
	// one. One that breaks as soon as it is up, again and again, is not tried
	// without a pause and without an end.
	settled = 30 * time.Second
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
	if time.Since(c.up) >= settled {
		c.wait, c.steps = 0, patienceSteps
	}
	ctx, stop := c.patient()
	defer stop()
	err := cause
	for {
		c.pause(ctx)
		switch {
		case c.ctx.Err() != nil:
			return c.ctx.Err()
		case ctx.Err() != nil:
			return tunnel.NewError(tunnel.CodeConnectionLost, "reconnect", fmt.Errorf("it did not work within %v: %w", patience, err))
		}
		if err = c.tryAgain(ctx); err == nil {
			return nil
		}
		if c.ctx.Err() == nil && ctx.Err() == nil && !c.mayTryAgain(err) {
			return err
		}
		c.opts.Log.WithError(err).Debug("reconnecting did not work yet")
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
		for c.steps > 0 {
			select {
			case <-ticker.C:
				if !c.board.asking() {
					c.steps--
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
		settings := *c.settings
		if c.lostNames {
			settings.DNS, settings.SearchDomains, settings.SplitDNS, settings.TunnelAllDNS = nil, nil, nil, false
		}
		if err := c.attachment.Update(ctx, settings); err != nil {
			c.detach()
		}
	}
	err := c.connect(ctx)
	// This machine asks for names inside the tunnel that is lost. Where the
	// gateway is not at its old address and has to be looked for by its name,
	// names are asked outside until the tunnel is back.
	_, c.lostNames = errors.AsType[*net.DNSError](err)
	return err
}

// pause waits for the next try: not at all for the first one, then longer and
// longer, or until the network changes.
func (c *connection) pause(ctx context.Context) {
	if c.wait == 0 {
		c.wait = firstWait
		return
	}
	timer := time.NewTimer(jitter(c.wait))
	defer timer.Stop()
	select {
	case <-timer.C:
		c.wait = min(2*c.wait, longestWait)
	case <-c.opts.Disturbances:
		c.wait = firstWait
	case <-ctx.Done():
	}
}

// jitter adds up to a quarter to a pause.
func jitter(d time.Duration) time.Duration { return d + rand.N(d/4) }
