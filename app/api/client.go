package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"torii/tunnel"
	"torii/tunnel/wire"
)

// Build is the version of this program; the linker sets it.
var Build = "unknown"

const (
	// dialTime bounds the way to the agent and the hello.
	dialTime = 5 * time.Second
	// sendTime is how long the agent may leave a frame unread.
	sendTime = 10 * time.Second
)

// Client is a connection to the agent.
type Client struct {
	conn    *wire.Conn
	sending sync.Mutex // a frame's time begins when it is its turn

	mu       sync.Mutex
	lastID   uint64
	waiting  map[uint64]chan Reply // calls; one reply each
	streams  map[uint64]chan State // watches; the newest State only
	farewell *tunnel.Failure       // why the agent sent this program away, if it did

	gone   chan struct{} // closed when the agent does not answer any more
	closed chan struct{} // closed by Close
	close  sync.Once
	work   sync.WaitGroup
}

var _ Agent = (*Client)(nil)

// Connect reaches the agent that started this program, over the inherited
// socket, or the one that listens for this user. program is the caller's name.
// CodeAgentMissing means that nobody answers.
func Connect(ctx context.Context, program string) (*Client, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := dial(ctx)
	if err != nil {
		return nil, tunnel.NewError(tunnel.CodeAgentMissing, "reach the agent", err)
	}
	return NewClient(ctx, conn, program)
}

func dial(ctx context.Context) (*net.UnixConn, error) {
	if text := os.Getenv(SocketVariable); text != "" {
		os.Unsetenv(SocketVariable) // nobody that this program starts inherits the trust
		return inherited(text)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", SocketPath())
	if err != nil {
		return nil, err
	}
	socket := conn.(*net.UnixConn)
	if err := checkAgent(socket); err != nil {
		conn.Close()
		return nil, err
	}
	return socket, nil
}

// checkAgent refuses an agent that is not this user's own. Passwords go there,
// and without XDG_RUNTIME_DIR the socket lies where everybody may make one.
func checkAgent(conn *net.UnixConn) error {
	agent, err := wire.PeerOf(conn)
	if err != nil {
		return err
	}
	defer agent.Close()
	if agent.UID != uint32(os.Getuid()) {
		return fmt.Errorf("who listens on %s is user %d and not this one", SocketPath(), agent.UID)
	}
	return nil
}

// inherited takes over the descriptor whose number is text.
func inherited(text string) (*net.UnixConn, error) {
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(number), "agent")
	defer file.Close() // FileConn makes a descriptor of its own
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		conn.Close()
		return nil, errors.New("the inherited descriptor is no unix socket")
	}
	return socket, nil
}

// NewClient says hello on a connected socket, which it owns.
func NewClient(ctx context.Context, conn *net.UnixConn, program string) (*Client, error) {
	c := &Client{
		conn: wire.NewConn(conn), waiting: map[uint64]chan Reply{}, streams: map[uint64]chan State{},
		gone: make(chan struct{}), closed: make(chan struct{}),
	}
	c.work.Go(c.read)
	var agent Hello
	hello := Hello{Version: Version, Program: program, Build: Build, PID: os.Getpid()}
	if err := c.Call(ctx, MethodHello, hello, &agent); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the connection; calls and watches that are under way end.
func (c *Client) Close() error {
	c.mu.Lock()
	c.close.Do(func() { close(c.closed) })
	c.mu.Unlock()
	err := c.conn.Close()
	c.work.Wait()
	if errors.Is(err, net.ErrClosed) { // by an earlier Close, or after a send that failed
		return nil
	}
	return err
}

// Gone is closed when the agent does not answer any more.
func (c *Client) Gone() <-chan struct{} { return c.gone }

// Call implements Agent.
func (c *Client) Call(ctx context.Context, method Method, params, result any) error {
	op := "ask the agent for " + string(method)
	if ctx.Err() != nil {
		return contextError(ctx, op)
	}
	answer := make(chan Reply, 1)
	id := c.begin(func(id uint64) { c.waiting[id] = answer })
	defer c.end(id)
	if err := c.send(id, method, params); err != nil {
		return c.sendError(ctx, op, err)
	}
	select {
	case reply := <-answer:
		return decode(op, reply, result)
	case <-ctx.Done():
		return contextError(ctx, op)
	case <-c.gone:
	}
	select {
	case reply := <-answer: // it came with the last words
		return decode(op, reply, result)
	default:
		return c.lost(op, errors.New("the agent ended"))
	}
}

// sendError is why a request did not leave.
func (c *Client) sendError(ctx context.Context, op string, err error) error {
	if _, ok := errors.AsType[net.Error](err); !ok {
		return tunnel.NewError(tunnel.CodeInvalid, op, err) // it makes no frame
	}
	select {
	case <-c.gone: // with its last words, if it had any
		return c.lost(op, err)
	case <-ctx.Done():
		return contextError(ctx, op)
	}
}

// lost is the end of the connection: the agent's last words, or err.
func (c *Client) lost(op string, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.farewell != nil {
		return ErrorOf(op, c.farewell)
	}
	return tunnel.NewError(tunnel.CodeAgentMissing, op, err)
}

// Watch implements Agent.
func (c *Client) Watch(ctx context.Context) <-chan State {
	newest := make(chan State, 1)
	out := make(chan State)
	id := c.begin(func(id uint64) { c.streams[id] = newest })
	err := c.send(id, MethodWatch, nil)
	watch := func() {
		defer close(out)
		defer c.end(id)
		if err == nil && !c.stream(ctx, newest, out) {
			// The agent may be gone as well: then there is nobody to tell.
			c.send(0, MethodUnwatch, Unwatch{ID: id})
		}
	}
	if !c.begun(watch) {
		c.end(id)
		close(out)
	}
	return out
}

// begun runs work in the background; false where Close was called already,
// which waits for what was begun.
func (c *Client) begun(work func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.closed:
		return false
	default:
		c.work.Go(work)
		return true
	}
}

