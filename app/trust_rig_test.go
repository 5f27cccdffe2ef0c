package app

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"torii/app/api"
	"torii/certstore/verify"
	"torii/tunnel"
)

// holder is a certificate with its key.
type holder struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// issue makes a certificate for 127.0.0.1 that issuer signs; nil signs it
// itself.
func issue(t *testing.T, issuer *holder, change func(c *x509.Certificate)) *holder {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "server"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, crypto.Signer(key)
	if issuer != nil {
		parent, signer = issuer.certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &holder{certificate, key}
}

// issuing turns a template into that of an authority.
func issuing(c *x509.Certificate) {
	c.Subject.CommonName = "Authority"
	c.NotBefore, c.NotAfter = c.NotBefore.AddDate(0, 0, -9), c.NotAfter.AddDate(0, 0, 9)
	c.IsCA, c.BasicConstraintsValid = true, true
	c.IPAddresses, c.ExtKeyUsage, c.KeyUsage = nil, nil, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
}

// stapled is an answer about a certificate, by its issuer.
func stapled(t *testing.T, issuer, subject *holder, status int) []byte {
	t.Helper()
	der, err := ocsp.CreateResponse(issuer.certificate, issuer.certificate, ocsp.Response{
		Status: status, SerialNumber: subject.certificate.SerialNumber, RevokedAt: time.Now().Add(-time.Minute),
		ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour),
	}, issuer.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// bench is a gateway that asks for a login and counts what reaches it.
type bench struct {
	entry    api.Entry
	requests atomic.Int32
	shows    atomic.Pointer[tls.Certificate]
}

// newBench starts a gateway on the loopback that shows a certificate, with a
// stapled answer where there is one; caFile holds the authority that its entry
// trusts.
func newBench(t *testing.T, caFile string, shows *holder, staple []byte) *bench {
	t.Helper()
	const form = `<?xml version="1.0" encoding="UTF-8"?>
<config-auth client="vpn" type="auth-request" aggregate-auth-version="2"><auth id="main"><form method="post" action="/auth">
<input type="text" name="username" label="Username:"></input><input type="password" name="password" label="Password:"></input>
</form></auth></config-auth>`
	b := &bench{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		b.requests.Add(1)
		w.Header().Set("Content-Type", "text/xml")
		io.WriteString(w, form)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	b.show(shows, staple)
	server.TLS = &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return b.shows.Load(), nil }}
	server.StartTLS()
	server.TLS.Certificates = nil // httptest's own would be shown to who sends no name
	t.Cleanup(server.Close)
	at := server.Listener.Addr().(*net.TCPAddr)
	b.entry = api.Entry{Name: at.String(), Host: "127.0.0.1", Port: uint16(at.Port), Mode: tunnel.ModeProxy, UpstreamProxy: "none", CAFile: caFile}
	return b
}

// show changes the certificate.
func (b *bench) show(shows *holder, staple []byte) {
	b.shows.Store(&tls.Certificate{Certificate: [][]byte{shows.certificate.Raw}, PrivateKey: shows.key, OCSPStaple: staple})
}

// caFile keeps an authority in a file.
func caFile(t *testing.T, authority *holder) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.certificate.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// try connects to a bench until a question or the end comes.
func (r *rig) try(b *bench) tunnel.Snapshot {
	r.t.Helper()
	before := r.app.session.Snapshot().Revision
	r.must(api.MethodConnect, api.ConnectRequest{Target: &b.entry, Once: true})
	return r.until("a question or the end", func(s api.State) bool {
		return s.Snapshot.Revision > before && (over(s) || s.Snapshot.Question != nil)
	}).Snapshot
}

// choose answers a question, and waits for what follows.
func (r *rig) choose(q *tunnel.Question, choice tunnel.Choice) tunnel.Snapshot {
	r.t.Helper()
	r.must(api.MethodAnswer, api.AnswerRequest{ID: q.ID, Choice: choice})
	return r.until("what follows "+string(choice), func(s api.State) bool {
		return over(s) || s.Snapshot.Question != nil && s.Snapshot.Question.ID != q.ID
	}).Snapshot
}

// setting changes a setting.
func (r *rig) setting(key, value string) {
	r.t.Helper()
	r.must(api.MethodSet, api.SetSetting{Key: key, Value: value})
}

// nilAuthorities are the system's alone.
func nilAuthorities(t *testing.T) *verify.Authorities {
	t.Helper()
	authorities, err := verify.ReadAuthorities("")
	if err != nil {
		t.Fatal(err)
	}
	return authorities
}
