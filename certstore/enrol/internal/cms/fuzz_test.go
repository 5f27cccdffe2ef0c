package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"testing"
	"time"
)

// FuzzParseSigned reads bytes as a message; only what was signed may verify.
func FuzzParseSigned(f *testing.F) {
	// The key is always the same: each process that fuzzes makes its own.
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	p := newParty(f, "one", key)
	message, err := Sign([]byte("content"), p.Certificate, p.key, crypto.SHA256, time.Now(), []Attribute{note("here")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(message)
	f.Add(Bag([]*x509.Certificate{p.Certificate}))
	f.Add([]byte{0x30, 0x80, 0x24, 0x80, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, message []byte) {
		signed, err := ParseSigned(message)
		if err != nil {
			return
		}
		if _, err := signed.Verify([]*x509.Certificate{p.Certificate}); err == nil && string(signed.Content) != "content" {
			t.Errorf("%q verifies", signed.Content)
		}
		signed.Verify(signed.Certificates)
	})
}

// FuzzOpen opens bytes as an envelope.
func FuzzOpen(f *testing.F) {
	p := rsaParty(f, "one")
	for _, with := range []Cipher{AES128, TripleDES} {
		sealed, err := Seal([]byte("content"), p.Certificate, with)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sealed)
	}
	f.Fuzz(func(t *testing.T, sealed []byte) {
		Open(sealed, p.Certificate, p.key.(crypto.Decrypter))
	})
}
