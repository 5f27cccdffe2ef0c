//go:build privileged && cgo && linux

package main_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"torii/certstore/token"
	"torii/tunnel"
	"torii/tunnel/anyconnect"
	"torii/tunnel/testbed"
)

// TestLoginAtOcserv logs in to the real gateway with keys on a token.
func TestLoginAtOcserv(t *testing.T) {
	if os.Getenv(insideGateway) != "" {
		loginInside(t)
		return
	}
	testbed.Require(t, "ocserv", "ocpasswd")
	card := newSofthsm(t)
	for _, c := range []struct{ name, id, keyType, versions string }{
		{"RSA, TLS 1.3", "01", "rsa:2048", "+VERS-TLS1.3"},
		{"RSA, TLS 1.2", "02", "rsa:2048", "+VERS-TLS1.2"},
		{"ECDSA, TLS 1.3", "03", "EC:prime256v1", "+VERS-TLS1.3"},
		{"ECDSA, TLS 1.2", "04", "EC:prime256v1", "+VERS-TLS1.2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bed := testbed.New(t)
			gateway := bed.StartOcserv(t, testbed.OcservConfig{
				Network: "10.99.0.0/24", Routes: []string{"10.99.0.0/24"}, Certificate: true, NoPassword: true,
				Lines: []string{`tls-priorities = "NORMAL:%SERVER_PRECEDENCE:-VERS-ALL:` + c.versions + `:+VERS-DTLS1.2"`},
			})
			leaf, err := x509.ParseCertificate(gateway.Issue(t, card.pair(c.id, c.name, c.keyType)))
			if err != nil {
				t.Fatal(err)
			}
			card.store(c.id, c.name, leaf)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			// This program again, in the client's namespace.
			login := bed.Client.Command(ctx, os.Args[0], "-test.run", "^TestLoginAtOcserv$", "-test.v")
			login.Env = append(os.Environ(), insideGateway+"="+gateway.Address(), insideCA+"="+gateway.CAFile,
				insideProgram+"="+program(t), insideModule+"="+card.module, insideURI+"="+card.named(c.name).String())
			said, err := login.CombinedOutput()
			if err != nil || !strings.Contains(string(said), "10.99.0.") {
				t.Errorf("%v\n%s", err, said)
			}
		})
	}
}

// What the half inside is told.
const (
	insideGateway = "TORII_TEST_GATEWAY"
	insideCA      = "TORII_TEST_CA"
	insideProgram = "TORII_TEST_PROGRAM"
	insideModule  = "TORII_TEST_MODULE"
	insideURI     = "TORII_TEST_URI"
)

// loginInside is the other half of TestLoginAtOcserv, in the namespace of the
// client: it logs in, opens a tunnel and says which address it got.
func loginInside(t *testing.T) {
	pem, err := os.ReadFile(os.Getenv(insideCA))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	uri, err := token.ParseURI(os.Getenv(insideURI))
	if err != nil {
		t.Fatal(err)
	}
	m := token.New(token.Options{Program: os.Getenv(insideProgram), Path: os.Getenv(insideModule)})
	defer m.Close()
	person := &answers{t: t, pins: []string{userPIN}}
	cfg := tunnel.Config{
		Host: os.Getenv(insideGateway), User: "alice", Protocol: "anyconnect",
		Verify: func(_ context.Context, server tunnel.ServerIdentity, _ tunnel.Asker) error {
			_, err := server.Chain[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: server.Host})
			return err
		},
		Certificate: func(ctx context.Context, _ *tls.CertificateRequestInfo, _ tunnel.Asker) (*tls.Certificate, error) {
			return m.Certificate(ctx, uri, person.ask)
		},
	}
	login, err := anyconnect.New(nil).Login(t.Context(), cfg, func(_ context.Context, q tunnel.Question) (tunnel.Answer, error) {
		t.Errorf("the gateway asks: %+v", q)
		return tunnel.Answer{}, exec.ErrNotFound
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer login.Close(t.Context())
	transport, err := login.Open(t.Context(), nil, func(tunnel.Phase) {})
	if err != nil {
		t.Fatal(err)
	}
	defer transport.Close(tunnel.EndSession)
	t.Logf("connected as %v; the person was asked %d times", transport.Settings().Addresses, len(person.prompts))
}
