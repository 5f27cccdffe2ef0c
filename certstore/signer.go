package certstore

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io"
)

// signer uses a key and shows none: whoever has it can sign, and whatever
// prints it prints nothing.
type signer struct{ key crypto.Signer }

var _ crypto.Signer = (*signer)(nil)

// Public implements crypto.Signer.
func (s *signer) Public() crypto.PublicKey { return s.key.Public() }

// Sign implements crypto.Signer.
func (s *signer) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.key.Sign(random, digest, opts)
}

// Format implements fmt.Formatter.
func (s *signer) Format(f fmt.State, _ rune) { io.WriteString(f, "[redacted]") }

// MarshalText keeps the key out of whatever is written by reflection.
func (s *signer) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// belongs reports whether a key is the certificate's.
func belongs(key crypto.Signer, certificate *x509.Certificate) bool {
	switch public := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return public.Equal(key.Public())
	case *ecdsa.PublicKey:
		return public.Equal(key.Public())
	case ed25519.PublicKey:
		return public.Equal(key.Public())
	}
	return false
}
