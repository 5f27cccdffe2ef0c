package proxy

import (
	"bufio"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
)

const (
	// headTimeout is how long a client may take to say what it wants.
	headTimeout = 20 * time.Second
	// idleTimeout closes an HTTP connection on which no request comes.
	idleTimeout  = 2 * time.Minute
	maxHeadBytes = 64 << 10
	// acceptPause is slept after a passing error of Accept (no descriptors).
	acceptPause = 50 * time.Millisecond
)

// server serves connections, whatever protocol they speak.
type server struct {
	address  netip.AddrPort
	user     string
	password tunnel.Secret
	system   system
	log      logrus.FieldLogger
	dialer   atomic.Pointer[dialer]

	http    *http.Server
	forward *httputil.ReverseProxy

	slots  chan struct{} // one for each connection that may be served
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// newServer builds the server of a listener's address.
func newServer(options Options, address netip.AddrPort) *server {
	s := &server{
		address:  address,
		user:     options.User,
		password: options.Password,
		system:   options.system,
		log:      options.Log,
		slots:    make(chan struct{}, options.MaxConnections),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http, s.forward = s.newHTTP()
	return s
}

// serve accepts until the listener is closed. A connection beyond the bound is
// closed at once, so that the others go on.
func (s *server) serve(listener net.Listener) error {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil {
			s.log.WithError(err).Debug("proxy: accept")
			select {
			case <-time.After(acceptPause):
				continue
			case <-s.ctx.Done():
				return err
			}
		}
		select {
		case s.slots <- struct{}{}:
		default:
			conn.Close()
			continue
		}
		s.work.Go(func() {
			defer func() { <-s.slots }()
			s.serveConn(conn)
		})
	}
}

// close ends every connection; wait returns when they are gone.
func (s *server) close() {
	s.cancel()
	s.http.Close()
}

func (s *server) wait() {
	s.work.Wait()
	s.forward.Transport.(*http.Transport).CloseIdleConnections()
}

// serveConn checks who is there and finds out what it speaks: a SOCKS5
// greeting begins with the byte 5 (RFC 1928 section 3), HTTP with a letter.
func (s *server) serveConn(conn net.Conn) {
	defer conn.Close()
	stop := context.AfterFunc(s.ctx, func() { conn.Close() })
	defer stop()
	if err := s.admit(conn); err != nil {
		s.log.Debugf("proxy: refused %s", describe(conn, err))
		return
	}
	conn.SetReadDeadline(time.Now().Add(headTimeout))
	reader := bufio.NewReader(conn)
	first, err := reader.Peek(1)
	if err != nil {
		return
	}
	if first[0] == socksVersion {
		s.serveSOCKS(conn, reader)
		return
	}
	s.serveHTTP(&peekedConn{Conn: conn, reader: reader})
}

// The protocols of the kernel's socket table.
const (
	protocolTCP = 6
	protocolUDP = 17
)

// needsPassword tells whether a password decides instead of the user id.
func (s *server) needsPassword() bool { return s.user != "" }

// admit refuses connections of other users where no password decides.
func (s *server) admit(conn net.Conn) error {
	if s.needsPassword() {
		return nil
	}
	return s.checkOwner(protocolTCP, addrPort(conn.RemoteAddr()), addrPort(conn.LocalAddr()))
}

// checkOwner compares the owner of a peer's socket with this process's user.
func (s *server) checkOwner(protocol uint8, peer, ours netip.AddrPort) error {
	uid, err := s.system.owner(protocol, peer, ours)
	if err != nil {
		return err
	}
	if uid != s.system.user {
		return fmt.Errorf("it belongs to user %d, and this proxy to user %d", uid, s.system.user)
	}
	return nil
}

// knows compares a user and a password in constant time.
func (s *server) knows(user, password string) bool {
	sameUser := subtle.ConstantTimeCompare([]byte(user), []byte(s.user))
	return sameUser&subtle.ConstantTimeCompare([]byte(password), []byte(s.password.Reveal())) == 1
}

// addrPort reads a TCP or UDP address; IPv4 in IPv6 becomes IPv4.
func addrPort(a net.Addr) netip.AddrPort {
	var at netip.AddrPort
	switch a := a.(type) {
	case *net.TCPAddr:
		at = a.AddrPort()
	case *net.UDPAddr:
		at = a.AddrPort()
	}
	return netip.AddrPortFrom(at.Addr().Unmap().WithZone(""), at.Port())
}

// peekedConn reads first what was read ahead.
type peekedConn struct {
	net.Conn
	reader *bufio.Reader
}

func (c *peekedConn) Read(b []byte) (int, error) {
	if c.reader.Buffered() > 0 {
		return c.reader.Read(b)
	}
	return c.Conn.Read(b)
}

// CloseWrite ends this end's direction and leaves the other open.
func (c *peekedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Conn.Close()
}

// relay copies both ways until both directions ended or one broke. early is
// what the client sent ahead of the answer.
func relay(client, target net.Conn, early *bufio.Reader) {
	var back sync.WaitGroup
	back.Go(func() {
		_, err := io.Copy(client, target)
		finish(client, err)
	})
	var err error
	if n := early.Buffered(); n > 0 {
		_, err = io.CopyN(target, early, int64(n))
	}
	if err == nil {
		_, err = io.Copy(target, client)
	}
	finish(target, err)
	if err != nil {
		client.Close()
	}
	back.Wait()
}

// finish passes the end of a stream on: an orderly one as the end of this
// direction, a broken one to both.
func finish(to net.Conn, err error) {
	half, ok := to.(interface{ CloseWrite() error })
	if err != nil || !ok {
		to.Close()
		return
	}
	half.CloseWrite()
}
