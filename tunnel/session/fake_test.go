package session_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"torii/tunnel"
	"torii/tunnel/device"
	"torii/tunnel/session"
)

// script is a driver and a network that do what a test says, and keep a record
// of what was asked of them. It makes no connection, so a test may let its time
// run (testing/synctest).
type script struct {
	// login and open stand for the gateway; nil is a gateway that works.
	login func(ctx context.Context, ask tunnel.Asker) error
	open  func(ctx context.Context, try int) error
	// opened is told of each transport; nil for nobody.
	opened func(t *fakeTransport)
	// settings are what the gateway gives.
	settings tunnel.Settings
	// attach stands for this machine's network; nil is one that works.
	attach func() error

	mu         sync.Mutex
	logins     int
	tries      []time.Time // of Open
	goodbyes   int
	transports []*fakeTransport
	devices    []*device.Memory // the far ends
	updates    []tunnel.Settings
}

var errFake = tunnel.Errorf(tunnel.CodeUnreachable, "fake", "nobody answers")

func (s *script) Login(ctx context.Context, _ tunnel.Config, ask tunnel.Asker, _ func(tunnel.Phase)) (tunnel.Login, error) {
	s.mu.Lock()
	s.logins++
	s.mu.Unlock()
	if s.login != nil {
		if err := s.login(ctx, ask); err != nil {
			return nil, err
		}
	}
	return fakeLogin{s}, nil
}

type fakeLogin struct{ *script }

func (l fakeLogin) Open(ctx context.Context, _ *tunnel.Settings, _ func(tunnel.Phase)) (tunnel.Transport, error) {
	l.mu.Lock()
	l.tries = append(l.tries, time.Now())
	try := len(l.tries)
	l.mu.Unlock()
	if l.open != nil {
		if err := l.open(ctx, try); err != nil {
			return nil, err
		}
	}
	t := &fakeTransport{
		settings: l.settings,
		rekey:    make(chan struct{}), ended: make(chan struct{}), changed: make(chan struct{}, 1),
	}
	if l.opened != nil {
		l.opened(t)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.transports = append(l.transports, t)
	return t, nil
}

func (l fakeLogin) Close(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.goodbyes++
	return nil
}

// transport waits for the n-th transport, from 1.
func (s *script) transport(n int) *fakeTransport {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.transports) < n {
		return nil
	}
	return s.transports[n-1]
}

func (s *script) Open(context.Context, tunnel.Settings) (tunnel.Attachment, error) {
	if s.attach != nil {
		if err := s.attach(); err != nil {
			return nil, err
		}
	}
	near, far := device.Pair()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.devices = append(s.devices, far)
	return &fakeAttachment{script: s, device: near}, nil
}

type fakeAttachment struct {
	script *script
	device *device.Memory
}

func (a *fakeAttachment) Device() tunnel.Device       { return a.device }
func (a *fakeAttachment) Info() tunnel.AttachmentInfo { return tunnel.AttachmentInfo{} }
func (a *fakeAttachment) Lost() <-chan struct{}       { return nil }
func (a *fakeAttachment) Close() error                { return a.device.Close() }
func (a *fakeAttachment) Update(_ context.Context, settings tunnel.Settings) error {
	a.script.mu.Lock()
	defer a.script.mu.Unlock()
	a.script.updates = append(a.script.updates, settings)
	return nil
}

// fakeTransport carries nothing; a test breaks it.
type fakeTransport struct {
	settings tunnel.Settings
	rekey    chan struct{}
	changed  chan struct{}

	mu     sync.Mutex
	once   sync.Once
	ended  chan struct{}
	cause  error
	closed []tunnel.EndReason
	sent   int
}

func (t *fakeTransport) Settings() tunnel.Settings { return t.settings }
func (t *fakeTransport) Changed() <-chan struct{}  { return t.changed }
func (t *fakeTransport) RekeyDue() <-chan struct{} { return t.rekey }
func (t *fakeTransport) Status() tunnel.TransportStatus {
	return tunnel.TransportStatus{Transport: "tls", MTU: 1400}
}
func (t *fakeTransport) breakOff(cause error) {
	t.once.Do(func() { t.cause = cause; close(t.ended) })
}

func (t *fakeTransport) Serve(ctx context.Context, _ func([][]byte, int) error) error {
	select {
	case <-t.ended:
		return t.cause
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *fakeTransport) Send(bufs [][]byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent += len(bufs)
	return nil
}

func (t *fakeTransport) Close(end tunnel.EndReason) error {
	t.mu.Lock()
	t.closed = append(t.closed, end)
	t.mu.Unlock()
	t.breakOff(errors.New("closed"))
	return nil
}

// ends are the reasons that the transport was closed for.
func (t *fakeTransport) ends() []tunnel.EndReason {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.closed)
}

// newScripted makes a session over a script and connects it.
func newScripted(t *testing.T, s *script, cfg tunnel.Config, options session.Options) *session.Session {
	t.Helper()
	if len(s.settings.Addresses) == 0 {
		s.settings = tunnel.Settings{Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, MTU: 1400}
	}
	options.Driver = func(string) (tunnel.Driver, error) { return s, nil }
	options.Network = func(tunnel.Config) (tunnel.Network, error) { return s, nil }
	made := session.New(options)
	if err := made.Connect(cfg); err != nil {
		t.Fatal(err)
	}
	return made
}
