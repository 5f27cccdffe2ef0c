package token

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"torii/certstore/token/internal/proto"
)

// The usual limits of Options.
const (
	// CardTime is for what the card does on its own; loading a module looks for
	// readers and may take seconds.
	CardTime = 20 * time.Second
	// PersonTime is for what may wait for a person at the reader: a PIN typed on
	// it, a touch before it signs.
	PersonTime = 90 * time.Second
)

// endPatience is how long a module may take to say goodbye to its card.
const endPatience = 2 * time.Second

// Options are what a Module is made of.
type Options struct {
	// Program is the absolute path of torii-token; see Sibling.
	Program string
	// Path is the absolute path of the vendor's library. It comes from the
	// person alone: from no profile, link or gateway.
	Path string
	// CardTime and PersonTime replace the usual limits where they are not 0.
	CardTime, PersonTime time.Duration
}

// Info is what a module says of itself.
type Info struct{ Description, Manufacturer, Version string }

// Module is a vendor's library in a process of its own. The process is started
// when it is needed, and again after it ended by itself; with it ends the login
// to its tokens. The methods may be called from any goroutine and take turns.
type Module struct {
	options Options
	turn    chan struct{} // holds one token: whoever took it may use what follows

	life    context.Context // ends with Close
	end     context.CancelCauseFunc
	process *process // nil while none runs
	info    Info
	refused map[string]refused // by serial number; see login.go
	secret  [32]byte
}

// errClosed is what ends a request that is under way at Close.
var errClosed = errors.New("the module was closed")

// New prepares a module and starts nothing.
func New(options Options) *Module {
	if options.CardTime == 0 {
		options.CardTime = CardTime
	}
	if options.PersonTime == 0 {
		options.PersonTime = PersonTime
	}
	m := &Module{options: options, turn: make(chan struct{}, 1), refused: map[string]refused{}}
	m.life, m.end = context.WithCancelCause(context.Background())
	rand.Read(m.secret[:])
	m.turn <- struct{}{}
	return m
}

// Sibling is the path of torii-token beside this program.
func Sibling() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	name := "torii-token"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(filepath.Dir(self), name), nil
}

// Info starts the module where it does not run and says what it is: by this a
// person sees whether the file is the right one.
func (m *Module) Info(ctx context.Context) (Info, error) {
	ctx, give, err := m.take(ctx)
	if err != nil {
		return Info{}, err
	}
	defer give()
	err = m.running(ctx)
	return m.info, err
}

// Close ends the process, and with it the login to the tokens. A request that
// is under way fails.
func (m *Module) Close() {
	m.end(errClosed)
	<-m.turn
	defer func() { m.turn <- struct{}{} }()
	clear(m.refused)
	if m.process != nil {
		m.process.end(endPatience)
		m.process = nil
	}
}

// take waits for the turn, which the caller gives back. The context that it
// returns ends with the module too.
func (m *Module) take(ctx context.Context) (both context.Context, give func(), err error) {
	both, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(m.life, func() { cancel(context.Cause(m.life)) })
	release := func() {
		stop()
		cancel(nil)
	}
	select {
	case <-m.turn:
	case <-both.Done():
		err = context.Cause(both)
		release()
		return nil, nil, err
	}
	if err := context.Cause(both); err != nil {
		m.turn <- struct{}{}
		release()
		return nil, nil, err
	}
	return both, func() { m.turn <- struct{}{}; release() }, nil
}

// running starts the process where none runs. The turn is the caller's.
func (m *Module) running(ctx context.Context) error {
	const op = "load the module"
	if m.process != nil {
		return nil
	}
	p, err := start(m.options.Program)
	if err != nil {
		return &Error{Kind: Program, Op: "start torii-token", Err: err}
	}
	m.process = p
	reply, err := m.ask(ctx, op, &proto.Request{Op: proto.OpOpen, Module: m.options.Path}, nil, m.options.CardTime)
	if err == nil && reply.Module == nil {
		err = failed(Protocol, op, "torii-token does not say what it loaded")
	}
	if err != nil {
		if m.process != nil {
			m.process.end(0)
			m.process = nil
		}
		return err
	}
	m.info = Info{line(reply.Module.Description), line(reply.Module.Manufacturer), line(reply.Module.Version)}
	return nil
}

// ask asks the process, and forgets it where that ended it. The turn is the
// caller's.
func (m *Module) ask(ctx context.Context, op string, request *proto.Request, pin []byte, limit time.Duration) (*proto.Reply, error) {
	reply, err := m.process.ask(ctx, op, request, pin, limit)
	switch kind := KindOf(err); {
	case err == nil:
	case kind == "" || kind == Hung || kind == Crashed || kind == Protocol:
		m.process.end(0)
		m.process = nil
	}
	return reply, err
}

// call is one request to a process that is started where none runs.
func (m *Module) call(ctx context.Context, op string, request *proto.Request, limit time.Duration) (*proto.Reply, error) {
	ctx, give, err := m.take(ctx)
	if err != nil {
		return nil, err
	}
	defer give()
	if err := m.running(ctx); err != nil {
		return nil, err
	}
	return m.ask(ctx, op, request, nil, limit)
}
