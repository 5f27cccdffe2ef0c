package channel

import (
	"sync/atomic"
	"time"
)

// liveness decides when a channel has to say something and when it is dead
// (draft, section 2.2.2): ask when nothing came for the DPD interval, again
// each half interval, dead after two; keep alive when nothing was sent.
type liveness struct {
	dpd, keepalive time.Duration // 0 for off

	start                time.Time
	lastHeard, lastSent  atomic.Int64 // nanoseconds after start
	lastAsked, lastAlive time.Duration
}

func newLiveness(dpd, keepalive time.Duration, now time.Time) *liveness {
	return &liveness{dpd: dpd, keepalive: keepalive, start: now}
}

func (l *liveness) heard() { l.lastHeard.Store(int64(time.Since(l.start))) }
func (l *liveness) sent()  { l.lastSent.Store(int64(time.Since(l.start))) }

// silence is how long nothing came.
func (l *liveness) silence() time.Duration {
	return time.Since(l.start) - time.Duration(l.lastHeard.Load())
}

// duty is what a channel has to do now.
type duty int

const (
	dutyNone duty = iota
	dutyAsk       // send a DPD request
	dutyKeepalive
	dutyDie
)

// next says what is due. It is called about once a second, by one goroutine.
func (l *liveness) next() duty {
	now := time.Since(l.start)
	if l.dpd > 0 {
		silence := now - time.Duration(l.lastHeard.Load())
		if silence > 2*l.dpd {
			return dutyDie
		}
		if silence >= l.dpd && now-l.lastAsked >= l.dpd/2 {
			l.lastAsked = now
			return dutyAsk
		}
	}
	if l.keepalive > 0 {
		quiet := now - max(time.Duration(l.lastSent.Load()), l.lastAlive, l.lastAsked)
		if quiet >= l.keepalive {
			l.lastAlive = now
			return dutyKeepalive
		}
	}
	return dutyNone
}
