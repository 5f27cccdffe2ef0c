// Package traffic remembers how the counters of a connection moved during the
// last hour, a sample each second, for the graph in Details.
package traffic

import (
	"sync"
	"time"

	"torii/app/api"
	"torii/tunnel"
)

const (
	// interval is between two samples.
	interval = time.Second
	// kept is how many samples there are at most.
	kept = 3600
)

// History is the memory. Its zero value is empty.
type History struct {
	mu       sync.Mutex
	received [kept]uint64
	sent     [kept]uint64
	count    int // samples that are there
	next     int // where the next one goes
	last     tunnel.Stats
	at       time.Time // of the last sample
}

// Begin forgets everything: another connection begins.
func (h *History) Begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count, h.next, h.last, h.at = 0, 0, tunnel.Stats{}, time.Time{}
}

// Note takes the counters of a moment in. What moved since the last sample is
// spread evenly over the seconds between.
func (h *History) Note(stats tunnel.Stats, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.at.IsZero() {
		h.last, h.at = stats, now
		return
	}
	seconds := int(now.Sub(h.at) / interval)
	if seconds <= 0 {
		return
	}
	received, sent := grown(h.last.BytesReceived, stats.BytesReceived), grown(h.last.BytesSent, stats.BytesSent)
	h.at = h.at.Add(time.Duration(seconds) * interval)
	h.last = stats
	steps := uint64(min(seconds, kept))
	for range steps {
		h.received[h.next], h.sent[h.next] = received/steps, sent/steps
		h.next = (h.next + 1) % kept
		h.count = min(h.count+1, kept)
	}
}

// grown is how much a counter grew; one that began anew grew by its value.
func grown(before, now uint64) uint64 {
	if now < before {
		return now
	}
	return now - before
}

// Samples returns what is remembered, the oldest first.
func (h *History) Samples() api.Traffic {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := api.Traffic{Received: make([]uint64, h.count), Sent: make([]uint64, h.count)}
	for i := range h.count {
		at := (h.next - h.count + i + kept) % kept
		t.Received[i], t.Sent[i] = h.received[at], h.sent[at]
	}
	return t
}
