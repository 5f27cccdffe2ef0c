package certstore

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// party is a certificate with its key.
type party struct {
	*x509.Certificate
	key crypto.Signer
}

func ecKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func edKey(t testing.TB) crypto.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue makes a certificate that issuer signs; nil signs it itself.
func issue(t testing.TB, issuer *party, name string, key crypto.Signer, change func(c *x509.Certificate)) *party {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
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
	return &party{c, key}
}

// authority turns a template into that of an authority.
func authority(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid = true, true
	c.ExtKeyUsage, c.KeyUsage = nil, x509.KeyUsageCertSign
}

// family is a root, an intermediate, and a person whom that issued.
type family struct{ root, middle, person *party }

func newFamily(t testing.TB, key crypto.Signer) family {
	t.Helper()
	root := issue(t, nil, "Example Root", ecKey(t), authority)
	middle := issue(t, root, "Example Issuing", ecKey(t), authority)
	return family{root, middle, issue(t, middle, "Alice Example", key, nil)}
}

func certificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func keyPEM(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// write writes a file into a folder of the test's own.
func write(t testing.TB, dir, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ring is a keyring in memory.
type ring struct {
	mu   sync.Mutex
	held map[string][]byte
	err  error
	asks int
}

func newRing() *ring { return &ring{held: map[string][]byte{}} }

func (r *ring) Keep(_ context.Context, name string, secret []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.held[name] = append([]byte(nil), secret...)
	}
	return r.err
}

func (r *ring) Recall(_ context.Context, name string) ([]byte, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asks++
	secret, ok := r.held[name]
	return secret, ok, r.err
}

// open opens a store.
func open(t testing.TB, dir string, keyring Keyring) *Store {
	t.Helper()
	s, err := Open(dir, keyring)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read reads a file that is good.
func read(t testing.TB, file []byte, password string) *Bundle {
	t.Helper()
	b, err := Read(file, password)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantFlaw holds the error of a bad file.
func wantFlaw(t testing.TB, what string, err error, want Flaw) {
	t.Helper()
	var got Flaw
	if e, ok := errors.AsType[*FileError](err); ok {
		got = e.Flaw
	}
	if got != want {
		t.Errorf("%s: the flaw is %q (%v), want %q", what, got, err, want)
	}
}

// wantPerson holds a Bundle to one identity with its chain, and to a key that
// signs for it.
func wantPerson(t testing.TB, what string, b *Bundle, want *party, chain ...*x509.Certificate) {
	t.Helper()
	items := b.Identities()
	if len(items) != 1 {
		t.Errorf("%s: it holds %d identities", what, len(items))
		return
	}
	got := items[0].Chain
	if len(got) != 1+len(chain) || !got[0].Equal(want.Certificate) {
		t.Errorf("%s: the chain is of %d, and begins with %v", what, len(got), got[0].Subject)
		return
	}
	for i, c := range chain {
		if !got[i+1].Equal(c) {
			t.Errorf("%s: in place %d of the chain is %v", what, i+1, got[i+1].Subject)
		}
	}
	if !belongs(b.identities[0].key, want.Certificate) {
		t.Errorf("%s: the key is another one's", what)
	}
}
