package anyconnect

import (
	"context"
	"net/netip"
	"sync"

	"torii/tunnel"
	"torii/tunnel/anyconnect/channel"
)

// session is an authenticated session: its cookie opens tunnels.
type session struct {
	driver *Driver
	cfg    tunnel.Config // Host, Port and Path are those after redirects
	ask    tunnel.Asker
	cookie tunnel.Secret
	banner string

	mu sync.Mutex
	// over says that the gateway knows of the session's end.
	over     bool
	accepted string // the banner that the person accepted
	// peer and renamed are the gateway's (see there).
	peer    netip.AddrPort
	renamed bool
	// idle is the connection of the login, until the first tunnel takes it; nil
	// where it was closed.
	idle *link
}

var _ tunnel.Login = (*session)(nil)

// Open implements tunnel.Login.
func (s *session) Open(ctx context.Context, previous *tunnel.Settings, progress func(tunnel.Phase)) (tunnel.Transport, error) {
	if progress == nil {
		progress = func(tunnel.Phase) {}
	}
	t, err := s.openTunnel(ctx, previous, progress)
	if err != nil {
		if tunnel.CodeOf(err) == tunnel.CodeSessionEnded {
			s.end()
		}
		return nil, err
	}
	banner := t.Settings().Banner
	if banner == "" {
		banner = s.banner
	}
	if err := s.acceptBanner(ctx, banner); err != nil {
		t.Close(tunnel.EndSession)
		s.end()
		return nil, err
	}
	return &observed{Transport: t, session: s}, nil
}

// acceptBanner shows a banner once; the same text after a reconnect has been
// accepted already.
func (s *session) acceptBanner(ctx context.Context, text string) error {
	s.mu.Lock()
	known := text == "" || text == s.accepted
	s.mu.Unlock()
	if known {
		return nil
	}
	given, err := s.ask(ctx, tunnel.Question{
		Kind: tunnel.QuestionBanner, Message: text, Choices: []tunnel.Choice{tunnel.ChoiceOK, tunnel.ChoiceCancel},
	})
	if err != nil {
		return err
	}
	if given.Choice != tunnel.ChoiceOK {
		return tunnel.Errorf(tunnel.CodeCancelled, "show the banner", "the person did not accept it")
	}
	s.mu.Lock()
	s.accepted = text
	s.mu.Unlock()
	return nil
}

// Close implements tunnel.Login. A gateway forgets a session when a tunnel of
// it says goodbye, so one is opened for that where none has.
func (s *session) Close(ctx context.Context) error {
	s.mu.Lock()
	over := s.over
	s.over = true
	s.mu.Unlock()
	if over {
		s.takeGateway(nil).disconnect()
		return nil
	}
	t, err := s.openTunnel(ctx, nil, func(tunnel.Phase) {})
	if err != nil {
		return err
	}
	return t.Close(tunnel.EndSession)
}

func (s *session) end() {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
}

// openTunnel asks for a tunnel and makes a transport of it: the first one on
// the connection of the login, as gateways expect it, later ones on
// connections of their own. Where the login's turns out to be closed, it dials.
func (s *session) openTunnel(ctx context.Context, previous *tunnel.Settings, progress func(tunnel.Phase)) (*channel.Transport, error) {
	g := s.takeGateway(progress)
	for {
		stale := g.link != nil
		if err := g.connect(ctx); err != nil {
			return nil, err
		}
		progress(tunnel.PhaseTunneling)
		limit := g.link.limit
		c := connecting{gateway: g, session: s, previous: previous}
		transport, err := c.run(ctx)
		if err == nil {
			s.mu.Lock()
			s.peer, s.renamed = g.peer, g.renamed
			s.mu.Unlock()
			return transport, nil
		}
		g.disconnect()
		if !stale || limit.answered || !isClosed(err) || ctx.Err() != nil {
			return nil, err
		}
	}
}

// takeGateway returns a gateway to ask for a tunnel, which is connected if the
// login left its connection open.
func (s *session) takeGateway(progress func(tunnel.Phase)) *gateway {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := newGateway(s.driver, s.cfg, s.ask, progress)
	g.peer, g.renamed = s.peer, s.renamed
	g.link, s.idle = s.idle, nil
	return g
}

// observed notes when a transport ends the session at the gateway.
type observed struct {
	*channel.Transport
	session *session
}

// Close implements tunnel.Transport.
func (o *observed) Close(end tunnel.EndReason) error {
	if end == tunnel.EndSession {
		o.session.end()
	}
	return o.Transport.Close(end)
}
