package traffic

import (
	"slices"
	"testing"
	"time"

	"torii/tunnel"
)

func TestHistory(t *testing.T) {
	var h History
	start := time.Unix(1000, 0)
	note := func(after time.Duration, received, sent uint64) {
		h.Note(tunnel.Stats{BytesReceived: received, BytesSent: sent}, start.Add(after))
	}
	if got := h.Samples(); len(got.Received) != 0 {
		t.Fatalf("an empty history has %v", got)
	}
	note(0, 100, 10) // the beginning counts from there
	note(time.Second, 300, 11)
	note(1500*time.Millisecond, 400, 12) // not a second yet
	note(2*time.Second, 500, 13)
	note(5*time.Second, 800, 13) // three seconds nobody looked
	note(6*time.Second, 50, 1)   // the counters began anew
	got := h.Samples()
	if want := []uint64{200, 200, 100, 100, 100, 50}; !slices.Equal(got.Received, want) {
		t.Errorf("received %v, want %v", got.Received, want)
	}
	if want := []uint64{1, 2, 0, 0, 0, 1}; !slices.Equal(got.Sent, want) {
		t.Errorf("sent %v, want %v", got.Sent, want)
	}
	h.Begin()
	if got := h.Samples(); len(got.Received) != 0 {
		t.Errorf("another connection begins with %v", got)
	}
}

func TestHistoryIsAnHourAtMost(t *testing.T) {
	var h History
	start := time.Unix(1000, 0)
	for second := range 2*kept + 1 {
		h.Note(tunnel.Stats{BytesReceived: uint64(second) * uint64(second)}, start.Add(time.Duration(second)*time.Second))
	}
	got := h.Samples()
	if len(got.Received) != kept {
		t.Fatalf("%d samples", len(got.Received))
	}
	// From n-1 to n the counter grew by 2n-1.
	if first, last := got.Received[0], got.Received[kept-1]; first != 2*(kept+1)-1 || last != 4*kept-1 {
		t.Errorf("the samples go from %d to %d", first, last)
	}
	h.Note(tunnel.Stats{}, start.Add(1000*time.Hour)) // a long sleep
	if got := h.Samples(); len(got.Received) != kept {
		t.Errorf("%d samples after a long sleep", len(got.Received))
	}
}
