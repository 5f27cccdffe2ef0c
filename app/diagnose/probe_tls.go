package diagnose

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"reflect"
	"slices"
	"time"

	"torii/app/diagnose/hello"
	"torii/tunnel/anyconnect"
)

// handshake begins TLS as the engine does, and writes down what the server
// shows. It returns nil where TLS does not start. No certificate is shown to the
// server, whoever asks.
func (d *doctor) handshake(ctx context.Context, raw net.Conn, e *evidence) *tls.Conn {
	config := d.config()
	config.VerifyConnection = func(state tls.ConnectionState) error {
		e.chain, e.stapled = state.PeerCertificates, state.OCSPResponse
		return nil // the checks decide
	}
	config.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		e.requested, e.acceptable = true, request.AcceptableCAs
		return &tls.Certificate{}, nil
	}
	conn := tls.Client(raw, config)
	ctx, cancel := d.within(ctx, handshakeTime)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		e.handshakeErr, e.alert = err, alertOf(err)
		e.required = e.requested
		var header tls.RecordHeaderError
		e.plain = errors.As(err, &header) && string(header.RecordHeader[:]) == "HTTP/"
		return nil
	}
	state := conn.ConnectionState()
	e.met, e.version, e.suite = true, state.Version, state.CipherSuite
	return conn
}

// config is the engine's of a handshake, without a decision.
func (d *doctor) config() *tls.Config {
	config := &tls.Config{ServerName: d.target.Host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}
	if d.target.OldTLS {
		anyconnect.AllowOldTLS(config)
	}
	return config
}

// alertOf returns the alert that the other end sent, 0 for none. crypto/tls
// keeps its type of alerts to itself, so its number is read by reflection.
func alertOf(err error) uint8 {
	remote, ok := errors.AsType[*net.OpError](err)
	if !ok || remote.Op != "remote error" {
		return 0
	}
	if alert := reflect.ValueOf(remote.Err); alert.Kind() == reflect.Uint8 {
		return uint8(alert.Uint())
	}
	return 0
}

// tryOlder finds out what a server speaks that does not speak with us.
func (d *doctor) tryOlder(ctx context.Context, e *evidence) {
	if e.plain || ctx.Err() != nil || isTimeout(e.handshakeErr) {
		return // it says enough, or nothing at all
	}
	offer := hello.Offer{Version: tls.VersionTLS12, Suites: hello.AllSuites(), OldGroups: true}
	answer := d.try(ctx, offer)
	if answer == nil || answer.Version == 0 {
		offer.Version, offer.Suites = tls.VersionTLS13, hello.ThirteenSuites()
		if newer := d.try(ctx, offer); newer != nil && newer.Version != 0 {
			answer = newer
		}
	}
	if answer == nil {
		return // it hangs up whatever is said
	}
	if answer.Version == 0 {
		if e.alert == 0 {
			e.alert = answer.Alert
		}
		return
	}
	e.older = answer
	e.requested = e.requested || answer.Requested
	e.chain = parsed(answer.Chain)
	suites := offered(ctx, d.config())
	e.ours = slices.Contains(suites, answer.Suite)
	again := d.try(ctx, hello.Offer{Version: offer.Version, Suites: suites})
	e.common = again != nil && again.Version != 0
}

// try sends a hello over a connection of its own; nil where no TLS comes back.
func (d *doctor) try(ctx context.Context, offer hello.Offer) *hello.Answer {
	conn, err := d.dial(ctx)
	if err != nil {
		return nil
	}
	defer conn.Close()
	ctx, cancel := d.within(ctx, handshakeTime)
	defer cancel()
	offer.Name = d.target.Host
	answer, err := hello.Try(ctx, conn, offer)
	if err != nil {
		return nil // the handshake before has said why
	}
	return answer
}

// parsed reads a chain as far as it can be read.
func parsed(ders [][]byte) []*x509.Certificate {
	var chain []*x509.Certificate
	for _, der := range ders {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			break
		}
		chain = append(chain, c)
	}
	return chain
}

// offered are the suites that a client with that configuration offers: the
// library decides, so it is asked.
func offered(ctx context.Context, config *tls.Config) []uint16 {
	near, far := net.Pipe()
	defer near.Close()
	heard := make(chan []uint16, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer far.Close()
		enough := errors.New("that is all")
		server := tls.Server(far, &tls.Config{GetConfigForClient: func(info *tls.ClientHelloInfo) (*tls.Config, error) {
			heard <- info.CipherSuites
			return nil, enough
		}})
		server.HandshakeContext(ctx) // it ends as it must
	}()
	near.SetDeadline(time.Now().Add(handshakeTime))
	tls.Client(near, config).HandshakeContext(ctx)
	near.Close()
	<-done
	select {
	case suites := <-heard:
		return suites
	default:
		return nil
	}
}

// lacksApproved tries what FIPS mode leaves, NIST's curves and AES-GCM, with a
// server that was met, and reports whether it takes none of that.
func (d *doctor) lacksApproved(ctx context.Context) bool {
	conn, err := d.dial(ctx)
	if err != nil {
		return false
	}
	defer conn.Close()
	config := d.config()
	config.MinVersion = tls.VersionTLS12
	config.CipherSuites = []uint16{
		tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	}
	config.CurvePreferences = []tls.CurveID{tls.X25519MLKEM768, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	ctx, cancel := d.within(ctx, handshakeTime)
	defer cancel()
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return !isTimeout(err)
	}
	// The suites of TLS 1.3 cannot be chosen.
	return secured.ConnectionState().CipherSuite == tls.TLS_CHACHA20_POLY1305_SHA256
}
