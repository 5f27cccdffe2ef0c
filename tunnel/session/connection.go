package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"torii/tunnel"
	"torii/tunnel/packet"
)

const (
	// goodbyeTime bounds the talk with a gateway at the end, giveBackTime the
	// helper's work.
	goodbyeTime  = 3 * time.Second
	giveBackTime = 10 * time.Second
	// drainTime is how long a replaced transport still delivers.
	drainTime = 2 * time.Second
)

// connection is one connection from the person's wish to its end. Everything
// but cancel runs in its one goroutine.
type connection struct {
	opts    Options
	board   *board
	cfg     tunnel.Config
	driver  tunnel.Driver
	network tunnel.Network
	memory  *memory

	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}

	login      tunnel.Login
	ends       time.Time // of the login's session; zero for none
	serving    *serving
	settings   *tunnel.Settings // of the last transport
	attachment tunnel.Attachment
	pump       *packet.Pump
	stopPump   context.CancelFunc
	pumped     chan error     // the pump's end
	draining   sync.WaitGroup // transports that were replaced
	counted    tunnel.Stats

	// lostNames says that the gateway's name was not found in the last try.
	lostNames bool
	up        time.Time // when the connection was last made
	// wait is the pause before the next try, steps what is left of the
	// patience (reconnecting.go).
	wait  time.Duration
	steps int
	// registered says that the gateway registered this device at a first try.
	registered bool
}

func newConnection(opts Options, b *board, cfg tunnel.Config, driver tunnel.Driver, network tunnel.Network) *connection {
	ctx, cancel := context.WithCancel(context.Background())
	return &connection{
		opts: opts, board: b, cfg: cfg, driver: driver, network: network, memory: newMemory(),
		ctx: ctx, cancel: cancel, done: make(chan struct{}), steps: patienceSteps,
	}
}

func (c *connection) finished() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// start puts the wish down and begins.
func (c *connection) start() {
	c.board.update(func(s *tunnel.Snapshot) {
		device := c.cfg.Device
		*s = tunnel.Snapshot{
			Revision: s.Revision, State: tunnel.StateConnecting, Wanted: true, Entry: c.cfg.Entry,
			Gateway: gatewayName(c.cfg), Protocol: c.cfg.Protocol, Device: &device,
		}
	})
	go c.run()
}

// run goes through the states until the connection is over.
func (c *connection) run() {
	defer close(c.done)
	defer c.cancel()
	select { // what happened to the network while nothing was connected is no news
	case <-c.opts.Disturbances:
	default:
	}
	err := c.connect(c.ctx)
	for err == nil {
		err = c.stayConnected()
		if err == nil {
			continue
		}
		if c.ctx.Err() != nil || !c.mayReconnect(err) {
			break
		}
		err = c.reconnect(err)
	}
	c.finish(err)
}

// ask is the tunnel.Asker of this connection: what is known is answered, the
// rest is a person's.
func (c *connection) ask(ctx context.Context, q tunnel.Question) (tunnel.Answer, error) {
	if answer, ok := c.memory.reply(q); ok {
		return answer, nil
	}
	if c.opts.Replies != nil {
		if answer, ok := c.opts.Replies(ctx, c.cfg, q); ok {
			c.memory.learn(q, answer)
			return answer, nil
		}
	}
	answer, err := c.board.ask(ctx, q)
	if err != nil {
		return tunnel.Answer{}, err
	}
	if answer.Choice == tunnel.ChoiceCancel {
		return tunnel.Answer{}, tunnel.Errorf(tunnel.CodeCancelled, "ask", "the person said no")
	}
	c.memory.learn(q, answer)
	if c.opts.Answered != nil {
		c.opts.Answered(c.cfg, q, answer)
	}
	return answer, nil
}

// progress tells the step that is under way.
func (c *connection) progress(phase tunnel.Phase) {
	c.board.update(func(s *tunnel.Snapshot) {
		if s.State.Busy() {
			s.Phase = phase
		}
	})
}

