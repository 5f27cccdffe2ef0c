package consent

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"torii/app/api"
	"torii/tunnel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a queue in a bubble; whoever asks writes into said what came of it.
type rig struct {
	*Queue
	t       *testing.T
	changes atomic.Int32
	said    chan outcome
}

type outcome struct {
	host    string
	allowed bool
	code    tunnel.Code
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, said: make(chan outcome, 16)}
	r.Queue = New(func() { r.changes.Add(1) })
	return r
}

// ask asks about a host in the background, and returns when that waits.
func (r *rig) ask(ctx context.Context, host string) {
	go func() {
		allowed, err := r.Ask(ctx, Request{Action: api.ConsentConnect, Host: host})
		r.said <- outcome{host, allowed, tunnel.CodeOf(err)}
	}()
	synctest.Wait()
}

// shows wants a host to be first, or none with "", and returns it.
func (r *rig) shows(host string) api.Consent {
	r.t.Helper()
	synctest.Wait()
	first := r.First()
	if first == nil {
		first = &api.Consent{}
	}
	if first.Host != host {
		r.t.Fatalf("%q is shown, want %q", first.Host, host)
	}
	return *first
}

func (r *rig) answers(id string, allow bool, want tunnel.Code) {
	r.t.Helper()
	if err := r.Answer(id, allow); tunnel.CodeOf(err) != want {
		r.t.Errorf("the answer comes to %v, want %q", err, want)
	}
}

func (r *rig) says(want outcome) {
	r.t.Helper()
	synctest.Wait()
	select {
	case got := <-r.said:
		if got != want {
			r.t.Errorf("it came to %+v, want %+v", got, want)
		}
	default:
		r.t.Errorf("nobody was told, want %+v", want)
	}
}

func TestOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.ask(t.Context(), "a")
		r.ask(t.Context(), "b")
		r.ask(t.Context(), "c")
		a := r.shows("a")
		if a.Action != api.ConsentConnect || a.Until != time.Now().Add(Limit) {
			t.Errorf("shown is %+v", a)
		}
		r.answers(a.ID, true, "")
		r.says(outcome{"a", true, ""})
		b := r.shows("b")
		r.answers(b.ID, false, "")
		r.says(outcome{"b", false, ""})
		r.answers(r.shows("c").ID, true, "")
		r.says(outcome{"c", true, ""})
		r.shows("")
		if got := r.changes.Load(); got != 6 { // three came, two followed, and then there was none
			t.Errorf("%d changes were told", got)
		}
	})
}

func TestAnAnswerIsForTheOneThatIsShownAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.answers("", true, tunnel.CodeInvalid)
		r.ask(t.Context(), "a")
		r.ask(t.Context(), "b")
		a := r.shows("a")
		r.answers("", true, tunnel.CodeInvalid)
		r.answers(r.waiting[1].consent.ID, true, tunnel.CodeInvalid)
		r.answers(a.ID, false, "")
		r.answers(a.ID, true, tunnel.CodeInvalid) // before whoever asked has woken up
		r.says(outcome{"a", false, ""})
		r.answers(a.ID, true, tunnel.CodeInvalid) // and after
		b := r.shows("b")
		if a.ID == b.ID || len(b.ID) < 20 {
			t.Errorf("the IDs are %q and %q", a.ID, b.ID)
		}
		r.Close()
		r.says(outcome{"b", false, tunnel.CodeCancelled})
	})
}

// TestTime: a request has its time from when it is shown.
func TestTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.ask(t.Context(), "a")
		time.Sleep(Limit - time.Second)
		r.ask(t.Context(), "b")
		r.shows("a")
		time.Sleep(time.Second)
		r.says(outcome{"a", false, tunnel.CodeTimeout})
		if until := r.shows("b").Until; until != time.Now().Add(Limit) {
			t.Errorf("b waits until %v", until)
		}
		time.Sleep(Limit - time.Second)
		r.shows("b")
		time.Sleep(time.Second)
		r.says(outcome{"b", false, tunnel.CodeTimeout})
		r.shows("")
	})
}

// TestWithdrawn: who gives up is gone, wherever in the queue.
func TestWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		first, giveUpFirst := context.WithCancel(t.Context())
		later, giveUpLater := context.WithCancel(t.Context())
		r.ask(first, "a")
		r.ask(later, "b")
		r.ask(t.Context(), "c")
		giveUpLater()
		r.says(outcome{"b", false, tunnel.CodeCancelled})
		a := r.shows("a")
		giveUpFirst()
		r.says(outcome{"a", false, tunnel.CodeCancelled})
		r.answers(a.ID, true, tunnel.CodeInvalid)
		r.answers(r.shows("c").ID, true, "")
		r.says(outcome{"c", true, ""})
		if got := r.changes.Load(); got != 5 { // three came; then c was first, then none
			t.Errorf("%d changes were told", got)
		}
	})
}

func TestBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for range Most {
			r.ask(t.Context(), "a")
		}
		r.ask(t.Context(), "b")
		r.says(outcome{"b", false, tunnel.CodePolicy})
		r.answers(r.shows("a").ID, true, "")
		r.says(outcome{"a", true, ""})
		r.ask(t.Context(), "b") // has a place now
		r.Close()
		r.Close()
		for range Most {
			synctest.Wait()
			if got := <-r.said; got.allowed || got.code != tunnel.CodeCancelled {
				t.Errorf("at the end it came to %+v", got)
			}
		}
		r.shows("")
		r.ask(t.Context(), "late")
		r.says(outcome{"late", false, tunnel.CodeCancelled})
	})
}

func TestStrangeRequests(t *testing.T) {
	q := New(func() { t.Error("somebody is asked") })
	for _, r := range []Request{
		{}, {Action: "format-disk"}, {Action: api.ConsentConnect}, {Action: api.ConsentDisconnect, Host: "a"},
		{Action: api.ConsentCreate, Host: strings.Repeat("a", longestHost+1)},
		{Action: api.ConsentCreate, Host: "good.example.com\u202emoc.live"}, {Action: api.ConsentConnect, Host: "a\nb"},
		{Action: api.ConsentConnect, Host: "a b"}, {Action: api.ConsentConnect, Host: "a\xff"},
	} {
		if allowed, err := q.Ask(t.Context(), r); allowed || tunnel.CodeOf(err) != tunnel.CodeInvalid {
			t.Errorf("%+v: %v, %v", r, allowed, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context()) // one that has ended
	cancel()
	_, err := New(func() {}).Ask(ctx, Request{Action: api.ConsentDisconnect})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}
