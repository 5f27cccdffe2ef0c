package anyconnect_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
)

// decisions notes which servers were decided about, and refuses some.
type decisions struct {
	mu     sync.Mutex
	asked  []uint16 // ports
	refuse map[uint16]bool
}

func (d *decisions) verify(_ context.Context, server tunnel.ServerIdentity, _ tunnel.Asker) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, server.Port)
	if len(server.Chain) == 0 || server.Host != "127.0.0.1" {
		return errors.New("no such server")
	}
	if d.refuse[server.Port] {
		return errors.New("the person said no")
	}
	return nil
}

func (d *decisions) about(port uint16) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, p := range d.asked {
		if p == port {
			n++
		}
	}
	return n
}

// TestNoByteOfALoginBeforeTheDecision is security rule 7: a server that is
// refused gets no request, not even the first one, which holds no secret.
func TestNoByteOfALoginBeforeTheDecision(t *testing.T) {
	h := newHostile(t, nil, nil)
	d := &decisions{refuse: map[uint16]bool{h.cfg.Port: true}}
	h.cfg.Verify = d.verify
	if err := run(t, h.cfg); tunnel.CodeOf(err) != tunnel.CodeServerCertificate {
		t.Errorf("ended with %v", err)
	}
	if d.about(h.cfg.Port) == 0 || len(h.got()) != 0 {
		t.Errorf("%d decisions, requests %q", d.about(h.cfg.Port), h.got())
	}
}

// TestEachRedirectIsDecidedAnew is the second half of security rule 7: at the
// first request and after an answer with a password. What was said to one place
// does not go to another.
func TestEachRedirectIsDecidedAnew(t *testing.T) {
	for name, at := range map[string]string{"before the form": "/", "after the password": "/auth"} {
		for _, refused := range []bool{true, false} {
			next := newHostile(t, nil, nil)
			first := newHostile(t, func(w io.Writer, r *http.Request) {
				if r.URL.Path == at {
					answerWith(w, "302 Found", "", "Location: https://"+next.address+"/", "Set-Cookie: session=FIRST; path=/")
					return
				}
				answerWith(w, "200 OK", strings.Replace(formDocument, "<auth ", `<opaque is-for="sg"><handle>FIRST</handle></opaque><auth `, 1))
			}, nil)
			d := &decisions{refuse: map[uint16]bool{next.cfg.Port: refused}}
			first.cfg.Verify = d.verify
			err := run(t, first.cfg)
			if d.about(next.cfg.Port) == 0 {
				t.Errorf("%s: nobody decided about the new place", name)
			}
			got := next.got()
			if refused {
				if tunnel.CodeOf(err) != tunnel.CodeServerCertificate || len(got) > 0 {
					t.Errorf("%s: ended with %v after %q", name, err, got)
				}
				continue
			}
			if len(got) != 3 || !strings.HasPrefix(got[2], "CONNECT") {
				t.Fatalf("%s: ended with %v after %q", name, err, got)
			}
			if !strings.Contains(got[0], `type="init"`) || strings.Contains(got[0], "SECRET") {
				t.Errorf("%s: the login at the new place began with %q", name, got[0])
			}
			for _, request := range got {
				if strings.Contains(request, "FIRST") {
					t.Errorf("%s: what one place said went to another: %q", name, request)
				}
			}
		}
	}
}

// TestEachTunnelIsDecidedAnew: a server that changed its certificate between
// login and reconnect gets no cookie.
func TestEachTunnelIsDecidedAnew(t *testing.T) {
	h := newHostile(t, nil, nil)
	d := &decisions{refuse: map[uint16]bool{}}
	h.cfg.Verify = d.verify
	login, err := anyconnect.Hurry().Login(t.Context(), h.cfg, (&person{fields: map[string]string{"username": "u", "password": "p"}}).ask, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := login.Open(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport.Close(tunnel.EndKeepSession)
	d.mu.Lock()
	d.refuse[h.cfg.Port] = true
	d.mu.Unlock()
	before := len(h.got())
	if _, err := login.Open(t.Context(), nil, nil); tunnel.CodeOf(err) != tunnel.CodeServerCertificate {
		t.Errorf("ended with %v", err)
	}
	if len(h.got()) != before {
		t.Error("a server that was refused got a request")
	}
}

// TestNoCertificateBeforeTheDecision: what a client certificate says about a
// person is not shown to a server that is refused.
func TestNoCertificateBeforeTheDecision(t *testing.T) {
	config, roots := identity(t)
	config = config.Clone()
	config.ClientAuth = tls.RequestClientCert
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config.MinVersion, config.MaxVersion = version, version
		cfg := configFor(t, server(t, func(c net.Conn) { tls.Server(c, config).Handshake() }), roots)
		chosen := false
		cfg.Verify = func(context.Context, tunnel.ServerIdentity, tunnel.Asker) error { return errors.New("no") }
		cfg.Certificate = func(context.Context, *tls.CertificateRequestInfo, tunnel.Asker) (*tls.Certificate, error) {
			chosen = true
			return &tls.Certificate{}, nil
		}
		if err := run(t, cfg); tunnel.CodeOf(err) != tunnel.CodeServerCertificate || chosen {
			t.Errorf("%s: ended with %v, certificate chosen: %v", tls.VersionName(version), err, chosen)
		}
	}
}