// openTransport asks for a tunnel, with a new login where the kept session is
// gone. A first connect that only registered this device is followed by one
// more (reference 002).
func (c *connection) openTransport(ctx context.Context, progress func(tunnel.Phase)) (tunnel.Transport, error) {
	for fresh := false; ; {
		err := c.ensureLogin(ctx, &fresh)
		var transport tunnel.Transport
		if err == nil {
			transport, err = c.login.Open(ctx, c.settings, progress)
		}
		switch {
		case err == nil:
			return transport, nil
		case tunnel.CodeOf(err) == tunnel.CodeDeviceRegistered && !c.registered:
			c.registered = true
			c.opts.Log.WithError(err).Info("the gateway registered this device; connecting once more")
			c.board.update(func(s *tunnel.Snapshot) { s.Error = c.describe(err) })
			c.forgetLogin()
		case tunnel.CodeOf(err) == tunnel.CodeSessionEnded && !fresh:
			c.forgetLogin()
		default:
			return nil, err
		}
	}
}

// ensureLogin logs in where there is no session; fresh says that it did.
func (c *connection) ensureLogin(ctx context.Context, fresh *bool) error {
	if c.login != nil {
		return nil
	}
	*fresh = true
	c.memory.begin()
	login, err := c.driver.Login(ctx, c.cfg, c.ask, c.progress)
	if err != nil {
		return err
	}
	c.login = login
	return nil
}

func (c *connection) forgetLogin() { c.login, c.ends = nil, time.Time{} }

// noteLimit keeps when the session ends. A later tunnel of the same session does
// not make it longer: some gateways always tell the whole time, not what is left.
func (c *connection) noteLimit(timeout time.Duration) {
	if timeout <= 0 {
		return
	}
	if ends := time.Now().Add(timeout); c.ends.IsZero() || ends.Before(c.ends) {
		c.ends = ends
	}
}

// attach puts a transport's settings into effect on this machine.
func (c *connection) attach(ctx context.Context, transport tunnel.Transport) error {
	settings := transport.Settings()
	c.settings = &settings
	c.noteLimit(settings.SessionTimeout)
	c.progress(tunnel.PhaseConfiguring)
	if c.attachment != nil {
		// First the way, then the addresses: a gateway takes packets from a new
		// address on the new tunnel only.
		c.pump.Attach(transport)
		if err := c.attachment.Update(ctx, settings); err == nil {
			return nil
		}
		c.detach() // what cannot be changed in place is made anew
	}
	attachment, err := c.network.Open(ctx, settings)
	if err != nil {
		return err
	}
	c.attachment = attachment
	c.pump = packet.New(attachment.Device())
	c.pumped = make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	c.stopPump = stop
	pump, pumped, base := c.pump, c.pumped, c.counted
	go func() { pumped <- pump.Run(ctx) }()
	c.board.count(func() tunnel.Stats { return sum(base, pump.Stats()) })
	return nil
}

// detach gives this machine's network back.
func (c *connection) detach() {
	if c.attachment == nil {
		return
	}
	c.counted = sum(c.counted, c.pump.Stats())
	c.board.count(nil)
	attachment, pumped, stopPump := c.attachment, c.pumped, c.stopPump
	c.attachment, c.pump, c.pumped, c.stopPump = nil, nil, nil, nil
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		if err := attachment.Close(); err != nil {
			c.opts.Log.WithError(err).Error("giving the network back")
		}
		stopPump()
		<-pumped
	}()
	select {
	case <-closed:
	case <-time.After(giveBackTime):
		c.opts.Log.Error("the network was not given back in time; the helper goes on with it")
	}
}

// describe words a failure.
func (c *connection) describe(err error) *tunnel.Failure {
	if c.opts.Describe != nil {
		return c.opts.Describe(err)
	}
	failure := &tunnel.Failure{Code: tunnel.CodeOf(err)}
	if coded, ok := errors.AsType[*tunnel.Error](err); ok {
		failure.Detail = coded.Detail
	}
	return failure
}

func sum(a, b tunnel.Stats) tunnel.Stats {
	return tunnel.Stats{
		BytesReceived: a.BytesReceived + b.BytesReceived, BytesSent: a.BytesSent + b.BytesSent,
		PacketsReceived: a.PacketsReceived + b.PacketsReceived, PacketsSent: a.PacketsSent + b.PacketsSent,
	}
}
