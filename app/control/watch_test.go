package control

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"torii/app/api"
)

// TestWatch wants the present State first and then the newest.
func TestWatch(t *testing.T) {
	r := newRig(t)
	r.hub.publish("before")
	for name, agent := range map[string]api.Agent{
		"socket": r.client("test"), "local": &Local{Table: r.table(), Program: "test"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r.hub.mu.Lock()
			present := r.hub.state
			r.hub.mu.Unlock()
			states := agent.Watch(ctx)
			if first, open := next(t, states); !open || first.Revision != present.Revision || first.Page != present.Page {
				t.Errorf("first came %+v, the present is %+v", first, present)
			}
			for range 5 {
				newest(t, states, r.hub.publish("next"))
			}
			cancel()
			for range states { // closed, perhaps with one more on its way
			}
			r.until("the agent ends the stream", func() bool { return r.hub.watching.Load() == 0 })
		})
	}
}

// TestASlowReaderGetsTheNewest: it misses some, never the last.
func TestASlowReaderGetsTheNewest(t *testing.T) {
	r := newRig(t)
	states := r.client("test").Watch(t.Context())
	next(t, states)
	var last uint64
	for i := range 1000 {
		last = r.hub.publish(fmt.Sprint("state ", i))
	}
	time.Sleep(50 * time.Millisecond) // it reads nothing meanwhile
	seen := 0
	for revision := uint64(0); revision != last; seen++ {
		state, open := next(t, states)
		if !open || state.Revision <= revision {
			t.Fatalf("after revision %d came %d, open %v", revision, state.Revision, open)
		}
		revision = state.Revision
	}
	if seen > 500 {
		t.Errorf("it was shown %d of 1000 states: they pile up somewhere", seen)
	}
}

// TestTheLastStateBeforeTheEnd reaches a reader that was slow.
func TestTheLastStateBeforeTheEnd(t *testing.T) {
	r := newRig(t)
	client := r.client("test")
	fast := client.Watch(t.Context())
	next(t, fast)
	slow := client.Watch(t.Context())
	next(t, slow)
	last := r.hub.publish("the last words")
	newest(t, fast, last)                // on the same connection, so the other's has come as well, or comes
	r.until("it has come", func() bool { // by a call behind it
		return client.Call(t.Context(), methodEcho, nil, nil) == nil
	})
	time.Sleep(20 * time.Millisecond)
	r.stop()
	<-client.Gone()
	newest(t, slow, last)
	if _, open := next(t, slow); open {
		t.Error("it goes on after the end")
	}
}

// TestWatchAndCloseAtOnce: each watch ends, whoever comes first.
func TestWatchAndCloseAtOnce(t *testing.T) {
	r := newRig(t)
	for range 20 {
		client := r.client("test")
		var work sync.WaitGroup
		for range maxWatches {
			work.Go(func() {
				for range client.Watch(t.Context()) { // until it is closed
				}
			})
		}
		work.Go(func() { client.Close() })
		work.Wait()
	}
}

func TestManyWatchers(t *testing.T) {
	r := newRig(t)
	const faces, each = 12, maxWatches
	var watchers sync.WaitGroup
	goal := make(chan uint64)
	var ready sync.WaitGroup
	ready.Add(faces * each)
	for i := range faces {
		client := r.client(fmt.Sprint("face ", i))
		for range each {
			watchers.Go(func() {
				states := client.Watch(t.Context())
				next(t, states)
				ready.Done()
				newest(t, states, <-goal)
			})
		}
	}
	ready.Wait()
	var last uint64
	for range 50 {
		last = r.hub.publish("next")
	}
	for range faces * each {
		goal <- last
	}
	watchers.Wait()
}

// TestUnwatch ends one stream and no other.
func TestUnwatch(t *testing.T) {
	r := newRig(t)
	client := r.client("test")
	ctx, cancel := context.WithCancel(t.Context())
	first, second := client.Watch(ctx), client.Watch(t.Context())
	next(t, first)
	next(t, second)
	cancel()
	for range first { // closed
	}
	r.until("the agent ends the first stream", func() bool { return r.hub.watching.Load() == 1 })
	newest(t, second, r.hub.publish("next"))
	for range 3 * maxWatches { // each leaves room for the next
		ctx, cancel := context.WithCancel(t.Context())
		states := client.Watch(ctx)
		next(t, states)
		cancel()
		for range states {
		}
		r.until("it ends", func() bool { return r.hub.watching.Load() == 1 })
	}
	// What was never begun can be ended, and nothing happens.
	if err := client.Call(t.Context(), methodEcho, nil, nil); err != nil {
		t.Error(err)
	}
}

// TestAFaceThatDoesNotRead is cut off, and holds nobody up before that.
func TestAFaceThatDoesNotRead(t *testing.T) {
	r := newRig(t, func(s *Server) { s.sendTime = 300 * time.Millisecond })
	states := r.client("other").Watch(t.Context())
	next(t, states)
	mute := r.mute("mute")
	if err := mute.Send(request(2, api.MethodWatch, nil)); err != nil {
		t.Fatal(err)
	}
	r.until("it watches", func() bool { return r.hub.watching.Load() == 2 })
	big := strings.Repeat("x", 400<<10) // more than a socket holds
	for range 10 {
		begun := time.Now()
		newest(t, states, r.hub.publish(big))
		if took := time.Since(begun); took > enough/2 {
			t.Errorf("another face waited %v", took)
		}
	}
	r.until("it is cut off", func() bool { return r.server.Faces("mute", false) == 0 && r.hub.watching.Load() == 1 })
	newest(t, states, r.hub.publish("and the other goes on"))
}

// TestAFaceThatCallsAndDoesNotRead: its answers do not pile up.
func TestAFaceThatCallsAndDoesNotRead(t *testing.T) {
	r := newRig(t, func(s *Server) { s.sendTime = 300 * time.Millisecond })
	mute := r.mute("mute")
	mute.SetWriteDeadline(time.Now().Add(enough))
	call := request(2, methodEcho, pair{Text: strings.Repeat("x", 100<<10)})
	sent := 0
	for ; sent < 10*maxCalls; sent++ { // it is cut off, or not read from any more
		if err := mute.Send(call); err != nil {
			break
		}
	}
	if sent == 10*maxCalls {
		t.Errorf("%d calls were taken without an answer being read", sent)
	}
	r.until("it is cut off", func() bool { return r.server.Faces("mute", false) == 0 })
}
