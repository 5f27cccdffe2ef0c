package helper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
	"torii/tunnel/wire"
)

// Heartbeat is how often a lease is kept alive. It is a third of what the
// helper waits for, so that two may be late.
const Heartbeat = 10 * time.Second

// The bounds of a conversation. Opening waits for a person where polkit asks one.
const (
	dialTime  = 5 * time.Second
	callTime  = 30 * time.Second
	openTime  = 3 * time.Minute
	closeTime = 30 * time.Second
)

// Options say where the helper is.
type Options struct {
	// Socket is the helper's; "" means SocketPath().
	Socket string
	// Log takes what happens to the link; nil for nowhere.
	Log logrus.FieldLogger
	// Heartbeat is for tests; 0 means the constant.
	Heartbeat time.Duration
}

// SocketPath is where the helper is looked for: what the environment's
// TORII_HELPER names, else DefaultSocket.
func SocketPath() string { return cmp.Or(os.Getenv("TORII_HELPER"), DefaultSocket) }

// Client asks the helper. It holds nothing open between calls.
type Client struct {
	options Options
	owner   uint32 // the user that a helper's socket must belong to
}

// New returns a client.
func New(options Options) *Client {
	options.Socket = cmp.Or(options.Socket, SocketPath())
	options.Heartbeat = cmp.Or(options.Heartbeat, Heartbeat)
	if options.Log == nil {
		silent := logrus.New()
		silent.SetLevel(logrus.PanicLevel)
		options.Log = silent
	}
	return &Client{options: options}
}

// NewNetwork returns a tunnel.Network that configures this machine through
// the helper.
func NewNetwork(options Options) tunnel.Network { return New(options) }

// Open implements tunnel.Network: the helper makes a link for settings.
// CodeHelperMissing means that nobody answers, CodeHelperRefused that this
// user may not, CodeBadSettings that no sane network has such settings.
func (c *Client) Open(ctx context.Context, settings tunnel.Settings) (tunnel.Attachment, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	attachment, err := openAttachment(ctx, conn, c.options, settings)
	if err != nil {
		return nil, err // and no attachment that is a nil pointer
	}
	return attachment, nil
}

// SerialNumber returns the machine's serial number, which only root may read.
// CodeNotFound means that the machine has none.
func (c *Client) SerialNumber(ctx context.Context) (string, error) {
	reply, err := c.ask(ctx, MethodSerial)
	if err != nil {
		return "", err
	}
	return reply.Serial, nil
}

// Repair makes the helper end the tunnel that may be up and undo whatever is
// left of earlier ones. It returns what was undone, in words.
func (c *Client) Repair(ctx context.Context) ([]string, error) {
	reply, err := c.ask(ctx, MethodRepair)
	if err != nil {
		return nil, err
	}
	return reply.Repaired, nil
}

// ask makes one call on a connection of its own.
func (c *Client) ask(ctx context.Context, method Method) (*Reply, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := conn.Send(Request{Version: Version, ID: 1, Method: method}); err != nil {
		return nil, broken(ctx, method, err)
	}
	var reply Reply
	if _, err := conn.Receive(&reply); err != nil {
		return nil, broken(ctx, method, err)
	}
	return &reply, reply.err(method)
}

// err turns a failure that crossed the socket back into an error.
func (r *Reply) err(method Method) error {
	if r.Failure == nil {
		return nil
	}
	return tunnel.NewError(r.Failure.Code, "ask the helper to "+string(method), errors.New(r.Failure.Message))
}

// broken says why a conversation ended: because ctx did, or the helper.
func broken(ctx context.Context, method Method, err error) error {
	op := "ask the helper to " + string(method)
	switch cause := ctx.Err(); {
	case errors.Is(cause, context.DeadlineExceeded):
		return tunnel.NewError(tunnel.CodeTimeout, op, cause)
	case cause != nil:
		return tunnel.NewError(tunnel.CodeCancelled, op, cause)
	}
	return tunnel.NewError(tunnel.CodeHelperMissing, op, err)
}

// dial connects to the helper and makes sure that it is root's.
func (c *Client) dial(ctx context.Context) (*wire.Conn, error) {
	const op = "reach the helper"
	if err := checkSocket(c.options.Socket, c.owner); err != nil {
		return nil, tunnel.NewError(codeOfDial(err), op, err)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", c.options.Socket)
	if err != nil {
		return nil, tunnel.NewError(codeOfDial(err), op, err)
	}
	unixConn := conn.(*net.UnixConn)
	// The path may have been another's a moment ago: what counts is who listens.
	peer, err := wire.PeerOf(unixConn)
	if err == nil {
		err = peer.Close()
	}
	if err == nil && peer.UID != c.owner {
		err = fmt.Errorf("%w: user %d listens on %s", errNotRoots, peer.UID, c.options.Socket)
	}
	if err != nil {
		conn.Close()
		return nil, tunnel.NewError(codeOfDial(err), op, err)
	}
	return wire.NewConn(unixConn), nil
}

// errNotRoots means that somebody but root sits on the helper's socket.
var errNotRoots = errors.New("the helper's socket does not belong to root")

func codeOfDial(err error) tunnel.Code {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errNotRoots) {
		return tunnel.CodeHelperRefused
	}
	if errors.Is(err, context.Canceled) {
		return tunnel.CodeCancelled
	}
	return tunnel.CodeHelperMissing
}

// isRefused reports whether nobody listens on a socket or there is none.
func isRefused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist)
}
