// Package notices decides when a person is told something about the connection
// that they did not just do: it was lost, it is back, it needs them, it failed.
package notices

import (
	"context"
	"time"

	"torii/app/api"
	"torii/tunnel"
)

// Kind is what a notice is about.
type Kind string

// The kinds. Each can be switched off by the setting "notify-" and its name.
const (
	Lost        Kind = "lost"        // and still not back after a while
	Reconnected Kind = "reconnected" // after a loss that was told
	NeedsYou    Kind = "needs-you"   // a question waits, and the person may not know
	Expiry      Kind = "expiry"      // the gateway ends the session soon
	Failed      Kind = "failed"      // it ended, and not because somebody wanted it
)

// Patience is how long a loss is kept quiet: most mend themselves.
const Patience = 5 * time.Second

// Opening is how long the window may take to come with a question that follows
// from what the person just did. Then they see it, and need not be told.
const Opening = 3 * time.Second

// Notice is how long before its end a session's expiry is told. Short sessions
// are told of for the last fifth of their time.
const Notice = 10 * time.Minute

// sameEnd is how far two words on one session's end may lie apart: a gateway
// tells it in seconds, and anew with each tunnel.
const sameEnd = time.Minute

// Options say whom to tell.
type Options struct {
	// Tell shows a notice; withdraw takes the one on show back, because it is
	// not true any more.
	Tell     func(kind Kind, state api.State)
	Withdraw func()
	// Watched tells whether the person looks at Torii anyway.
	Watched func() bool
}

// Follow watches the agent's states until the channel is closed or ctx ends.
func Follow(ctx context.Context, states <-chan api.State, options Options) {
	f := follower{options: options}
	var late, soon, unseen <-chan time.Time
	for {
		select {
		case state, ok := <-states:
			if !ok {
				return
			}
			late = f.see(state, late)
			unseen = f.seeQuestion(state.Snapshot, unseen)
			soon = f.seeEnd(state.Snapshot, soon)
		case <-late:
			late = nil
			if f.told != NeedsYou { // which says more
				f.tell(Lost)
			}
		case <-unseen:
			unseen = nil
			if !f.options.Watched() {
				f.tell(NeedsYou)
			}
		case <-soon:
			soon = nil
			if s := f.last.Snapshot.State; s == tunnel.StateConnected || s == tunnel.StateReconnecting {
				f.tell(Expiry)
			}
		case <-ctx.Done():
			return
		}
	}
}

type follower struct {
	options Options
	last    api.State
	told    Kind // what is on show; "" for nothing
	asked   string
	ends    time.Time // of the session whose end is told of in time
}

// see takes a state in. late fires when a loss has lasted; see returns the
// timer that holds from now on.
func (f *follower) see(state api.State, late <-chan time.Time) <-chan time.Time {
	before, s := f.last.Snapshot.State, state.Snapshot
	f.last = state
	if s.State == before {
		return late
	}
	switch s.State {
	case tunnel.StateReconnecting:
		return time.After(Patience)
	case tunnel.StateConnected:
		if f.told == Lost {
			f.tell(Reconnected)
		}
	case tunnel.StateFailed:
		f.failed(before)
	case tunnel.StateConnecting, tunnel.StateDisconnecting, tunnel.StateDisconnected:
		f.withdraw() // the person is at it
	}
	return nil
}

// seeQuestion takes in whether the person is asked something. unseen fires when
// they have not come to see it; seeQuestion returns the timer that holds from
// now on. In the middle of a connection nobody expects a question, so that is
// told at once, whether a window is open somewhere or not.
func (f *follower) seeQuestion(s tunnel.Snapshot, unseen <-chan time.Time) <-chan time.Time {
	switch {
	case s.Question == nil:
		if f.told == NeedsYou {
			f.withdraw()
		}
		f.asked = ""
		return nil
	case s.Question.ID == f.asked:
		return unseen
	}
	f.asked = s.Question.ID
	if s.State == tunnel.StateReconnecting {
		f.tell(NeedsYou)
		return nil
	}
	return time.After(Opening)
}

// seeEnd takes in when the session ends. soon fires when that is to be told;
// seeEnd returns the timer that holds from now on.
func (f *follower) seeEnd(s tunnel.Snapshot, soon <-chan time.Time) <-chan time.Time {
	moved := s.SessionEnds.Sub(f.ends).Abs()
	if s.SessionEnds.IsZero() == f.ends.IsZero() && moved < sameEnd {
		return soon
	}
	f.ends = s.SessionEnds
	if f.told == Expiry { // of the session before
		f.withdraw()
	}
	if f.ends.IsZero() {
		return nil
	}
	left := time.Until(f.ends)
	return time.After(left - min(Notice, left/5))
}

// failed tells of an end that nobody wanted. An attempt that fails while the
// person looks is told by the window.
func (f *follower) failed(before tunnel.State) {
	wasUp := before == tunnel.StateReconnecting || before == tunnel.StateConnected || before == tunnel.StateDisconnecting
	if wasUp || !f.options.Watched() {
		f.tell(Failed)
	}
}

func (f *follower) tell(kind Kind) {
	f.told = kind
	f.options.Tell(kind, f.last)
}

func (f *follower) withdraw() {
	if f.told != "" {
		f.told = ""
		f.options.Withdraw()
	}
}
