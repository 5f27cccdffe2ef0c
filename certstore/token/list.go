package token

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"strings"
	"unicode"

	"torii/certstore/token/internal/proto"
)

// Key says whether the private key of a certificate is on the token.
type Key = proto.Key

// What is known about a key.
const (
	KeyThere   = proto.KeyThere
	KeyMissing = proto.KeyMissing
	// KeyHidden: the token shows its keys after the login only.
	KeyHidden = proto.KeyHidden
)

// Token is a smart card, or what acts as one.
type Token struct {
	// The four names, fit to be shown.
	Label, Serial, Manufacturer, Model string
	// NeedsLogin: it signs only for those who showed the PIN. LoggedIn: that has
	// been done. PINPad: the PIN is typed on the reader and not here.
	NeedsLogin, LoggedIn, PINPad bool
	PIN                          PINState
	Certificates                 []Certificate
	// More: there are further certificates, beyond the bounds of a list.
	More bool

	slot    uint
	raw     proto.Token // the names as the token has them
	schemes map[proto.Scheme]bool
}

// Certificate is one on a token.
type Certificate struct {
	Label string
	Leaf  *x509.Certificate
	Key   Key
	// EachTime: the PIN is wanted anew for each signature.
	EachTime bool
	// URI names it among the certificates of all tokens; it names no module.
	URI URI

	id []byte
}

// Tokens lists what is in the readers, and the certificates that can be
// identities: those with a key for RSA or ECDSA, and those without one that may
// complete chains.
func (m *Module) Tokens(ctx context.Context) ([]Token, error) {
	reply, err := m.call(ctx, "list the tokens", &proto.Request{Op: proto.OpList}, m.options.CardTime)
	if err != nil {
		return nil, err
	}
	tokens := make([]Token, 0, len(reply.Tokens))
	for _, t := range reply.Tokens {
		tokens = append(tokens, read(t))
	}
	return tokens, nil
}

// read takes over what torii-token says of a token. What is no certificate is
// left out.
func read(raw proto.Token) Token {
	t := Token{
		Label: line(raw.Label), Serial: line(raw.Serial), Manufacturer: line(raw.Manufacturer), Model: line(raw.Model),
		NeedsLogin: raw.NeedsLogin, LoggedIn: raw.LoggedIn, PINPad: raw.PINPad, PIN: raw.PIN, More: raw.More,
		slot: raw.Slot, raw: raw, schemes: map[proto.Scheme]bool{},
	}
	for _, scheme := range raw.Schemes {
		t.schemes[scheme] = true
	}
	for _, c := range raw.Certificates {
		leaf, err := x509.ParseCertificate(c.DER)
		if err != nil {
			continue
		}
		key := c.Key
		if key != KeyThere && key != KeyHidden || !t.signsWith(leaf) {
			key = KeyMissing
		}
		t.Certificates = append(t.Certificates, Certificate{
			Label: line(c.Label), Leaf: leaf, Key: key, EachTime: c.EachTime, id: c.ID,
			URI: URI{Token: raw.Label, Serial: raw.Serial, Manufacturer: raw.Manufacturer, Model: raw.Model, ID: c.ID, Object: c.Label},
		})
	}
	return t
}

// signsWith reports whether the token has a way to sign with a key of this kind.
func (t *Token) signsWith(c *x509.Certificate) bool {
	switch c.PublicKey.(type) {
	case *rsa.PublicKey:
		return t.schemes[proto.SchemePKCS1] || t.schemes[proto.SchemePSS]
	case *ecdsa.PublicKey:
		return t.schemes[proto.SchemeECDSA]
	}
	return false
}

// longest is the longest text that is shown, in characters.
const longest = 200

// line makes what a token or a module says fit to be shown: one line of
// characters that can be seen and do not turn the writing around.
func line(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar, !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return strings.TrimSpace(string(runes[:min(len(runes), longest)]))
}
