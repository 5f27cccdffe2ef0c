package testbed

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority issues the certificates of one gateway and its users.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newAuthority makes an authority whose certificate is in the file.
func newAuthority(t testing.TB, file string) *authority {
	t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Torii test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	a := &authority{key: newKey(t)}
	der := a.sign(t, template, template, &a.key.PublicKey)
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a.certificate = certificate
	writePEM(t, file, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a
}

// server issues a server's certificate for all names of a bed's server into
// two files, and returns the certificate's fingerprint.
func (a *authority) server(t testing.TB, key crypto.Signer, certificateFile, keyFile string) (fingerprint string) {
	t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: ServerName}, DNSNames: []string{ServerName},
		IPAddresses: []net.IP{net.ParseIP(ServerAddress), net.ParseIP(ServerAddress6), net.ParseIP(RelayAddress)},
		KeyUsage:    x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der := a.sign(t, template, a.certificate, key.Public())
	writePEM(t, certificateFile, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	writePEM(t, keyFile, keyBlock(t, key))
	return fmt.Sprintf("%x", sha256.Sum256(der))
}

// client issues a user's certificate, with its key behind it in one file.
func (a *authority) client(t testing.TB, user, file string) {
	t.Helper()
	key := newKey(t)
	writePEM(t, file, &pem.Block{Type: "CERTIFICATE", Bytes: a.user(t, user, &key.PublicKey)}, keyBlock(t, key))
}

// user issues a user's certificate and returns its DER.
func (a *authority) user(t testing.TB, user string, public crypto.PublicKey) []byte {
	t.Helper()
	return a.sign(t, &x509.Certificate{
		Subject:  pkix.Name{CommonName: user},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, a.certificate, public)
}

// Issue issues another certificate for the gateway's user, for a key that is
// kept elsewhere, and returns its DER.
func (s *Ocserv) Issue(t testing.TB, public crypto.PublicKey) []byte {
	t.Helper()
	return s.authority.user(t, s.User, public)
}

func (a *authority) sign(t testing.TB, template, parent *x509.Certificate, public crypto.PublicKey) []byte {
	t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(24 * time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newRSAKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func keyBlock(t testing.TB, key crypto.Signer) *pem.Block {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &pem.Block{Type: "PRIVATE KEY", Bytes: der}
}

// writePEM writes blocks into a file that only its owner reads.
func writePEM(t testing.TB, file string, blocks ...*pem.Block) {
	t.Helper()
	var text []byte
	for _, block := range blocks {
		text = append(text, pem.EncodeToMemory(block)...)
	}
	writeFile(t, file, string(text))
}

// writeFile writes a file that only its owner reads, and returns its path.
func writeFile(t testing.TB, file, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
