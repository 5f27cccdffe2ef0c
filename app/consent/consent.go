// Package consent asks a person whether another program's request may be
// carried out (000, External Control): a bounded queue of which faces see the
// first, answered by its ID, refused when nobody answers in time, and withdrawn
// when whoever asked gives up.
package consent

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"torii/app/api"
	"torii/tunnel"
)

// The bounds of the queue: a page full of links must not keep a person busy.
const (
	// Most is how many requests wait at one time, the one that is shown among
	// them.
	Most = 4
	// Limit is how long a request may stand first without an answer.
	Limit = 2 * time.Minute
	// longestHost is the length of a host's name with a port (RFC 1035, 2.3.4).
	longestHost = 255 + len(":65535")
)

// op is what failed, in this package's errors.
const op = "ask whether to allow it"

// Request is what another program wants.
type Request struct {
	Action api.ConsentAction
	Host   string // for the actions that name one
}

// Queue holds the requests that wait. Its methods may be called from anywhere.
type Queue struct {
	changed func()
	closing chan struct{} // closed by Close

	mu      sync.Mutex
	waiting []*request // the first is what faces see
}

// request is one that waits.
type request struct {
	consent  api.Consent
	first    chan struct{} // closed when it is the first
	answer   chan bool     // has room for the one answer
	answered bool
}

// New makes a queue. changed is called, with nothing locked, when a request
// comes, and when another one than before is the first, or none is left.
func New(changed func()) *Queue {
	return &Queue{changed: changed, closing: make(chan struct{})}
}

// Close withdraws what waits and refuses what comes.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed() {
		close(q.closing)
	}
}

// closed reports whether Close was called.
func (q *Queue) closed() bool {
	select {
	case <-q.closing:
		return true
	default:
		return false
	}
}

// First is the request to show; nil for none, and in a queue that is closed.
func (q *Queue) First() *api.Consent {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 || q.closed() {
		return nil
	}
	shown := q.waiting[0].consent
	return &shown
}

// Ask waits for a person's answer to a request. Without one it is no, and the
// error says why: CodeTimeout when nobody answered in time, CodeCancelled when
// ctx ended or the queue was closed, CodePolicy when too many wait already,
// CodeInvalid for what cannot be put to anybody.
func (q *Queue) Ask(ctx context.Context, wanted Request) (bool, error) {
	r, err := q.enter(wanted)
	if err != nil {
		return false, err
	}
	defer q.leave(r)
	var late <-chan time.Time // never, until it is the first
	first := r.first
	for {
		select {
		case <-first:
			first = nil
			timer := time.NewTimer(Limit)
			defer timer.Stop()
			late = timer.C
		case allowed := <-r.answer:
			return allowed, nil
		case <-late:
			return false, tunnel.Errorf(tunnel.CodeTimeout, op, "nobody answered within %v", Limit)
		case <-ctx.Done():
			return false, tunnel.NewError(tunnel.CodeCancelled, op, ctx.Err())
		case <-q.closing:
			return false, errClosed()
		}
	}
}

// Answer answers the request that is shown; the first answer counts. The error
// has CodeInvalid where a request of that ID is not shown any more.
func (q *Queue) Answer(id string, allow bool) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 || q.waiting[0].consent.ID != id || q.waiting[0].answered {
		return tunnel.Errorf(tunnel.CodeInvalid, op, "that request is not open any more")
	}
	q.waiting[0].answered = true
	q.waiting[0].answer <- allow
	return nil
}

func errClosed() error { return tunnel.Errorf(tunnel.CodeCancelled, op, "Torii is ending") }

// enter puts a request at the end.
func (q *Queue) enter(wanted Request) (*request, error) {
	if err := wanted.check(); err != nil {
		return nil, tunnel.NewError(tunnel.CodeInvalid, op, err)
	}
	r := &request{first: make(chan struct{}), answer: make(chan bool, 1)}
	// Nobody can answer a request that they have not seen.
	r.consent = api.Consent{ID: rand.Text(), Action: wanted.Action, Host: wanted.Host}
	q.mu.Lock()
	switch {
	case q.closed():
		q.mu.Unlock()
		return nil, errClosed()
	case len(q.waiting) == Most:
		q.mu.Unlock()
		return nil, tunnel.Errorf(tunnel.CodePolicy, op, "%d requests wait for an answer already", Most)
	}
	q.waiting = append(q.waiting, r)
	if len(q.waiting) == 1 {
		r.show()
	}
	q.mu.Unlock()
	q.changed() // also behind others: the window that shows them may have been closed
	return r, nil
}

// leave takes a request out; where it was the first, the next one is.
func (q *Queue) leave(r *request) {
	q.mu.Lock()
	at := slices.Index(q.waiting, r)
	q.waiting = slices.Delete(q.waiting, at, at+1)
	if at == 0 && len(q.waiting) > 0 {
		q.waiting[0].show()
	}
	q.mu.Unlock()
	if at == 0 {
		q.changed()
	}
}

// show begins a request's time.
func (r *request) show() {
	r.consent.Until = time.Now().Add(Limit)
	close(r.first)
}

// check refuses what is no request, and a host that would say something else
// on a screen than it is.
func (r Request) check() error {
	switch {
	case !slices.Contains(api.ConsentActions(), r.Action):
		return fmt.Errorf("nobody is asked about %q", r.Action)
	case r.Action.NamesHost() != (r.Host != ""):
		return fmt.Errorf("to %s goes with a host, or without: %q", r.Action, r.Host)
	case len(r.Host) > longestHost:
		return errors.New("the host's name is too long")
	}
	strange := func(c rune) bool { return !unicode.IsGraphic(c) || unicode.IsSpace(c) }
	if !utf8.ValidString(r.Host) || strings.ContainsFunc(r.Host, strange) {
		return fmt.Errorf("the host's name %q cannot be shown", r.Host)
	}
	return nil
}
