package testbed

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// Staple has the gateway bring its authority's word on its certificate along
// (OCSP stapling): that it is good, or revoked. It counts from the gateway's next
// start.
func (s *Ocserv) Staple(t testing.TB, revoked bool) {
	t.Helper()
	dir := filepath.Dir(s.config)
	text, err := os.ReadFile(filepath.Join(dir, "server.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	word := ocsp.Response{
		Status: ocsp.Good, SerialNumber: leaf.SerialNumber,
		ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(24 * time.Hour),
	}
	if revoked {
		word.Status, word.RevokedAt = ocsp.Revoked, time.Now().Add(-time.Minute)
	}
	der, err := ocsp.CreateResponse(s.authority.certificate, s.authority.certificate, word, s.authority.key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "staple.der")
	writeFile(t, file, string(der))
	if s.staples {
		return
	}
	config, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, s.config, string(config)+"ocsp-response = "+file+"\n")
	s.staples = true
}
