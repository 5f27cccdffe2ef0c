package anyconnect_test

import (
	"bufio"
	"context"
	"crypto"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
)

// TestACertificateIsAskedForOnAFreshConnection: some gateways ask in XML first,
// and in TLS only on the connection after that; one without a certificate is
// told so, and insists or not.
func TestACertificateIsAskedForOnAFreshConnection(t *testing.T) {
	const (
		wish    = `<config-auth type="auth-request"><opaque is-for="sg"><a>1</a></opaque><client-cert-request/></config-auth>`
		refusal = `<config-auth type="auth-request"><auth id="main"><error>Certificate Validation Failure</error></auth></config-auth>`
	)
	for _, c := range []struct {
		name         string
		have, insist bool
		want         tunnel.Code
	}{
		{name: "with one", have: true},
		{name: "without one", want: ""},
		{name: "without one that is needed", insist: true, want: tunnel.CodeClientCertificate},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, roots := identity(t)
			var connections, shown, failed atomic.Int64
			address := server(t, func(raw net.Conn) {
				config := config.Clone()
				if connections.Add(1) > 1 {
					config.ClientAuth = tls.RequestClientCert
				}
				conn := tls.Server(raw, config)
				in := bufio.NewReader(conn)
				for {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					body, _ := io.ReadAll(r.Body)
					has := len(conn.ConnectionState().PeerCertificates) > 0
					fails := strings.Contains(string(body), "<client-cert-fail/>")
					if has {
						shown.Add(1)
					}
					if fails {
						failed.Add(1)
					}
					switch {
					case r.Method == http.MethodConnect:
						goodConnect(conn, r)
					case r.URL.Path == "/" && !has && !fails:
						answerWith(conn, "200 OK", wish)
					case fails && c.insist:
						answerWith(conn, "200 OK", refusal)
					default:
						goodLogin(conn, r)
					}
				}
			})
			cfg := configFor(t, address, roots)
			if c.have {
				cfg.Certificate = func(context.Context, *tls.CertificateRequestInfo, tunnel.Asker) (*tls.Certificate, error) {
					return &config.Certificates[0], nil
				}
			}
			login, err := anyconnect.Hurry().Login(t.Context(), cfg, (&person{fields: map[string]string{"username": "u", "password": "p"}}).ask, nil)
			if tunnel.CodeOf(err) != c.want {
				t.Fatalf("ended with %v, want %q", err, c.want)
			}
			if c.have != (shown.Load() > 0) || c.have == (failed.Load() > 0) {
				t.Errorf("shown %d times, said to be missing %d times", shown.Load(), failed.Load())
			}
			if err == nil {
				login.Close(t.Context())
			}
		})
	}
}

// TestTheChoiceOfACertificateMayTakeLong: a person is asked for what opens its
// key, and may take longer than the time of a handshake and of a login.
func TestTheChoiceOfACertificateMayTakeLong(t *testing.T) {
	t.Parallel()
	config, roots := identity(t)
	config = config.Clone()
	config.ClientAuth = tls.RequestClientCert
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := config.Clone()
		config.MinVersion, config.MaxVersion = version, version
		address := server(t, func(raw net.Conn) {
			conn := tls.Server(raw, config)
			in := bufio.NewReader(conn)
			for {
				r, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				io.Copy(io.Discard, r.Body)
				goodLogin(conn, r)
			}
		})
		cfg := configFor(t, address, roots)
		asked := false
		cfg.Certificate = func(ctx context.Context, _ *tls.CertificateRequestInfo, ask tunnel.Asker) (*tls.Certificate, error) {
			if _, err := ask(ctx, tunnel.Question{Kind: tunnel.QuestionLogin, Form: &tunnel.Form{}}); err != nil {
				return nil, err
			}
			return &config.Certificates[0], nil
		}
		p := &person{fields: map[string]string{"username": "u", "password": "p"}}
		slow := func(ctx context.Context, q tunnel.Question) (tunnel.Answer, error) {
			if !asked {
				asked = true
				time.Sleep(anyconnect.HurriedPatience + time.Second)
				return tunnel.Answer{Choice: tunnel.ChoiceOK}, nil
			}
			return p.ask(ctx, q)
		}
		login, err := anyconnect.Hurry().Login(t.Context(), cfg, slow, nil)
		if err != nil || !asked {
			t.Errorf("%s: ended with %v, asked: %v", tls.VersionName(version), err, asked)
			continue
		}
		login.Close(t.Context())
	}
}

// slowKey signs after a while, or says an error.
type slowKey struct {
	crypto.Signer
	wait time.Duration
	err  error
}

func (k *slowKey) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	time.Sleep(k.wait)
	if k.err != nil {
		return nil, k.err
	}
	return k.Signer.Sign(random, digest, opts)
}

// TestAKeyMayTakeLong: the key is on a smart card, which waits for a person.
func TestAKeyMayTakeLong(t *testing.T) {
	t.Parallel()
	removed := errors.New("the card was taken away")
	config, roots := identity(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, c := range []struct {
			name string
			key  slowKey
			want error
			code tunnel.Code
		}{
			{name: "slow", key: slowKey{wait: anyconnect.HurriedPatience + time.Second}},
			{name: "refuses", key: slowKey{err: removed}, want: removed, code: tunnel.CodeClientCertificate},
			{name: "refuses with a code", key: slowKey{err: tunnel.Errorf(tunnel.CodeCancelled, "ask for the PIN", "no")}, code: tunnel.CodeCancelled},
		} {
			t.Run(c.name+" "+tls.VersionName(version), func(t *testing.T) {
				t.Parallel()
				config := config.Clone()
				config.ClientAuth, config.MinVersion, config.MaxVersion = tls.RequestClientCert, version, version
				address := server(t, func(raw net.Conn) {
					conn := tls.Server(raw, config)
					in := bufio.NewReader(conn)
					for {
						r, err := http.ReadRequest(in)
						if err != nil {
							return
						}
						io.Copy(io.Discard, r.Body)
						goodLogin(conn, r)
					}
				})
				cfg := configFor(t, address, roots)
				certificate := config.Certificates[0]
				c.key.Signer = certificate.PrivateKey.(crypto.Signer)
				certificate.PrivateKey = &c.key
				cfg.Certificate = func(context.Context, *tls.CertificateRequestInfo, tunnel.Asker) (*tls.Certificate, error) {
					return &certificate, nil
				}
				login, err := anyconnect.Hurry().Login(t.Context(), cfg, (&person{fields: map[string]string{"username": "u", "password": "p"}}).ask, nil)
				if tunnel.CodeOf(err) != c.code || c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("ended with %v, want %q", err, c.code)
				}
				if err == nil {
					login.Close(t.Context())
				}
			})
		}
	}
}
