package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"torii/app/api"
	"torii/tunnel"
	"torii/tunnel/wire"
)

// The bounds of the socket: a mere client cannot exhaust the agent.
const (
	maxFaces   = 32 // connections by the socket at one time
	maxCalls   = 16 // calls under way on a connection
	maxWatches = 4  // streams on a connection
	// helloTime is how long a new connection may say nothing.
	helloTime = 5 * time.Second
	// sendTime is how long a face may leave a frame unread.
	sendTime = 10 * time.Second
)

// Server serves a Table to faces.
type Server struct {
	table *Table
	log   logrus.FieldLogger
	slots chan struct{}
	// patience is for faces; tests have less.
	helloTime, sendTime time.Duration
	faces               sync.WaitGroup

	mu    sync.Mutex
	count map[kind]int
}

// NewServer makes a server of a table; log may not be nil.
func NewServer(table *Table, log logrus.FieldLogger) *Server {
	return &Server{
		table: table, log: log, slots: make(chan struct{}, maxFaces), helloTime: helloTime, sendTime: sendTime,
		count: map[kind]int{},
	}
}

// kind is what faces are counted by.
type kind struct {
	program string
	trusted bool
}

// Faces tells how many programs of that name are connected that are trusted,
// or are not.
func (s *Server) Faces(program string, trusted bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count[kind{program, trusted}]
}

// Serve accepts faces until ctx ends, and waits until all of them are gone. It
// closes listener.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	defer s.faces.Wait()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept on the control socket: %w", err)
		}
		s.accept(ctx, conn.(*net.UnixConn))
	}
}

// accept decides about a connection by the kernel's word on who it is.
func (s *Server) accept(ctx context.Context, conn *net.UnixConn) {
	peer, err := wire.PeerOf(conn)
	if err == nil && peer.UID != uint32(os.Getuid()) {
		err = fmt.Errorf("user %d is not this agent's", peer.UID)
	}
	if err != nil {
		s.log.WithError(err).Warn("a connection to the control socket was refused")
		conn.Close()
		return
	}
	defer peer.Close()
	select {
	case s.slots <- struct{}{}:
	default:
		s.sendAway(conn)
		return
	}
	s.begin(ctx, conn, isTerminalTool(&peer), func() { <-s.slots })
}

// sendAway tells a program that there are too many. It takes no time: a new
// connection has room for the frame.
func (s *Server) sendAway(conn *net.UnixConn) {
	err := tunnel.Errorf(tunnel.CodePolicy, "greet", "%d programs are connected to Torii already", maxFaces)
	s.log.WithError(err).Warn("a connection to the control socket was refused")
	away := wire.NewConn(conn)
	away.SetWriteDeadline(time.Now().Add(s.sendTime))
	if err := away.Send(api.Reply{Failure: api.FailureOf(err)}); err != nil {
		s.log.WithError(err).Debug("and not told why")
	}
	away.Close()
}

// ServeConn serves one face on a connection, which it owns, in the background:
// a window that the agent started, for one. It is not counted among those that
// come by the socket, so that they cannot keep it out. trusted faces may decide
// about trust. It is called before Serve returns; left is called when the face
// is gone.
func (s *Server) ServeConn(ctx context.Context, conn *net.UnixConn, trusted bool, left func()) {
	s.begin(ctx, conn, trusted, left)
}

// begin serves a face in the background and calls left after it.
func (s *Server) begin(ctx context.Context, conn *net.UnixConn, trusted bool, left func()) {
	s.faces.Go(func() {
		defer left()
		f := &face{server: s, conn: wire.NewConn(conn), trusted: trusted, watches: map[uint64]context.CancelFunc{}}
		if err := f.serve(ctx); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.EOF) {
			s.log.WithError(err).Debug("a face left")
		}
	})
}

// enter and leave count faces.
func (s *Server) enter(k kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count[k]++
}

func (s *Server) leave(k kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count[k]--; s.count[k] == 0 {
		delete(s.count, k)
	}
}

// check answers a hello.
func check(hello api.Hello) error {
	if hello.Version == api.Version {
		return nil
	}
	older := "this program"
	if hello.Version > api.Version {
		older = "the agent"
	}
	return fmt.Errorf("%.40q and the agent come from different versions of Torii, and %s is the older one: quit Torii and start it again",
		hello.Program, older)
}
