package choose

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"slices"
	"time"

	"torii/certstore"
)

// Situation is what an automatic choice looks at.
type Situation struct {
	Now time.Time
	// Match are the profile's criteria; nil for Default.
	Match *Match
	// Request is the gateway's in TLS: whose certificates it takes, and which
	// signatures. They rank and do not exclude, since gateways' lists are often
	// incomplete. nil for none.
	Request *tls.CertificateRequestInfo
	// Worked is the ID of the identity that this gateway let in last; "" for none.
	Worked string
}

// Automatic returns the identities that can be shown, the best first: those
// that are valid now and meet the criteria. Better is, in this order: whose
// signature the gateway takes; whose issuer it names; what it let in last; what
// is valid longest.
func Automatic(identities []certstore.Item, s Situation) []certstore.Item {
	match := s.Match
	if match == nil {
		match = Default()
	}
	fitting := slices.DeleteFunc(slices.Clone(identities), func(i certstore.Item) bool {
		return !Valid(i.Leaf(), s.Now) || !match.Holds(i.Leaf())
	})
	slices.SortStableFunc(fitting, func(a, b certstore.Item) int {
		return cmp.Or(
			better(a, b, func(i certstore.Item) bool { return s.takesSignature(i) }),
			better(a, b, func(i certstore.Item) bool { return s.namesIssuer(i) }),
			better(a, b, func(i certstore.Item) bool { return i.ID == s.Worked }),
			b.Leaf().NotAfter.Compare(a.Leaf().NotAfter),
			cmp.Compare(a.ID, b.ID),
		)
	})
	return fitting
}

// Valid reports whether a certificate is neither expired nor of the future.
func Valid(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

// better puts those first for which something is so.
func better(a, b certstore.Item, is func(certstore.Item) bool) int {
	switch aIs, bIs := is(a), is(b); {
	case aIs == bIs:
		return 0
	case aIs:
		return -1
	}
	return 1
}

// namesIssuer reports whether the gateway names somebody who issued the
// identity, or a part of its chain (RFC 8446, section 4.2.4).
func (s Situation) namesIssuer(i certstore.Item) bool {
	if s.Request == nil {
		return false
	}
	return slices.ContainsFunc(i.Chain, func(c *x509.Certificate) bool {
		return slices.ContainsFunc(s.Request.AcceptableCAs, func(name []byte) bool { return bytes.Equal(name, c.RawIssuer) })
	})
}

// takesSignature reports whether the gateway takes signatures of the identity's
// kind of key.
func (s Situation) takesSignature(i certstore.Item) bool {
	if s.Request == nil {
		return false
	}
	request := *s.Request
	request.AcceptableCAs = nil // which namesIssuer looks at
	return request.SupportsCertificate(&tls.Certificate{
		Certificate: [][]byte{i.Leaf().Raw}, PrivateKey: publicOnly{i.Leaf().PublicKey}, Leaf: i.Leaf(),
	}) == nil
}

// publicOnly is a key that is only asked for its kind.
type publicOnly struct{ key crypto.PublicKey }

// Public implements crypto.Signer.
func (p publicOnly) Public() crypto.PublicKey { return p.key }

// Sign implements crypto.Signer.
func (p publicOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("this is a public key only")
}
