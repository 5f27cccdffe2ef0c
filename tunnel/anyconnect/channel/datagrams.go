package channel

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"torii/tunnel/anyconnect/cstp"
	"torii/tunnel/anyconnect/dtls"
)

const (
	// retryInterval is how long DTLS rests after it failed.
	retryInterval = 60 * time.Second
	// narrowInterval is how long it rests where the path is too narrow: paths
	// seldom grow, and each try makes the gateway send over it for a moment.
	narrowInterval = 10 * time.Minute
	// suspectAfter is how long packets may go out with nothing coming back
	// before the path is asked, and giveUpAfter how many looks a second apart
	// may find no answer. UDP that a firewall began to block is noticed within 5
	// seconds; each look asks askTimes, so that a lossy path is not taken for it.
	suspectAfter = 1500 * time.Millisecond
	giveUpAfter  = 2
	askTimes     = 2
	// linger keeps a channel that was replaced open for the packets that are
	// still on their way.
	linger = 2 * time.Second
	// probeRest is how long the path is taken for as wide as it was found.
	probeRest = 5 * time.Second
)

var (
	errSilent   = errors.New("the gateway does not answer over UDP")
	errNarrow   = errors.New("the path is too narrow for DTLS")
	errReplaced = errors.New("replaced by a channel with new keys")
)

// datagrams is one DTLS channel and what is known of its path.
type datagrams struct {
	conn *dtls.Conn
	life *liveness
	// outgoing counts packets sent, so that a path is only suspected while
	// something goes out.
	outgoing   atomic.Int64
	seen       int64 // of outgoing, at the last look
	unanswered int
	// replies receives the length of each DPD reply that a probe waits for.
	replies chan int

	work    sync.WaitGroup // reads it, and probes its path
	failing sync.Once
	failed  chan struct{}
	cause   error
}

// keepDatagrams brings DTLS up, again and again, until ctx ends.
func (t *Transport) keepDatagrams(ctx context.Context) {
	var replaced sync.WaitGroup
	defer replaced.Wait()
	var port hold
	defer port.release()
	for ctx.Err() == nil {
		d, err := t.openDatagrams(ctx, &port)
		for err == nil {
			d, err = t.runDatagrams(ctx, d, &port, &replaced)
		}
		if ctx.Err() != nil {
			return
		}
		t.cfg.Log.WithError(err).Debug("DTLS is down, packets take TLS")
		rest := retryInterval
		if errors.Is(err, errNarrow) {
			rest = narrowInterval
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
}

// openDatagrams dials, shakes hands, and begins to read. The channel is used
// once the path is known to carry packets. Its port stays open in port, also
// when it fails.
func (t *Transport) openDatagrams(ctx context.Context, port *hold) (*datagrams, error) {
	handshake, cancel := context.WithTimeout(ctx, dtls.HandshakeTimeout)
	defer cancel()
	socket, err := t.cfg.DialUDP(handshake)
	if err != nil {
		return nil, err
	}
	forbidFragments(socket)
	port.take(socket)
	conn, err := dtls.Client(handshake, socket, t.cfg.Params.DTLS.Handshake)
	if err != nil {
		return nil, err
	}
	p := t.cfg.Params.DTLS
	d := &datagrams{
		conn: conn, life: newLiveness(p.DPD, p.Keepalive, time.Now()),
		replies: make(chan int, 16), failed: make(chan struct{}),
	}
	d.work.Go(func() { d.fail(t.serveDatagrams(d)) })
	if err := t.probePath(ctx, d); err != nil {
		d.stop(err)
		return nil, err
	}
	return d, nil
}

// runDatagrams sends packets over a DTLS channel until it fails, or until it
// wants new keys and the channel that it returns has them.
func (t *Transport) runDatagrams(ctx context.Context, d *datagrams, port *hold, replaced *sync.WaitGroup) (next *datagrams, cause error) {
	t.datagrams.Store(d)
	t.notify()
	var rekey, probe <-chan time.Time
	if after := t.cfg.Params.DTLS.Rekey; after > 0 && after <= longestRekey {
		rekey = time.After(after)
	}
	tooBig := d.conn.TooBig()
	for {
		select {
		case <-rekey:
			if next, err := t.openDatagrams(ctx, port); err == nil {
				replaced.Go(func() { d.drain(ctx) })
				return next, nil
			}
			rekey = time.After(retryInterval)
		case <-tooBig:
			// The path has become narrower, or only shows it now.
			if err := t.probePath(ctx, d); err != nil {
				d.fail(err)
			}
			tooBig, probe = nil, time.After(probeRest)
		case <-probe:
			tooBig = d.conn.TooBig()
		case <-ctx.Done():
			d.fail(ctx.Err())
		case <-d.failed:
			t.datagrams.CompareAndSwap(d, nil)
			t.notify()
			d.stop(errSilent)
			return nil, d.cause
		}
	}
}

// drain reads a channel that was replaced for a while, then ends it.
func (d *datagrams) drain(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-d.failed:
	case <-time.After(linger):
	}
	d.stop(errReplaced)
}

// stop ends the channel and waits for it.
func (d *datagrams) stop(cause error) {
	d.fail(cause)
	d.work.Wait()
	d.conn.Close()
}

// serveDatagrams reads the DTLS channel until it ends.
func (t *Transport) serveDatagrams(d *datagrams) error {
	return d.conn.Serve(func(bufs [][]byte, offset int) error {
		d.life.heard()
		return t.deliver(bufs, offset)
	}, func(kind cstp.Type, payload []byte) error {
		d.life.heard()
		switch kind {
		case cstp.DPDRequest:
			return d.conn.SendControl(cstp.DPDReply, payload)
		case cstp.DPDReply:
			select {
			case d.replies <- len(payload):
			default:
			}
		case cstp.Disconnect, cstp.Terminate:
			err := goodbye(kind, payload)
			t.end(err)
			return err
		}
		return nil
	})
}

// sent notes packets that go out.
func (d *datagrams) sent(n int) {
	d.life.sent()
	d.outgoing.Add(int64(n))
}

// fail ends the channel; the first cause stands.
func (d *datagrams) fail(cause error) {
	d.failing.Do(func() {
		d.cause = cause
		close(d.failed)
		go d.conn.Close()
	})
}

// watch does what is due once a second.
func (d *datagrams) watch() {
	switch d.life.next() {
	case dutyAsk:
		d.conn.SendControl(cstp.DPDRequest, nil)
	case dutyKeepalive:
		d.conn.SendControl(cstp.Keepalive, nil)
	case dutyDie:
		d.fail(errSilent)
		return
	}
	d.suspect()
}

// suspect asks a path on which packets go out and nothing comes back.
func (d *datagrams) suspect() {
	outgoing := d.outgoing.Load()
	active := outgoing != d.seen
	d.seen = outgoing
	if d.life.silence() < suspectAfter {
		d.unanswered = 0
		return
	}
	if !active && d.unanswered == 0 {
		return
	}
	if d.unanswered == giveUpAfter {
		d.fail(errSilent)
		return
	}
	d.unanswered++
	for range askTimes {
		d.conn.SendControl(cstp.DPDRequest, nil)
	}
}
