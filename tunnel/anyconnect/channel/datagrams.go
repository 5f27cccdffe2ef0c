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
	// suspectAfter is how long packets may go out with nothing coming back
	// before the path is asked, and giveUpAfter how many questions may stay
	// unanswered. UDP that a firewall began to block is noticed in 5 seconds.
	suspectAfter = 2 * time.Second
	giveUpAfter  = 3
	// linger keeps a channel that was replaced open for the packets that are
	// still on their way.
	linger = 2 * time.Second
)

var (
	errSilent   = errors.New("the gateway does not answer over UDP")
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

	failing sync.Once
	failed  chan struct{}
	cause   error
}

// keepDatagrams brings DTLS up, again and again, until ctx ends.
func (t *Transport) keepDatagrams(ctx context.Context) {
	for ctx.Err() == nil {
		d, err := t.openDatagrams(ctx)
		if err == nil {
			err = t.runDatagrams(ctx, d)
		}
		if ctx.Err() != nil {
			return
		}
		t.cfg.Log.WithError(err).Debug("DTLS is down, packets take TLS")
		select {
		case <-ctx.Done():
		case <-time.After(retryInterval):
		}
	}
}

// openDatagrams dials and shakes hands.
func (t *Transport) openDatagrams(ctx context.Context) (*datagrams, error) {
	ctx, cancel := context.WithTimeout(ctx, dtls.HandshakeTimeout)
	defer cancel()
	socket, err := t.cfg.DialUDP(ctx)
	if err != nil {
		return nil, err
	}
	forbidFragments(socket)
	conn, err := dtls.Client(ctx, socket, t.cfg.Params.DTLS.Handshake)
	if err != nil {
		return nil, err
	}
	p := t.cfg.Params.DTLS
	return &datagrams{
		conn: conn, life: newLiveness(p.DPD, p.Keepalive, time.Now()),
		replies: make(chan int, 16), failed: make(chan struct{}),
	}, nil
}

// runDatagrams carries packets over DTLS until it fails, and replaces it when
// it wants new keys.
func (t *Transport) runDatagrams(ctx context.Context, d *datagrams) error {
	for {
		err := t.runOne(ctx, d)
		if !errors.Is(err, errReplaced) {
			return err
		}
		d = t.datagrams.Load()
		if d == nil {
			return err
		}
	}
}

// runOne carries packets over one DTLS channel until it ends.
func (t *Transport) runOne(ctx context.Context, d *datagrams) error {
	var work sync.WaitGroup
	work.Go(func() { d.fail(t.serveDatagrams(d)) })
	t.datagrams.Store(d)
	t.notify()
	probing, stopProbing := context.WithCancel(ctx)
	work.Go(func() { t.probePath(probing, d) })
	defer work.Wait()
	defer stopProbing()

	var rekey <-chan time.Time
	if after := t.cfg.Params.DTLS.Rekey; after > 0 && after <= longestRekey {
		timer := time.NewTimer(after)
		defer timer.Stop()
		rekey = timer.C
	}
	for {
		select {
		case <-ctx.Done():
			d.fail(ctx.Err())
		case <-rekey:
			if next, err := t.openDatagrams(ctx); err == nil {
				t.datagrams.Store(next)
				time.AfterFunc(linger, func() { d.fail(errReplaced) })
				<-d.failed
				return errReplaced
			}
			rekey = time.After(retryInterval)
			continue
		case <-d.failed:
		}
		break
	}
	t.datagrams.CompareAndSwap(d, nil)
	t.notify()
	d.conn.Close()
	return d.cause
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
	d.conn.SendControl(cstp.DPDRequest, nil)
}
