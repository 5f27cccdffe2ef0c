package helper

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"torii/tunnel"
	"torii/tunnel/device"
	"torii/tunnel/wire"
)

// attachment is a lease from the holder's side.
type attachment struct {
	conn    *wire.Conn
	options Options
	device  *device.TUN

	calls   sync.WaitGroup // the two goroutines
	closing chan struct{}  // closed when the holder gives the lease up
	gone    chan struct{}  // closed when nobody answers any more
	lost    chan struct{}  // closed when the lease ended by itself

	mu      sync.Mutex
	info    tunnel.AttachmentInfo
	lastID  uint64
	waiting map[uint64]chan Reply
	shut    sync.Once
	lose    sync.Once
}

// openAttachment asks for a lease on conn, which belongs to the attachment.
func openAttachment(ctx context.Context, conn *wire.Conn, options Options, settings tunnel.Settings) (*attachment, error) {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	a := &attachment{
		conn: conn, options: options,
		closing: make(chan struct{}), gone: make(chan struct{}), lost: make(chan struct{}),
		waiting: make(map[uint64]chan Reply),
	}
	settings.Banner = ""
	lease, file, err := a.firstCall(ctx, settings)
	if err != nil {
		conn.Close() // the helper undoes what it began
		return nil, err
	}
	a.keep(lease)
	tun, name, err := device.FromFile(file)
	if err == nil && name != lease.Link {
		tun.Close()
		err = fmt.Errorf("the descriptor is of link %s and not of %s", name, lease.Link)
	}
	if err != nil {
		conn.Close()
		return nil, tunnel.NewError(tunnel.CodeNetworkSetup, "take over the link", err)
	}
	a.device = tun
	a.calls.Go(a.receive)
	a.calls.Go(a.beat)
	return a, nil
}

// firstCall opens the lease. It is the only call that brings a descriptor.
func (a *attachment) firstCall(ctx context.Context, settings tunnel.Settings) (*Lease, *os.File, error) {
	stop := context.AfterFunc(ctx, func() { a.conn.Close() })
	defer stop()
	a.conn.ExpectFiles(1)
	defer a.conn.ExpectFiles(0)
	a.lastID = 1
	if err := a.conn.Send(Request{Version: Version, ID: 1, Method: MethodOpen, Settings: &settings}); err != nil {
		return nil, nil, broken(ctx, MethodOpen, err)
	}
	reply, files, err := a.firstReply()
	if err != nil {
		return nil, nil, broken(ctx, MethodOpen, err)
	}
	if err = reply.err(MethodOpen); err == nil && (reply.Lease == nil || len(files) != 1) {
		err = tunnel.Errorf(tunnel.CodeInternal, "ask the helper to open", "the answer has no lease or no link")
	}
	if err == nil && !stop() {
		err = broken(ctx, MethodOpen, ctx.Err())
	}
	if err != nil {
		for _, f := range files {
			f.Close()
		}
		return nil, nil, err
	}
	return reply.Lease, files[0], nil
}

// firstReply waits for the answer to the first call. An event may come before
// it: somebody can disturb a link as soon as it is there.
func (a *attachment) firstReply() (Reply, []*os.File, error) {
	for {
		var reply Reply
		files, err := a.conn.Receive(&reply)
		if err != nil || reply.ID == a.lastID {
			return reply, files, err
		}
		for _, f := range files {
			f.Close()
		}
		if reply.Event != nil && reply.Event.Gone {
			return reply, nil, errors.New("the link was deleted")
		}
	}
}

func (a *attachment) keep(lease *Lease) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.info = tunnel.AttachmentInfo{Device: lease.Link, Secure: lease.Secure, NonSecure: lease.NonSecure}
}

// receive hands replies to those who wait and reads events until the
// connection ends.
func (a *attachment) receive() {
	defer close(a.gone)
	for {
		var reply Reply
		if _, err := a.conn.Receive(&reply); err != nil {
			a.end(err)
			return
		}
		if reply.Event != nil {
			a.event(*reply.Event)
			continue
		}
		a.mu.Lock()
		waiter := a.waiting[reply.ID]
		delete(a.waiting, reply.ID)
		a.mu.Unlock()
		if waiter != nil {
			waiter <- reply
		}
	}
}

func (a *attachment) event(e Event) {
	if e.Gone {
		a.end(errors.New("the link was deleted"))
		return
	}
	a.options.Log.WithFields(map[string]any{"link": a.Info().Device, "up": e.Up, "mtu": e.MTU}).
		Info("somebody changed the tunnel's link")
}

// end tells the holder, unless it is he who gives the lease up.
func (a *attachment) end(cause error) {
	select {
	case <-a.closing:
		return
	default:
	}
	a.lose.Do(func() {
		a.options.Log.WithError(cause).Warn("the machine's side of the tunnel is lost")
		close(a.lost)
	})
}

// beat keeps the lease alive.
func (a *attachment) beat() {
	ticker := time.NewTicker(a.options.Heartbeat)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			ctx, cancel := context.WithTimeout(context.Background(), callTime)
			_, err := a.call(ctx, Request{Method: MethodPing})
			cancel()
			if err != nil {
				a.end(err)
				return
			}
		case <-a.closing:
			return
		case <-a.gone:
			return
		}
	}
}

// call asks and waits for the answer.
func (a *attachment) call(ctx context.Context, request Request) (Reply, error) {
	answer := make(chan Reply, 1)
	a.mu.Lock()
	a.lastID++
	request.Version, request.ID = Version, a.lastID
	a.waiting[request.ID] = answer
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		delete(a.waiting, request.ID)
		a.mu.Unlock()
	}()
	if err := a.conn.Send(request); err != nil {
		return Reply{}, broken(ctx, request.Method, err)
	}
	select {
	case reply := <-answer:
		return reply, reply.err(request.Method)
	case <-a.gone:
		return Reply{}, broken(ctx, request.Method, errors.New("the helper is gone"))
	case <-ctx.Done():
		return Reply{}, broken(ctx, request.Method, ctx.Err())
	}
}

// Device implements tunnel.Attachment.
func (a *attachment) Device() tunnel.Device { return a.device }

// Info implements tunnel.Attachment.
func (a *attachment) Info() tunnel.AttachmentInfo {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.info
}

// Lost implements tunnel.Attachment.
func (a *attachment) Lost() <-chan struct{} { return a.lost }

// Update implements tunnel.Attachment. When it fails the machine may be
// configured in part; the attachment should then be closed.
func (a *attachment) Update(ctx context.Context, settings tunnel.Settings) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	settings.Banner = ""
	reply, err := a.call(ctx, Request{Method: MethodUpdate, Settings: &settings})
	if err != nil {
		return err
	}
	if reply.Lease == nil {
		return tunnel.Errorf(tunnel.CodeInternal, "ask the helper to update", "the answer has no lease")
	}
	a.keep(reply.Lease)
	return nil
}

// Close implements tunnel.Attachment: it returns when the helper has undone
// everything, or with an error when it did not say so in time.
func (a *attachment) Close() error {
	var err error
	a.shut.Do(func() {
		close(a.closing)
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		_, err = a.call(ctx, Request{Method: MethodClose})
		a.device.Close()
		a.conn.Close()
		a.calls.Wait()
	})
	return err
}

var (
	_ tunnel.Attachment = (*attachment)(nil)
	_ tunnel.Network    = (*Client)(nil)
)
