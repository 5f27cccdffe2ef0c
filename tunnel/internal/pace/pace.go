// Package pace makes a reader of packets wait a moment where they come in a
// fast stream of small handfuls, as network cards moderate their interrupts.
// Without it a reader that is faster than its peer is woken for each packet or
// two, and waking up costs several times what the packet does: a download cost
// four times the CPU and came at a third of the speed (docs/performance.md).
package pace

import "time"

const (
	// window is how long packets are counted before the stream is judged.
	window = time.Millisecond
	// busyCount is how many packets in a window make a stream fast: some 130
	// Mbit/s of full packets. Calls, games and slow networks never come near.
	busyCount = 12
	// Handful is how many packets at once need no waiting for more.
	Handful = 16
	// Rest is how long a reader waits, in a fast stream only. Linux adds 50 us,
	// its timers' slack.
	Rest = 50 * time.Microsecond
)

// Reader paces one reader. Its zero value is ready. Not for concurrent use.
type Reader struct {
	began time.Time // of the window
	count int       // packets in it
	last  int       // packets of the last read
	busy  bool
}

// Wait waits where that gathers packets. Call it before each read.
func (r *Reader) Wait() {
	if r.busy && r.last < Handful {
		nap(Rest)
	}
}

// Note tells how many packets a read brought, and when.
func (r *Reader) Note(packets int, now time.Time) {
	r.last = packets
	r.count += packets
	elapsed := now.Sub(r.began)
	if elapsed < window {
		return
	}
	// A window that took long had a pause in it, which ends a stream.
	r.busy = elapsed < 2*window && r.count >= busyCount
	r.began, r.count = now, 0
}

// Busy reports whether packets come in a fast stream.
func (r *Reader) Busy() bool { return r.busy }
