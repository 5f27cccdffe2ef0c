// Package proxy is the way without privileges: a tunnel.Network that gives this
// machine no interface, but one listener on the loopback that speaks SOCKS5
// (CONNECT and UDP ASSOCIATE), HTTP CONNECT and plain HTTP proxying, and serves
// a PAC file at /proxy.pac. Connections go through the tunnel over a
// user-space stack; what the gateway's routes leave outside goes out directly,
// as in a split tunnel, and names are resolved as its split DNS says.
//
// Who may use it (design.md, security rule 8): processes of this user only,
// told by the kernel's socket table; or, with a user and a password, whoever
// knows them. It never leads to this machine's own loopback.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
	"torii/tunnel/netstack"
)

// DefaultMaxConnections is how many connections are served at one time.
const DefaultMaxConnections = 1024

// Options say how the proxy listens and whom it serves.
type Options struct {
	// Listen is where to listen; the zero value means 127.0.0.1 and a free
	// port. An address that others can reach needs User and Password.
	Listen netip.AddrPort
	// User and Password, when set, replace the check of the user id.
	User     string
	Password tunnel.Secret
	// MaxConnections is DefaultMaxConnections when 0.
	MaxConnections int
	// Log receives what was refused, at debug level; nil for nothing.
	Log logrus.FieldLogger

	system system // this machine where a test does not say otherwise
}

// Network makes a tunnel usable through a proxy.
type Network struct {
	options Options
	// lastPort is tried first when the port is ours to choose, so that
	// programs that were told the address keep it.
	lastPort atomic.Uint32
}

var _ tunnel.Network = (*Network)(nil)

// NewNetwork returns a network that listens as options say.
func NewNetwork(options Options) *Network {
	if !options.Listen.Addr().IsValid() {
		options.Listen = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), options.Listen.Port())
	}
	if options.MaxConnections == 0 {
		options.MaxConnections = DefaultMaxConnections
	}
	options.system = options.system.withDefaults()
	if options.Log == nil {
		silent := logrus.New()
		silent.SetOutput(io.Discard)
		options.Log = silent
	}
	return &Network{options: options}
}

// Open starts the stack and the listener.
func (n *Network) Open(_ context.Context, settings tunnel.Settings) (tunnel.Attachment, error) {
	if err := n.mayListen(); err != nil {
		return nil, err
	}
	if len(settings.Addresses) == 0 {
		return nil, tunnel.Errorf(tunnel.CodeBadSettings, "open proxy", "the gateway gave no address")
	}
	stack, err := netstack.New(netstack.Options{Addresses: addressesOf(&settings), MTU: settings.MTU})
	if err != nil {
		return nil, tunnel.NewError(tunnel.CodeNetworkSetup, "build network stack", err)
	}
	listener, err := n.listen()
	if err != nil {
		stack.Close()
		return nil, tunnel.NewError(tunnel.CodeNetworkSetup, "listen for the proxy", err)
	}
	a := &attachment{
		stack:    stack,
		listener: listener,
		lost:     make(chan struct{}),
	}
	a.settings.Store(&settings)
	a.server = newServer(n.options, listener.Addr().(*net.TCPAddr).AddrPort())
	a.server.dialer.Store(newDialer(settings, stack, n.options.system))
	a.accepting.Go(a.accept)
	return a, nil
}

// mayListen applies security rule 8.
func (n *Network) mayListen() error {
	const op = "open proxy"
	secured := n.options.User != "" && !n.options.Password.Empty()
	switch {
	case secured:
		return nil
	case !n.options.Listen.Addr().IsLoopback():
		return tunnel.Errorf(tunnel.CodePolicy, op, "%s can be reached by others, so the proxy needs a user and a password", n.options.Listen.Addr())
	case !canTellOwner:
		return tunnel.Errorf(tunnel.CodeUnsupported, op, "this system does not tell who opened a connection, so the proxy needs a user and a password")
	default:
		return nil
	}
}

// listen opens the listener, on the port of the last time where it may choose.
func (n *Network) listen() (net.Listener, error) {
	at := n.options.Listen
	if last := uint16(n.lastPort.Load()); at.Port() == 0 && last != 0 {
		if listener, err := net.Listen("tcp", netip.AddrPortFrom(at.Addr(), last).String()); err == nil {
			return listener, nil
		}
	}
	listener, err := net.Listen("tcp", at.String())
	if err != nil {
		return nil, err
	}
	n.lastPort.Store(uint32(listener.Addr().(*net.TCPAddr).Port))
	return listener, nil
}

// addressesOf are the tunnel's addresses without their prefix lengths.
func addressesOf(settings *tunnel.Settings) []netip.Addr {
	addresses := make([]netip.Addr, len(settings.Addresses))
	for i, prefix := range settings.Addresses {
		addresses[i] = prefix.Addr()
	}
	return addresses
}

// attachment is a proxy that runs.
type attachment struct {
	stack    *netstack.Stack
	listener net.Listener
	server   *server
	settings atomic.Pointer[tunnel.Settings]

	accepting sync.WaitGroup
	closing   sync.Once
	closed    atomic.Bool
	lost      chan struct{}
}

// accept serves until the listener is closed. Any other end of it is a loss.
func (a *attachment) accept() {
	err := a.server.serve(a.listener)
	if !a.closed.Load() {
		a.server.log.WithError(err).Warn("the proxy's listener broke")
		close(a.lost)
	}
}

// Device is where the tunnel's packets come from and go to.
func (a *attachment) Device() tunnel.Device { return a.stack }

// Lost is closed when the listener broke.
func (a *attachment) Lost() <-chan struct{} { return a.lost }

// Update applies settings to new connections. Connections that are open go on
// where their own address is still there.
func (a *attachment) Update(_ context.Context, settings tunnel.Settings) error {
	if len(settings.Addresses) == 0 {
		return tunnel.Errorf(tunnel.CodeBadSettings, "update proxy", "the gateway gave no address")
	}
	err := errors.Join(a.stack.SetAddresses(addressesOf(&settings)), a.stack.SetMTU(settings.MTU))
	if err != nil {
		return tunnel.NewError(tunnel.CodeNetworkSetup, "update network stack", err)
	}
	a.settings.Store(&settings)
	a.server.dialer.Store(newDialer(settings, a.stack, a.server.system))
	return nil
}

// Info names the listener and the routes.
func (a *attachment) Info() tunnel.AttachmentInfo {
	settings := a.settings.Load()
	info := tunnel.AttachmentInfo{Proxy: a.server.address, Secure: settings.Include, NonSecure: settings.Exclude}
	if settings.FullTunnel() {
		for _, everything := range []string{"0.0.0.0/0", "::/0"} {
			if prefix := netip.MustParsePrefix(everything); hasFamily(settings, prefix.Addr()) {
				info.Secure = append(info.Secure, prefix)
			}
		}
	}
	return info
}

// Close ends the listener, every connection and the stack.
func (a *attachment) Close() error {
	a.closing.Do(func() {
		a.closed.Store(true)
		a.listener.Close()
		a.server.close()
		a.stack.Close()
		a.accepting.Wait()
		a.server.wait()
	})
	return nil
}

// describe is how a log names a peer that was refused.
func describe(conn net.Conn, err error) string { return fmt.Sprintf("%s: %v", conn.RemoteAddr(), err) }
