package revoke

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// party is a certificate with its key.
type party struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// serials are different in every certificate of the tests.
func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err)
	}
	return n
}

// made makes a certificate that issuer signs; nil signs it itself.
func made(t testing.TB, issuer *party, name string, change func(c *x509.Certificate)) *party {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
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
	return &party{certificate, key}
}

// authority turns a template into that of an authority.
func authority(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid = true, true
	c.ExtKeyUsage, c.KeyUsage = nil, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
}

// responder turns a template into that of a responder.
func responder(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning} }

// asks says where a certificate's status is to be had.
func asks(ocsp, crl string) func(c *x509.Certificate) {
	return func(c *x509.Certificate) {
		if ocsp != "" {
			c.OCSPServer = []string{ocsp}
		}
		if crl != "" {
			c.CRLDistributionPoints = []string{crl}
		}
	}
}

func path(parties ...*party) []*x509.Certificate {
	var list []*x509.Certificate
	for _, p := range parties {
		list = append(list, p.certificate)
	}
	return list
}

// needOpenSSL skips where there is none, and fails in CI.
func needOpenSSL(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("openssl is not installed")
	}
}

// folder keeps files for openssl.
type folder struct {
	t    *testing.T
	path string
}

func newFolder(t *testing.T) folder {
	needOpenSSL(t)
	return folder{t, t.TempDir()}
}

func (f folder) file(name string) string { return filepath.Join(f.path, name) }

func (f folder) write(name, text string) string {
	f.t.Helper()
	if err := os.WriteFile(f.file(name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	return f.file(name)
}

// keep writes a party as name.pem and name.key.
func (f folder) keep(name string, p *party) (certificate, key string) {
	f.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.write(name+".pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.certificate.Raw}))),
		f.write(name+".key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

func (f folder) openssl(arguments ...string) {
	f.t.Helper()
	command := exec.Command("openssl", arguments...)
	command.Dir = f.path
	if out, err := command.CombinedOutput(); err != nil {
		f.t.Fatalf("openssl %v: %v\n%s", arguments, err, out)
	}
}

// index writes the list from which openssl answers: the certificates that it
// knows, and which of them are revoked.
func (f folder) index(good []*party, revoked ...*party) string {
	f.t.Helper()
	text := ""
	line := func(flag, when string, p *party) {
		text += fmt.Sprintf("%s\t%s\t%s\t%X\tunknown\t/CN=%s\n", flag, p.certificate.NotAfter.UTC().Format("060102150405Z"), when,
			serialBytes(p.certificate.SerialNumber), p.certificate.Subject.CommonName)
	}
	for _, p := range good {
		line("V", "", p)
	}
	for _, p := range revoked {
		line("R", time.Now().Add(-time.Minute).UTC().Format("060102150405Z")+",keyCompromise", p)
	}
	return f.write("index.txt", text)
}

func serialBytes(n *big.Int) []byte { return n.Bytes() }

// list makes a certificate revocation list with openssl, in DER.
func (f folder) list(issuer *party, revoked ...*party) []byte {
	f.t.Helper()
	certificate, key := f.keep("issuer", issuer)
	f.index(nil, revoked...)
	f.write("index.txt.attr", "unique_subject = no\n")
	f.write("number", "01\n")
	config := f.write("ca.cnf", "[ca]\ndefault_ca=d\n[d]\ndatabase="+f.file("index.txt")+"\ncrlnumber="+f.file("number")+
		"\ndefault_md=sha256\ndefault_crl_days=1\ncrl_extensions=x\n[x]\nauthorityKeyIdentifier=keyid\n")
	f.openssl("ca", "-config", config, "-gencrl", "-keyfile", key, "-cert", certificate, "-out", f.file("list.pem"))
	f.openssl("crl", "-in", f.file("list.pem"), "-outform", "DER", "-out", f.file("list.der"))
	der, err := os.ReadFile(f.file("list.der"))
	if err != nil {
		f.t.Fatal(err)
	}
	return der
}

// clock is one that tests turn.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) turn(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}
