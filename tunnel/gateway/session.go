package gateway

import (
	"crypto/rand"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// maxSessions bounds the sessions that are known at one time.
	maxSessions = 64
	// sessionEndedAfter is how long a tunnel lives under FaultSessionEnded.
	sessionEndedAfter = 2 * time.Second
)

// session is a login that succeeded. It outlives its tunnels, so that a client
// takes it up again with its cookie.
type session struct {
	gateway *Gateway
	cookie  string
	user    string
	device  string // its unique id

	mu     sync.Mutex
	v4, v6 netip.Addr
	links  []*link // tunnels that are open; the last one is sent to
	ended  bool
	expiry *time.Timer // ends a session that has no tunnel
	limit  *time.Timer // the session's time limit
}

// newSession makes a session of a login that succeeded.
func (g *Gateway) newSession(l *login) (*session, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, errors.New("the gateway shuts down")
	}
	if len(g.sessions) >= maxSessions {
		return nil, errors.New("the gateway has too many sessions")
	}
	s := &session{gateway: g, cookie: rand.Text(), user: l.user, device: l.device}
	s.expiry = time.AfterFunc(g.config.KeepSession, func() { s.end("") })
	if g.config.SessionTimeout > 0 {
		s.limit = time.AfterFunc(g.config.SessionTimeout, func() { s.end("The session's time is over.") })
	}
	g.sessions[s.cookie] = s
	return s, nil
}

// findSession returns the session of a cookie; nil when there is none.
func (g *Gateway) findSession(cookie string) *session {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sessions[cookie]
}

// hasTunnel tells whether a tunnel is open.
func (s *session) hasTunnel() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.links) > 0
}

// attach adds a tunnel, which from now on gets the packets.
func (s *session) attach(l *link) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return errEnded
	}
	s.expiry.Stop()
	s.links = append(s.links, l)
	return nil
}

// detach forgets a tunnel that is over, and an address that only it had. With
// the last one the time begins in which the session can be taken up again.
func (s *session) detach(l *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.links = slices.DeleteFunc(slices.Clone(s.links), func(other *link) bool { return other == l })
	s.release(l.inside, l.v4)
	s.release(l.inside, l.v6)
	if len(s.links) == 0 && !s.ended {
		s.expiry.Reset(s.gateway.config.KeepSession)
	}
}

// release gives an address back unless the session or a tunnel of it still has
// it; s.mu is held.
func (s *session) release(in *inside, address netip.Addr) {
	used := slices.ContainsFunc(s.links, func(l *link) bool { return l.v4 == address || l.v6 == address })
	if !used && (s.ended || address != s.v4 && address != s.v6) {
		in.unroute(address, s)
	}
}

// end forgets the session and ends its tunnels; the client is told why when
// reason is not empty.
func (s *session) end(reason string) {
	g := s.gateway
	g.mu.Lock()
	delete(g.sessions, s.cookie)
	in := g.inside
	g.mu.Unlock()

	s.mu.Lock()
	ended, links := s.ended, s.links
	s.ended = true
	s.expiry.Stop()
	if s.limit != nil {
		s.limit.Stop()
	}
	if in != nil {
		in.unroute(s.v4, s)
		in.unroute(s.v6, s)
	}
	s.mu.Unlock()
	if ended {
		return
	}
	for _, l := range links {
		l.terminate(reason)
	}
}

// send gives packets to the newest tunnel; without one they are dropped.
func (s *session) send(packets [][]byte) {
	s.mu.Lock()
	var newest *link
	if len(s.links) > 0 {
		newest = s.links[len(s.links)-1]
	}
	s.mu.Unlock()
	if newest != nil {
		newest.send(packets)
	}
}

// owns tells whether an address is one of the session's own.
func (s *session) owns(address netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return address.IsValid() && (address == s.v4 || address == s.v6)
}

// takeAddresses gives the session its addresses for a new tunnel: those that
// it has, or fresh ones.
func (s *session) takeAddresses(in *inside, want6 bool) (v4, v6 netip.Addr, err error) {
	config := &s.gateway.config
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return v4, v6, errEnded
	}
	if !s.v4.IsValid() || config.MoveAddress {
		after := s.v4
		if !after.IsValid() {
			after = serverAddress(config.Network4)
		}
		fresh, err := in.takeAfter(config.Network4, after, s)
		if err != nil {
			return v4, v6, err
		}
		left := s.v4
		s.v4 = fresh
		s.release(in, left)
	}
	if !want6 || config.NoIPv6 {
		return s.v4, netip.Addr{}, nil
	}
	if !s.v6.IsValid() {
		if s.v6, err = in.takeAfter(config.Network6, serverAddress(config.Network6), s); err != nil {
			return v4, v6, err
		}
	}
	return s.v4, s.v6, nil
}

// errEnded is for a session that ended while a tunnel was asked for.
var errEnded = errors.New("the session has ended")
