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

// opener is a signer that opens as well what is encrypted for its key, one of
// RSA: who renews an identity has to read the answer (RFC 8894, section 3.2).
type opener struct {
	signer
	key crypto.Decrypter
}

var _ crypto.Decrypter = (*opener)(nil)

// Decrypt implements crypto.Decrypter.
func (o *opener) Decrypt(random io.Reader, sealed []byte, opts crypto.DecrypterOpts) ([]byte, error) {
	return o.key.Decrypt(random, sealed, opts)
}

// hide makes something that uses a key and shows none.
func hide(key crypto.Signer) crypto.Signer {
	if opens, ok := key.(crypto.Decrypter); ok {
		return &opener{signer{key}, opens}
	}
	return &signer{key}
}

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
