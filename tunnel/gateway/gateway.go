package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
	"torii/tunnel/internal/httpconn"
)

const (
	// maxConnections bounds what is served at one time; more are closed.
	maxConnections = 256
	// headTimeout is how long a client may take for a TLS handshake or for
	// the head of a request; a request's body has twice as long.
	headTimeout  = 15 * time.Second
	maxHeadBytes = 64 << 10
)

// The addresses that connections in memory show: documentation networks (RFC
// 5737), which no real network uses.
var (
	memoryGateway = net.IPv4(192, 0, 2, 1)
	memoryClient  = net.IPv4(192, 0, 2, 2)
)

// Gateway is a practice gateway. It costs nothing until somebody connects.
type Gateway struct {
	config Config
	log    logrus.FieldLogger
	ca     *authority
	http   *http.Server

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup // every goroutine that serves somebody

	fault atomic.Pointer[Fault] // changes with mu held

	mu             sync.Mutex
	faultChanged   chan struct{} // closed and replaced with each change
	certificates   map[Fault]*tls.Certificate
	connections    int
	password       string          // it may be changed by a login
	changePassword bool            // the next login must change it
	devices        map[string]bool // that Config.RegistersDevices knows
	logins         map[string]*login
	sessions       map[string]*session // by cookie
	inside         *inside             // nil until the first tunnel
	links          linkTable
	closed         bool
}

// New builds a gateway. Nothing runs until the first Dial or Listen.
func New(config Config) (*Gateway, error) {
	config = config.withDefaults()
	ca, err := newAuthority("Torii practice authority")
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		config:         config,
		log:            config.Log,
		ca:             ca,
		faultChanged:   make(chan struct{}),
		certificates:   map[Fault]*tls.Certificate{},
		password:       config.Password,
		changePassword: config.NewPassword,
		devices:        map[string]bool{},
		logins:         map[string]*login{},
		sessions:       map[string]*session{},
		links:          linkTable{links: map[appID]*link{}},
	}
	g.fault.Store(&config.Fault)
	if g.log == nil {
		silent := logrus.New()
		silent.SetOutput(io.Discard)
		g.log = silent
	}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	g.http = &http.Server{
		Handler:           http.HandlerFunc(g.serveHTTP),
		ReadHeaderTimeout: headTimeout,
		ReadTimeout:       2 * headTimeout,
		MaxHeaderBytes:    maxHeadBytes,
		ErrorLog:          log.New(io.Discard, "", 0),
		BaseContext:       func(net.Listener) context.Context { return g.ctx },
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, httpconn.Unwrap(conn))
		},
	}
	return g, nil
}

// connKey finds the *tls.Conn of a request in its context.
type connKey struct{}

// CA returns the authority to trust for this gateway's certificates.
func (g *Gateway) CA() *x509.Certificate { return g.ca.certificate }

// UserCertificate issues a client certificate, for a rehearsal or a test with
// Config.Certificate.
func (g *Gateway) UserCertificate(user string) (*tls.Certificate, error) {
	return g.ca.issueClient(user)
}

// Page returns the URL of the web page inside, by name.
func (g *Gateway) Page() string { return "http://" + PageName + "/" }

// Dial reaches the gateway in memory, whatever the address says: it is a
// tunnel.Dialer. network is "tcp" or "udp".
func (g *Gateway) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	_, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial practice gateway: %w", err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("dial practice gateway: port: %w", err)
	}
	var serve func(net.Conn)
	var near, far net.Addr
	switch network {
	case "tcp":
		near = &net.TCPAddr{IP: memoryClient, Port: clientPort()}
		far = &net.TCPAddr{IP: memoryGateway, Port: int(port)}
		serve = g.serveStream
	case "udp":
		near = &net.UDPAddr{IP: memoryClient, Port: clientPort()}
		far = &net.UDPAddr{IP: memoryGateway, Port: int(port)}
		serve = g.serveMemoryDatagrams
	default:
		return nil, fmt.Errorf("dial practice gateway: no network %q", network)
	}
	ours, theirs := memoryPair(far, near, network == "udp")
	if err := g.start(func() { serve(ours) }); err != nil {
		return nil, err
	}
	return theirs, nil
}

// start runs a goroutine that Close waits for; it counts as one connection.
func (g *Gateway) start(serve func()) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return fmt.Errorf("dial practice gateway: %w", net.ErrClosed)
	}
	if g.connections >= maxConnections {
		return errors.New("dial practice gateway: it serves too many connections")
	}
	g.connections++
	g.work.Go(func() {
		defer func() {
			g.mu.Lock()
			g.connections--
			g.mu.Unlock()
		}()
		serve()
	})
	return nil
}

