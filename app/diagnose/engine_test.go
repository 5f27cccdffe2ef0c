package diagnose

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"torii/certstore/verify"
	"torii/tunnel"
	"torii/tunnel/anyconnect"
)

// connect has the engine log in where the doctor looked, with a verifier that
// refuses whatever is found, and returns the code that it ends with; "" where it
// gets as far as a login form. ok is false where the rig changes more than the
// engine can be told.
func (v *visit) connect() (code tunnel.Code, ok bool) {
	if v.target.Proxy != nil || v.options.FIPS || v.options.Revocation != nil || v.loginFails || v.options.hurry > 0 {
		return "", false
	}
	if addresses, err := v.options.Lookup(v.t.Context(), v.target.Host); v.target.Host == host && (err != nil || addresses[0] != loopback) {
		return "", false
	}
	cfg := tunnel.Config{Host: v.target.Host, Port: v.target.Port, OldTLS: v.target.OldTLS, Verify: v.verify}
	if v.target.Host == host {
		cfg.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", v.target.Port))
		}
	}
	if len(v.target.Identities) > 0 {
		return "", false // the rig has certificates without keys to show
	}
	cfg.Certificate = func(context.Context, *tls.CertificateRequestInfo, tunnel.Asker) (*tls.Certificate, error) {
		return &tls.Certificate{}, nil
	}
	errAsked := tunnel.Errorf(tunnel.CodeCancelled, "log in", "the rig wants no more")
	_, err := anyconnect.New(nil).Login(v.t.Context(), cfg, func(context.Context, tunnel.Question) (tunnel.Answer, error) {
		return tunnel.Answer{}, errAsked
	}, nil)
	if code = tunnel.CodeOf(err); code == tunnel.CodeCancelled {
		code = ""
	}
	return code, true
}

// verify decides as the agent does where untrusted servers are blocked.
func (v *visit) verify(_ context.Context, server tunnel.ServerIdentity, _ tunnel.Asker) error {
	leaf := server.Chain[0]
	if v.target.Pin != "" {
		if fingerprint(leaf) == v.target.Pin {
			return nil
		}
		return tunnel.Errorf(tunnel.CodeServerCertificate, "verify", "another pin")
	}
	problems := v.target.Authorities.Check(append(server.Chain, v.target.Intermediates...), server.Host, v.options.filled().Now())
	accepted := v.target.Accepted != nil && v.target.Accepted(leaf)
	for _, p := range problems {
		if !accepted || p != verify.SelfSigned && p != verify.UnknownIssuer {
			return tunnel.Errorf(tunnel.CodeServerCertificate, "verify", "%v", problems)
		}
	}
	return nil
}
