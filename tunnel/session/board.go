package session

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"torii/tunnel"
)

// questionTime is how long a question waits for a person.
const questionTime = 10 * time.Minute

// board is the one place where a connection's snapshot is kept, and where its
// question waits.
type board struct {
	mu      sync.Mutex
	current tunnel.Snapshot
	changed chan struct{} // closed and replaced at each change
	// stats reads the live counters; nil while nothing counts.
	stats func() tunnel.Stats
	// reply takes the answer to current.Question.
	reply chan tunnel.Answer
}

func newBoard() *board {
	return &board{
		current: tunnel.Snapshot{Revision: 1, State: tunnel.StateDisconnected},
		changed: make(chan struct{}),
	}
}

// update changes the snapshot and tells the watchers.
func (b *board) update(change func(s *tunnel.Snapshot)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.current)
	b.publish()
}

// publish makes a change seen; b.mu is held.
func (b *board) publish() {
	b.current.Revision++
	close(b.changed)
	b.changed = make(chan struct{})
}

// unwish notes that the person does not want the connection any more.
func (b *board) unwish() {
	b.update(func(s *tunnel.Snapshot) { s.Wanted = false })
}

// count reads the counters by stats from now on; nil keeps the last values.
func (b *board) count(stats func() tunnel.Stats) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refresh()
	b.stats = stats
}

// counting reports whether the counters may move.
func (b *board) counting() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stats != nil
}

// refresh takes the live counters into the snapshot; b.mu is held.
func (b *board) refresh() {
	if b.stats == nil {
		return
	}
	if now := b.stats(); now != b.current.Stats {
		b.current.Stats = now
		b.current.Revision++
	}
}

func (b *board) snapshot() tunnel.Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refresh()
	return b.current
}

// asking reports whether a question waits for a person.
func (b *board) asking() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.current.Question != nil
}

// changes is closed at the next change.
func (b *board) changes() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}

// ask puts a question up and waits for its answer.
func (b *board) ask(ctx context.Context, q tunnel.Question) (tunnel.Answer, error) {
	q.ID = rand.Text() // nobody can answer a question that they have not seen
	reply := make(chan tunnel.Answer, 1)
	b.mu.Lock()
	b.current.Question, b.reply = &q, reply
	b.publish()
	b.mu.Unlock()
	defer b.update(func(s *tunnel.Snapshot) { s.Question, b.reply = nil, nil })
	timeout := time.NewTimer(questionTime)
	defer timeout.Stop()
	select {
	case answer := <-reply:
		return answer, nil
	case <-timeout.C:
		return tunnel.Answer{}, tunnel.Errorf(tunnel.CodeTimeout, "ask", "nobody answered within %v", questionTime)
	case <-ctx.Done():
		return tunnel.Answer{}, tunnel.NewError(tunnel.CodeCancelled, "ask", ctx.Err())
	}
}

// answer hands an answer to the question that waits.
func (b *board) answer(id string, answer tunnel.Answer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.current.Question
	if q == nil || q.ID != id || b.reply == nil {
		return tunnel.Errorf(tunnel.CodeInvalid, "answer", "that question is not open any more")
	}
	if err := q.Check(answer); err != nil {
		return tunnel.NewError(tunnel.CodeInvalid, "answer", err)
	}
	b.reply <- answer
	b.reply = nil // the first answer counts
	return nil
}