// serveStream serves one TCP connection: TLS, then requests, then perhaps a
// tunnel.
func (g *Gateway) serveStream(raw net.Conn) {
	defer raw.Close()
	stop := context.AfterFunc(g.ctx, func() { raw.Close() })
	defer stop()
	if g.waitWhileFrozen(g.ctx) != nil {
		return
	}
	config, err := g.tlsConfig()
	if err != nil {
		g.log.WithError(err).Debug("practice gateway: no certificate")
		return
	}
	conn := tls.Server(cstp.NewBatchConn(raw), config)
	handshake, cancel := context.WithTimeout(g.ctx, headTimeout)
	defer cancel()
	if err := conn.HandshakeContext(handshake); err != nil {
		g.log.WithError(err).Debug("practice gateway: TLS handshake")
		return
	}
	httpconn.Serve(g.http, conn) // until the connection is closed
}

// tlsConfig is made for each connection: the fault chooses the certificate.
func (g *Gateway) tlsConfig() (*tls.Config, error) {
	certificate, err := g.currentCertificate()
	if err != nil {
		return nil, err
	}
	config := &tls.Config{
		Certificates:                []tls.Certificate{*certificate},
		MinVersion:                  tls.VersionTLS12,
		SessionTicketsDisabled:      true,
		DynamicRecordSizingDisabled: true, // one frame, one record
		ClientCAs:                   g.config.ClientCAs,
	}
	if g.config.Certificate != CertificateNone {
		config.ClientAuth = tls.VerifyClientCertIfGiven
		if config.ClientCAs == nil {
			config.ClientCAs = x509.NewCertPool()
			config.ClientCAs.AddCert(g.ca.certificate)
		}
	}
	return config, nil
}

// currentCertificate is the same for the same fault, so that a person's
// decision about it holds.
func (g *Gateway) currentCertificate() (*tls.Certificate, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	fault := g.Fault()
	switch fault {
	case FaultExpiredCertificate, FaultUnknownIssuer, FaultWrongName:
	default:
		fault = FaultNone
	}
	if certificate := g.certificates[fault]; certificate != nil {
		return certificate, nil
	}
	certificate, err := g.serverCertificate(fault)
	if err != nil {
		return nil, err
	}
	g.certificates[fault] = certificate
	return certificate, nil
}

// SetFault sets the fault that acts from now on; FaultNone mends everything.
func (g *Gateway) SetFault(fault Fault) {
	g.mu.Lock()
	g.fault.Store(&fault)
	close(g.faultChanged)
	g.faultChanged = make(chan struct{})
	var end []*session
	if fault == FaultSessionEnded {
		for _, s := range g.sessions {
			if s.hasTunnel() {
				end = append(end, s)
			}
		}
	}
	g.mu.Unlock()
	g.log.WithField("fault", string(fault)).Debug("practice gateway: fault set")
	for _, s := range end {
		s.end("The session was ended by the administrator.")
	}
}

// Fault returns the fault that is set.
func (g *Gateway) Fault() Fault { return *g.fault.Load() }

// waitWhileFrozen returns at once unless the gateway is frozen, else when it
// thaws or ctx ends.
func (g *Gateway) waitWhileFrozen(ctx context.Context) error {
	for {
		g.mu.Lock()
		frozen, changed := g.Fault() == FaultGatewayFrozen, g.faultChanged
		g.mu.Unlock()
		if !frozen {
			return ctx.Err()
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close ends every session and connection and waits for them.
func (g *Gateway) Close() error {
	g.mu.Lock()
	g.closed = true
	sessions := make([]*session, 0, len(g.sessions))
	for _, s := range g.sessions {
		sessions = append(sessions, s)
	}
	g.mu.Unlock()
	for _, s := range sessions {
		s.end("The gateway shuts down.")
	}
	g.cancel()
	g.http.Close()
	g.work.Wait()
	g.mu.Lock()
	inside := g.inside
	g.inside = nil
	g.mu.Unlock()
	if inside != nil {
		inside.close()
	} else if g.config.Inside != nil {
		return g.config.Inside.Close()
	}
	return nil
}

var _ tunnel.Dialer = (*Gateway)(nil).Dial

// clientPort is a port that a client might have, for show.
func clientPort() int {
	return 32768 + int(serialNumber().Uint64()%28000)
}
