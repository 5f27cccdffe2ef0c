package channel

import (
	"context"
	"time"

	"torii/tunnel/anyconnect/cstp"
)

const (
	// probeWait is how long one probe waits for its reply, and probeTries how
	// often it is repeated: a lost packet is not a narrow path.
	probeWait  = 250 * time.Millisecond
	probeTries = 3
	// probeStep ends the search: a few bytes are not worth more probes.
	probeStep = 8
	// probeSmall is the size of a probe that crosses every path.
	probeSmall = 64
	// narrowest inner packets, in bytes: what IPv4 and IPv6 demand of a link
	// (RFC 791, RFC 8200 section 5).
	narrowest4 = 576
	narrowest6 = 1280
)

// probePath finds the largest packet that DTLS carries on this path, with
// padded DPD requests, and tells it as the MTU. The usual path takes the first
// probe, or the one of the size that the gateway reckoned for UDP. It fails
// where nothing at all comes back, and where the path is too narrow for what
// every link has to carry: TLS carries that, whatever the path.
func (t *Transport) probePath(ctx context.Context, d *datagrams) error {
	full := t.cfg.Settings.MTU
	for _, size := range []int{full, t.cfg.Params.DTLS.MTU} {
		if size > 0 && size <= full && d.probe(ctx, size) {
			t.setMTU(size)
			return nil
		}
	}
	low := narrowest4
	if t.cfg.Settings.Has6() {
		low = narrowest6
	}
	if low >= full || !d.probe(ctx, low) {
		switch {
		case d.probe(ctx, probeSmall):
			return errNarrow
		case !d.probe(ctx, 0):
			return errSilent
		}
		return ctx.Err() // it does not echo what it is asked; leave the gateway's MTU
	}
	for high := full; high-low > probeStep && ctx.Err() == nil; {
		middle := (low + high + 1) / 2
		if d.probe(ctx, middle) {
			low = middle
		} else {
			high = middle
		}
	}
	if ctx.Err() == nil {
		t.setMTU(low)
	}
	return ctx.Err()
}

// setMTU tells a changed MTU.
func (t *Transport) setMTU(mtu int) {
	if t.mtu.Swap(int64(mtu)) != int64(mtu) {
		t.notify()
	}
}

// probe reports whether a packet of size bytes crosses the path and comes back.
func (d *datagrams) probe(ctx context.Context, size int) bool {
	padding := make([]byte, size)
	for i := range padding {
		padding[i] = 0x5a
	}
	for range probeTries {
		if d.conn.SendControl(cstp.DPDRequest, padding) != nil {
			return false
		}
		if d.awaitReply(ctx, size) {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
	}
	return false
}

// awaitReply waits for the reply to a probe.
func (d *datagrams) awaitReply(ctx context.Context, size int) bool {
	timeout := time.NewTimer(probeWait)
	defer timeout.Stop()
	for {
		select {
		case n := <-d.replies:
			if n == size {
				return true
			}
		case <-timeout.C:
			return false
		case <-d.conn.TooBig():
			return false // this machine knows already
		case <-d.failed:
			return false
		case <-ctx.Done():
			return false
		}
	}
}
