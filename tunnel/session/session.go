// Package session drives one connection through its states: it logs in, opens
// transports, attaches this machine's network, reconnects with the kept
// session, and gives everything back. What the person wants (the wish) and
// what is (the state) are two things.
//
//	disconnected -> connecting -> connected <-> reconnecting
//	                    |             |              |
//	                    v             v              v
//	                  failed     disconnecting -> disconnected
//
// A Session runs one connection at a time, in one goroutine (run.go); faces
// see it as a tunnel.Snapshot.
package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
)

// Options are what a Session works with.
type Options struct {
	// Driver finds the driver of a protocol.
	Driver func(protocol string) (tunnel.Driver, error)
	// Network finds how this machine is attached.
	Network func(cfg tunnel.Config) (tunnel.Network, error)
	// Replies answers a question without a person (a stored password); false
	// where it cannot. nil asks the person everything.
	Replies func(ctx context.Context, cfg tunnel.Config, q tunnel.Question) (tunnel.Answer, bool)
	// Answered is told what a person answered, to keep what they want kept;
	// nil for nobody.
	Answered func(cfg tunnel.Config, q tunnel.Question, a tunnel.Answer)
	// Describe words a failure; nil leaves the words empty.
	Describe func(err error) *tunnel.Failure
	// Disturbances receives a value when the way out may have changed (another
	// network, a wake from sleep); nil for never.
	Disturbances <-chan struct{}
	Log          logrus.FieldLogger
}

// Session is the engine's face to the services above it. Its methods may be
// called from anywhere and never wait for the network.
type Session struct {
	opts  Options
	board *board

	mu     sync.Mutex
	active *connection // nil when nothing runs
	closed bool
}

// New makes a Session that is disconnected.
func New(opts Options) *Session {
	if opts.Log == nil {
		quiet := logrus.New()
		quiet.SetLevel(logrus.PanicLevel)
		opts.Log = quiet
	}
	return &Session{opts: opts, board: newBoard()}
}

// errBusy is the answer to a second Connect.
var errBusy = tunnel.Errorf(tunnel.CodeBusy, "connect", "another connection is running; disconnect first")

// Connect begins to connect. Progress, questions and failures come by Watch.
func (s *Session) Connect(cfg tunnel.Config) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return tunnel.NewError(tunnel.CodeInternal, "connect", errors.New("the engine is closed"))
	}
	if s.active != nil {
		if state := s.board.snapshot().State; state == tunnel.StateDisconnected || state == tunnel.StateFailed {
			<-s.active.done // it has said its last word
		}
		if !s.active.finished() {
			return errBusy
		}
	}
	driver, err := s.opts.Driver(cfg.Protocol)
	if err != nil {
		return err
	}
	network, err := s.opts.Network(cfg)
	if err != nil {
		return err
	}
	s.active = newConnection(s.opts, s.board, cfg, driver, network)
	s.active.start()
	return nil
}

// Disconnect ends the connection, or the attempt at one, and returns at once.
func (s *Session) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active != nil {
		s.active.cancel()
	}
	s.board.unwish()
}

// Wait returns when nothing runs any more, or with ctx's error.
func (s *Session) Wait(ctx context.Context) error {
	s.mu.Lock()
	active := s.active
	s.mu.Unlock()
	if active == nil {
		return nil
	}
	select {
	case <-active.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Answer answers the question of that id. An answer to a question that is not
// open any more changes nothing and is refused.
func (s *Session) Answer(id string, answer tunnel.Answer) error {
	return s.board.answer(id, answer)
}

// Snapshot returns the whole truth of this moment.
func (s *Session) Snapshot() tunnel.Snapshot { return s.board.snapshot() }

// statsInterval is how often a watcher sees the counters move.
const statsInterval = time.Second

// Watch sends the present snapshot and then each new one, until ctx ends and
// the channel is closed. A watcher that is slow misses some, never the last.
// The counters are looked at only while somebody watches.
func (s *Session) Watch(ctx context.Context) <-chan tunnel.Snapshot {
	out := make(chan tunnel.Snapshot)
	go func() {
		defer close(out)
		var seen uint64
		for {
			changed := s.board.changes()
			if snapshot := s.board.snapshot(); snapshot.Revision != seen {
				select {
				case out <- snapshot:
					seen = snapshot.Revision
				case <-ctx.Done():
					return
				}
			}
			var tick <-chan time.Time
			if s.board.counting() {
				tick = time.After(statsInterval)
			}
			select {
			case <-changed:
			case <-tick:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// Close disconnects and waits until the network is given back.
func (s *Session) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.Disconnect()
	return s.Wait(context.Background())
}
