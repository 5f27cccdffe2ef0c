package pace

import (
	"testing"
	"time"
)

// stream notes reads of some packets each, so far apart, and returns whether
// the next read would wait.
func stream(r *Reader, start time.Time, reads, packets int, apart time.Duration) (waits bool) {
	for i := range reads {
		r.Note(packets, start.Add(time.Duration(i)*apart))
	}
	return r.busy && r.last < Handful
}

func TestWhoWaits(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	for _, c := range []struct {
		name    string
		packets int
		apart   time.Duration
		want    bool
	}{
		{"a call", 1, 20 * time.Millisecond, false},
		{"100 Mbit/s", 1, 120 * time.Microsecond, false},
		{"one at a time, fast", 1, 15 * time.Microsecond, true},
		{"three at a time, fast", 3, 50 * time.Microsecond, true},
		{"as many as come at once", Handful, 200 * time.Microsecond, false},
		{"bursts with pauses", 10, 10 * time.Millisecond, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := stream(new(Reader), start, 1000, c.packets, c.apart); got != c.want {
				t.Errorf("it waits: %v, want %v", got, c.want)
			}
		})
	}
}

// TestAStreamThatEnded: the first packet after a pause is read at once, and so
// are those after it.
func TestAStreamThatEnded(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	var r Reader
	if !stream(&r, start, 1000, 1, 15*time.Microsecond) || !r.Busy() {
		t.Fatal("a fast stream is not noticed")
	}
	r.Note(1, start.Add(time.Second))
	if r.Busy() {
		t.Error("a stream that paused is still taken for a fast one")
	}
}

// TestWaitIsShort: what a packet may lose by it.
func TestWaitIsShort(t *testing.T) {
	r := Reader{busy: true, last: 1}
	shortest := time.Hour
	for range 50 { // the least of many: the machine has other things to do
		began := time.Now()
		r.Wait()
		shortest = min(shortest, time.Since(began))
	}
	if shortest > 20*Rest {
		t.Errorf("it waits %v", shortest)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	var r Reader
	now := time.Unix(1_000_000, 0)
	if n := testing.AllocsPerRun(1000, func() {
		now = now.Add(10 * time.Microsecond)
		r.Wait()
		r.Note(1, now)
	}); n > 0 {
		t.Errorf("%v allocations a read", n)
	}
}
