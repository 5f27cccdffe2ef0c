package helperd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
	"torii/tunnel/helper"
	"torii/tunnel/netcfg"
	"torii/tunnel/wire"
)

// Patience is how long the helper waits for a word from who holds a lease, or
// from who has connected and not asked yet.
const Patience = 3 * helper.Heartbeat

// The bounds of a server.
const (
	maxConns = 32
	// maxOfUser is how many of them one user may hold, root excepted, so that
	// nobody can keep others from a repair.
	maxOfUser = 8
	// undoTime bounds one undoing, name services that do not answer included.
	undoTime = time.Minute
	// applyTime bounds one configuration.
	applyTime = time.Minute
	// busyTime is how long a new lease waits for the last one to be undone. A
	// repair has made sure that it will be, and waits longer.
	busyTime = 10 * time.Second
	sendTime = 10 * time.Second
)

// Options make a Server.
type Options struct {
	System *netcfg.System
	// Authorise decides about a caller.
	Authorise func(ctx context.Context, peer *wire.Peer) error
	// StateDir is the journal's folder; BootID and NetNS are its key.
	StateDir string
	BootID   string
	NetNS    uint64
	// Serial returns the machine's serial number, "" for none.
	Serial func() string
	// Patience is for tests; 0 means the constant.
	Patience time.Duration
	Log      logrus.FieldLogger
}

// Server serves the helper's socket.
type Server struct {
	options Options
	journal *Journal

	// turn is held by whoever changes the machine: a lease for all of its
	// life, or a repair.
	turn chan struct{}

	mu      sync.Mutex
	current *caller        // who has the turn for a lease; nil for nobody
	callers map[uint32]int // connections of each user that is not root
}

// New opens the journal and undoes what an earlier helper left. What cannot be
// undone is logged and kept for a repair.
func New(ctx context.Context, options Options) (*Server, error) {
	options.Patience = cmp.Or(options.Patience, Patience)
	journal, err := OpenJournal(options.StateDir, options.BootID, options.NetNS)
	if err != nil {
		return nil, err
	}
	s := &Server{options: options, journal: journal, turn: make(chan struct{}, 1), callers: make(map[uint32]int)}
	done, err := s.replay(ctx)
	if n := journal.Damaged(); n > 0 {
		options.Log.WithField("records", n).Error("the journal was damaged; what bears our marks is removed")
		err = errors.Join(err, options.System.Sweep())
	}
	for _, change := range done {
		options.Log.WithField("change", change.String()).Warn("undid what an earlier helper left")
	}
	if err != nil {
		options.Log.WithError(err).Error("undo what an earlier helper left")
	}
	return s, nil
}

// replay undoes everything that the journals hold.
func (s *Server) replay(ctx context.Context) ([]netcfg.Change, error) {
	ctx, cancel := context.WithTimeout(ctx, undoTime)
	defer cancel()
	done, err := s.journal.Undo(ctx, s.options.System.Undo)
	earlier, earlierErr := s.journal.UndoEarlier(ctx, s.options.System.Undo)
	return append(done, earlier...), errors.Join(err, earlierErr)
}

// Serve accepts callers until ctx ends, then ends every lease and closes the
// journal. It closes listener.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	var conns sync.WaitGroup
	places := make(chan struct{}, maxConns)
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	var err error
	for err == nil {
		var conn net.Conn
		if conn, err = listener.Accept(); err != nil {
			break
		}
		select {
		case places <- struct{}{}:
		default:
			conn.Close() // somebody holds all places: the machine is not his
			continue
		}
		conns.Go(func() {
			defer func() { <-places }()
			s.serve(ctx, conn)
		})
	}
	if ctx.Err() != nil {
		err = nil
	}
	stop()
	cancel()
	listener.Close()
	conns.Wait()
	return errors.Join(err, s.journal.Close())
}

// serve talks to one caller and ends his lease with the connection.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		conn.Close()
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &caller{server: s, conn: wire.NewConn(unixConn), log: s.options.Log}
	defer context.AfterFunc(ctx, func() { c.conn.Close() })()
	defer c.conn.Close()
	peer, err := wire.PeerOf(unixConn)
	if err != nil {
		c.log.WithError(err).Warn("refused a caller that the kernel does not know")
		return
	}
	defer peer.Close()
	c.log = c.log.WithFields(logrus.Fields{"uid": peer.UID, "pid": peer.PID})
	leave, err := s.admit(peer.UID)
	if err != nil {
		c.log.WithError(err).Warn("refused a caller")
		return // without waiting for his question: his places are all taken
	}
	defer leave()
	if err := s.options.Authorise(ctx, &peer); err != nil {
		c.log.WithError(err).Warn("refused a caller")
		c.refuse(err)
		return
	}
	err = c.talk(ctx)
	if c.lease != nil {
		c.log.WithError(err).Warn("the holder of the lease is gone: undoing it")
		c.endLease()
	}
}

// admit counts a caller in, unless his user has too many connections already.
func (s *Server) admit(uid uint32) (leave func(), err error) {
	if uid == 0 {
		return func() {}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.callers[uid] == maxOfUser {
		return nil, fmt.Errorf("%w: user %d has %d connections already", errDenied, uid, maxOfUser)
	}
	s.callers[uid]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.callers[uid]--; s.callers[uid] == 0 {
			delete(s.callers, uid)
		}
	}, nil
}

// begin waits for the turn to change the machine. for whom may be nil.
func (s *Server) begin(ctx context.Context, whom *caller, patience time.Duration) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case s.turn <- struct{}{}:
		s.setCurrent(whom)
		return nil
	case <-timer.C:
		return tunnel.Errorf(tunnel.CodeHelperRefused, "begin", "another tunnel of this machine is up")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end gives the turn to the next one.
func (s *Server) end() {
	s.setCurrent(nil)
	<-s.turn
}

func (s *Server) setCurrent(c *caller) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = c
}

// repair ends the lease that may be in force and undoes everything that is
// left of others.
func (s *Server) repair(ctx context.Context) ([]string, error) {
	s.mu.Lock()
	if s.current != nil {
		s.current.conn.Close()
	}
	s.mu.Unlock()
	if err := s.begin(ctx, nil, undoTime); err != nil {
		return nil, err
	}
	defer s.end()
	done, err := s.replay(ctx)
	if err == nil {
		err = s.options.System.Sweep()
	}
	if err != nil {
		return nil, tunnel.NewError(tunnel.CodeNetworkSetup, "repair", err)
	}
	words := make([]string, 0, len(done))
	for _, change := range done {
		words = append(words, change.String())
	}
	return words, nil
}

// failureOf is what a caller is told of an error.
func failureOf(err error) *helper.Failure {
	if e, ok := errors.AsType[*tunnel.Error](err); ok {
		return &helper.Failure{Code: e.Code, Message: e.Error()}
	}
	if errors.Is(err, errDenied) {
		return &helper.Failure{Code: tunnel.CodeHelperRefused, Message: err.Error()}
	}
	return &helper.Failure{Code: tunnel.CodeNetworkSetup, Message: fmt.Sprintf("%.500s", err.Error())}
}
