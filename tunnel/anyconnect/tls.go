package anyconnect

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"reflect"
	"time"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
)

// handshake starts TLS on a connection. The server is decided about within the
// handshake: before the client shows its certificate and before any byte of a
// login (design: security rule 7).
func (g *gateway) handshake(ctx context.Context, raw net.Conn) (*link, error) {
	l := &link{wire: cstp.NewBatchConn(raw)}
	l.wire.BeforeRead = acknowledgeAtOnce(raw) // until packets flow
	h := handshaking{gateway: g, link: l, ctx: ctx, raw: raw}
	config := &tls.Config{
		ServerName: g.cfg.Host,
		MinVersion: tls.VersionTLS12,
		// The verification is ours and always takes place: Verify decides with
		// the person where there is something to decide.
		InsecureSkipVerify:   true,
		VerifyConnection:     h.verify,
		GetClientCertificate: h.certificate,
		// One CSTP frame must be one record; Go would begin with small ones.
		DynamicRecordSizingDisabled: true,
	}
	if g.cfg.OldTLS {
		AllowOldTLS(config)
	}
	l.tls = tls.Client(l.wire, config)
	h.limit()
	if err := l.tls.HandshakeContext(ctx); err != nil {
		return nil, h.explain(err)
	}
	raw.SetDeadline(time.Time{})
	l.limit = &limit{conn: l.tls}
	l.in = bufio.NewReaderSize(l.limit, inBuffer)
	return l, nil
}

// AllowOldTLS is for gateways that know no better: TLS 1.0 and 1.1, and RSA
// key exchange, by which a key that is lost later opens what was recorded. RC4
// and 3DES stay forbidden.
func AllowOldTLS(config *tls.Config) {
	config.MinVersion = tls.VersionTLS10
	for _, suite := range tls.CipherSuites() {
		config.CipherSuites = append(config.CipherSuites, suite.ID)
	}
	config.CipherSuites = append(config.CipherSuites,
		tls.TLS_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA)
}

// handshaking is one handshake under way.
type handshaking struct {
	gateway *gateway
	link    *link
	ctx     context.Context
	raw     net.Conn
	signing error // what the client's key said instead of signing
}

// limit bounds the handshake from now.
func (h *handshaking) limit() {
	end := time.Now().Add(h.gateway.times.handshake)
	if h.gateway.deadline.Before(end) {
		end = h.gateway.deadline
	}
	h.raw.SetDeadline(end)
}

// verify decides about the server.
func (h *handshaking) verify(state tls.ConnectionState) error {
	cfg := &h.gateway.cfg
	if cfg.Verify == nil {
		return verifyBySystem(state, cfg.Host)
	}
	// A person may take longer than a handshake; whether the gateway waits is
	// seen afterwards.
	h.raw.SetDeadline(time.Time{})
	start := time.Now()
	err := cfg.Verify(h.ctx, tunnel.ServerIdentity{
		Host: cfg.Host, Port: cfg.Port, Chain: state.PeerCertificates, OCSP: state.OCSPResponse,
	}, h.gateway.asker)
	h.gateway.excuse(start)
	h.limit()
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*tunnel.Error](err); ok {
		return err
	}
	return tunnel.NewError(tunnel.CodeServerCertificate, "verify the gateway", err)
}

// verifyBySystem trusts what the system's roots vouch for.
func verifyBySystem(state tls.ConnectionState, host string) error {
	options := x509.VerifyOptions{DNSName: host, Intermediates: x509.NewCertPool()}
	for _, c := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	if _, err := state.PeerCertificates[0].Verify(options); err != nil {
		return tunnel.NewError(tunnel.CodeServerCertificate, "verify the gateway", err)
	}
	return nil
}

// certificate chooses what to show to a gateway that asks.
func (h *handshaking) certificate(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	h.link.wantedCertificate = true
	choose := h.gateway.cfg.Certificate
	if choose == nil {
		return &tls.Certificate{}, nil
	}
	// The keyring may ask a person for its password, and so may the choice.
	h.raw.SetDeadline(time.Time{})
	start := time.Now()
	chosen, err := choose(h.ctx, request, h.gateway.asker)
	h.gateway.excuse(start)
	h.limit()
	if err != nil {
		return nil, err
	}
	if chosen == nil {
		return &tls.Certificate{}, nil
	}
	h.link.showedCertificate = len(chosen.Certificate) > 0
	return h.patiently(chosen), nil
}

// explain gives an error of the handshake its code.
func (h *handshaking) explain(err error) error {
	const op = "start TLS with the gateway"
	if coded, ok := errors.AsType[*tunnel.Error](err); ok {
		return coded
	}
	if said := h.signingError(); said != nil {
		return said
	}
	if h.ctx.Err() != nil {
		return contextError(h.ctx, op)
	}
	if refused := certificateAlert(err); refused != nil {
		return refused
	}
	if h.link.lacksCertificate() && (isClosed(err) || remoteAlert(err) == alertHandshakeFailure) {
		return lacksCertificate(err)
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return tunnel.NewError(tunnel.CodeTimeout, op, err)
	}
	return tunnel.NewError(tunnel.CodeTLS, op, err)
}

// lacksCertificate is the error of a gateway that insists on a certificate and
// hangs up without a word where there is none: ocserv closes the connection
// with our request unread, and the reset overtakes its alert. In TLS 1.2 a
// server may also say that the handshake failed (RFC 5246, section 7.4.6), as
// OpenSSL does.
func lacksCertificate(err error) error {
	return tunnel.NewError(tunnel.CodeClientCertificate, "show the client certificate", err)
}

// The alerts by which a server refuses a client's certificate (RFC 8446,
// section 6.2).
const (
	alertHandshakeFailure       = 40 // of every kind
	alertBadCertificate         = 42
	alertUnsupportedCertificate = 43
	alertCertificateRevoked     = 44
	alertCertificateExpired     = 45
	alertCertificateUnknown     = 46
	alertUnknownCA              = 48
	alertAccessDenied           = 49
	alertCertificateRequired    = 116
)

// certificateAlert recognises a gateway that refused the client's certificate,
// or the lack of one; nil for another error.
func certificateAlert(err error) error {
	switch remoteAlert(err) {
	case alertBadCertificate, alertUnsupportedCertificate, alertCertificateRevoked, alertCertificateExpired,
		alertCertificateUnknown, alertUnknownCA, alertCertificateRequired:
		return tunnel.NewError(tunnel.CodeClientCertificate, "show the client certificate", err)
	case alertAccessDenied:
		return tunnel.NewError(tunnel.CodeLoginRefused, "log in", err)
	}
	return nil
}

// remoteAlert returns the alert that the other end sent, 0 for none. crypto/tls
// keeps its type of alerts to itself, so its number is read by reflection.
func remoteAlert(err error) uint64 {
	remote, ok := errors.AsType[*net.OpError](err)
	if !ok || remote.Op != "remote error" {
		return 0
	}
	if alert := reflect.ValueOf(remote.Err); alert.Kind() == reflect.Uint8 {
		return alert.Uint()
	}
	return 0
}