// stream hands States on until the agent is gone or refuses to be watched. It
// returns false when the watcher left.
func (c *Client) stream(ctx context.Context, newest <-chan State, out chan<- State) bool {
	for {
		var state State
		var open bool
		select {
		case state, open = <-newest:
		case <-ctx.Done():
			return false
		case <-c.gone:
			select {
			case state, open = <-newest: // it came with the last words
			default:
			}
		}
		if !open {
			return true
		}
		select {
		case out <- state:
		case <-ctx.Done():
			return false
		case <-c.closed:
			return true
		}
	}
}

// begin gives a request its number and notes who waits for its replies.
func (c *Client) begin(note func(id uint64)) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID++
	note(c.lastID)
	return c.lastID
}

func (c *Client) end(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
	delete(c.streams, id)
}

// send writes a request; a reply to id 0 is not waited for.
func (c *Client) send(id uint64, method Method, params any) error {
	request := Request{ID: id, Method: method}
	if params != nil {
		text, err := json.Marshal(params)
		if err != nil {
			return err
		}
		request.Params = text
	}
	c.sending.Lock()
	defer c.sending.Unlock()
	c.conn.SetWriteDeadline(time.Now().Add(sendTime))
	err := c.conn.Send(request)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.conn.Close() // half a frame may be on its way
	}
	return err
}

// read hands replies to those who wait, until the agent is gone.
func (c *Client) read() {
	defer close(c.gone)
	for {
		var reply Reply
		if _, err := c.conn.Receive(&reply); err != nil {
			return
		}
		c.take(reply)
	}
}

func (c *Client) take(reply Reply) {
	c.mu.Lock()
	answer, stream := c.waiting[reply.ID], c.streams[reply.ID]
	delete(c.waiting, reply.ID)
	if reply.Failure != nil {
		delete(c.streams, reply.ID)
	}
	if reply.ID == 0 && reply.Failure != nil {
		c.farewell = reply.Failure
	}
	c.mu.Unlock()
	switch {
	case answer != nil:
		answer <- reply
	case stream != nil && reply.Failure != nil:
		close(stream)
	case stream != nil && reply.State != nil:
		replace(stream, *reply.State)
	}
}

// replace puts a State where the last one may still lie unread. There is one
// writer, so the second send never waits.
func replace(stream chan State, state State) {
	select {
	case <-stream:
	default:
	}
	stream <- state
}

func decode(op string, reply Reply, result any) error {
	if err := ErrorOf(op, reply.Failure); err != nil {
		return err
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(reply.Result, result); err != nil {
		return tunnel.NewError(tunnel.CodeInternal, op, err)
	}
	return nil
}

func asError(err error) (*tunnel.Error, bool) { return errors.AsType[*tunnel.Error](err) }

func contextError(ctx context.Context, op string) error {
	code := tunnel.CodeCancelled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = tunnel.CodeTimeout
	}
	return tunnel.NewError(code, op, ctx.Err())
}
