package channel

import (
	"context"
	"time"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
)

// watchInterval is how often the channels are looked after.
const watchInterval = time.Second

// watch keeps both channels alive, notices a dead one, and says when the
// tunnel wants to be replaced.
func (t *Transport) watch(ctx context.Context) {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	var rekey <-chan time.Time
	if after := t.cfg.Params.rekeyAfter(t.cfg.TLS.ConnectionState().Version); after > 0 {
		timer := time.NewTimer(after)
		defer timer.Stop()
		rekey = timer.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-rekey:
			close(t.rekeyDue)
			rekey = nil
		case <-ticker.C:
			t.watchStream()
			if d := t.datagrams.Load(); d != nil {
				d.watch()
			}
		}
	}
}

// watchStream does what is due on the TLS channel.
func (t *Transport) watchStream() {
	switch t.streamLife.next() {
	case dutyAsk:
		t.tellStream(cstp.DPDRequest)
	case dutyKeepalive:
		t.tellStream(cstp.Keepalive)
	case dutyDie:
		t.end(tunnel.Errorf(tunnel.CodeConnectionLost, "serve tunnel",
			"the gateway has not answered for %v", t.streamLife.silence().Round(time.Second)))
	}
}

// tellStream sends a control frame. It does not wait for a connection that
// takes nothing: the watch has to go on and end it.
func (t *Transport) tellStream(kind cstp.Type) {
	t.telling.Go(func() {
		if err := t.stream.SendControl(kind, nil); err != nil {
			t.end(lost("keep the connection alive", err))
		}
	})
}
