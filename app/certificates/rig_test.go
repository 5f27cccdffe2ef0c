package certificates

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"path/filepath"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
	"go.uber.org/goleak"

	"torii/app/api"
	"torii/app/secrets"
	"torii/i18n"
	"torii/tunnel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// made is a certificate with its key.
type made struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

// issue makes a certificate that issuer signs; nil signs it itself.
func issue(t *testing.T, issuer *made, name string, change func(c *x509.Certificate)) *made {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	parent, by := template, key
	if issuer != nil {
		parent, by = issuer.Certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &made{c, key}
}

func authority(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid = true, true
	c.ExtKeyUsage, c.KeyUsage = nil, x509.KeyUsageCertSign
}

// server turns a template into that of a server.
func server(names ...string) func(c *x509.Certificate) {
	return func(c *x509.Certificate) {
		c.DNSNames, c.ExtKeyUsage = names, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
}

func (m *made) pem() []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.Raw}) }

// both is a certificate and its key as PEM.
func (m *made) both(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(m.key)
	if err != nil {
		t.Fatal(err)
	}
	return append(m.pem(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
}

// rig is a Service with a keyring in memory.
type rig struct {
	*Service
	t       *testing.T
	folder  string
	catalog *i18n.Catalogue
}

// newRig takes the process's one keyring, so tests with rigs take turns.
func newRig(t *testing.T) *rig {
	t.Helper()
	keyring.MockInit()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	t.Cleanup(func() { keyring.MockInitWithError(errors.New("a test's keyring is used after its end")) })
	words, err := i18n.New("en")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, folder: t.TempDir(), catalog: words}
	r.reopen()
	return r
}

// reopen is a restart of the agent.
func (r *rig) reopen() {
	r.t.Helper()
	vault, err := secrets.Open(filepath.Join(r.folder, "config"))
	if err != nil {
		r.t.Fatal(err)
	}
	if r.Service, err = Open(filepath.Join(r.folder, "data"), vault, func() *i18n.Catalogue { return r.catalog }); err != nil {
		r.t.Fatal(err)
	}
}

// add imports a file that wants nothing.
func (r *rig) add(request api.ImportCertificates) []api.Certificate {
	r.t.Helper()
	imported, err := r.Import(r.t.Context(), request, true)
	if err != nil || imported.Want != api.WantNothing || len(imported.Added) == 0 {
		r.t.Fatalf("import: %+v, %v", imported, err)
	}
	return imported.Added
}

func wantCode(t *testing.T, what string, err error, want tunnel.Code) {
	t.Helper()
	if tunnel.CodeOf(err) != want {
		t.Errorf("%s: the code is %q (%v), want %q", what, tunnel.CodeOf(err), err, want)
	}
}

func detail(err error) string {
	coded, ok := errors.AsType[*tunnel.Error](err)
	if !ok {
		return ""
	}
	return coded.Detail
}

// request is what a gateway asks for that takes these signatures.
func request(issuers ...*made) *tls.CertificateRequestInfo {
	r := &tls.CertificateRequestInfo{Version: tls.VersionTLS13, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}}
	for _, i := range issuers {
		r.AcceptableCAs = append(r.AcceptableCAs, i.RawSubject)
	}
	return r
}
