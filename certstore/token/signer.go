package token

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"

	"torii/certstore/token/internal/proto"
)

// longestChain bounds the certificates that are shown with an identity.
const longestChain = 8

// Certificate returns an identity that is named, ready for TLS 1.2 and 1.3: its
// chain, as far as the tokens complete it, and something that has the token
// sign. Where the token wants its PIN, ask is called, now and whenever the
// login has ended meanwhile. The signer serves until ctx ends: it is for one
// handshake, whose context that is.
func (m *Module) Certificate(ctx context.Context, want URI, ask Ask) (*tls.Certificate, error) {
	const op = "use the certificate"
	tokens, err := m.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	t, c, err := choose(tokens, want)
	if err != nil {
		return nil, err
	}
	if t.NeedsLogin && !t.LoggedIn {
		if err := m.withPIN(ctx, t, false, ask, func(pin *PIN, told bool) error { return m.Login(ctx, t, pin, told) }); err != nil {
			return nil, err
		}
		if tokens, err = m.Tokens(ctx); err != nil {
			return nil, err
		}
		if t, c, err = choose(tokens, want); err != nil {
			return nil, err
		}
	}
	if c.Key != KeyThere {
		return nil, failed(NotFound, op, "the token has no key that goes with it")
	}
	return &tls.Certificate{
		Certificate: chain(c.Leaf, tokens), Leaf: c.Leaf, SupportedSignatureAlgorithms: t.algorithms(c.Leaf),
		PrivateKey: &signer{module: m, ctx: ctx, token: t, certificate: c, ask: ask},
	}, nil
}

// choose finds the one certificate that is meant.
func choose(tokens []Token, want URI) (Token, Certificate, error) {
	const op = "find the certificate"
	type place struct {
		token       Token
		certificate Certificate
	}
	var found, withKey []place
	present := false
	for _, t := range tokens {
		if !want.matchesToken(&t) {
			continue
		}
		present = true
		for _, c := range t.Certificates {
			if want.matches(&t, &c) {
				found = append(found, place{t, c})
				if c.Key != KeyMissing {
					withKey = append(withKey, place{t, c})
				}
			}
		}
	}
	switch {
	case !present:
		return Token{}, Certificate{}, failed(TokenGone, op, "the token is not in a reader")
	case len(withKey) == 1:
		return withKey[0].token, withKey[0].certificate, nil
	case len(withKey) > 1:
		return Token{}, Certificate{}, failed(Ambiguous, op, "it means more than one certificate")
	case len(found) > 0:
		return Token{}, Certificate{}, failed(NotFound, op, "the token has no key that goes with it")
	}
	return Token{}, Certificate{}, failed(NotFound, op, "the token has no such certificate")
}

// chain is a certificate and those that vouch for it, as far as the tokens have
// them; the gateway knows the last one itself.
func chain(leaf *x509.Certificate, tokens []Token) [][]byte {
	ders := [][]byte{leaf.Raw}
	for last := leaf; len(ders) < longestChain; {
		last = issuerOf(last, tokens)
		if last == nil || slices.ContainsFunc(ders, func(der []byte) bool { return bytes.Equal(der, last.Raw) }) {
			break
		}
		ders = append(ders, last.Raw)
	}
	return ders
}

// issuerOf is the intermediate that signed a certificate; nil for none.
func issuerOf(c *x509.Certificate, tokens []Token) *x509.Certificate {
	for _, t := range tokens {
		for _, other := range t.Certificates {
			if bytes.Equal(other.Leaf.RawSubject, c.RawIssuer) && !bytes.Equal(other.Leaf.RawSubject, other.Leaf.RawIssuer) &&
				c.CheckSignatureFrom(other.Leaf) == nil {
				return other.Leaf
			}
		}
	}
	return nil
}

// algorithms are those of TLS that the token can sign with. RSA without PSS is
// for TLS 1.2 only.
func (t *Token) algorithms(c *x509.Certificate) []tls.SignatureScheme {
	if _, ok := c.PublicKey.(*ecdsa.PublicKey); ok {
		return []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256, tls.ECDSAWithP384AndSHA384, tls.ECDSAWithP521AndSHA512}
	}
	var all []tls.SignatureScheme
	if t.schemes[proto.SchemePSS] {
		all = append(all, tls.PSSWithSHA256, tls.PSSWithSHA384, tls.PSSWithSHA512)
	}
	if t.schemes[proto.SchemePKCS1] {
		all = append(all, tls.PKCS1WithSHA256, tls.PKCS1WithSHA384, tls.PKCS1WithSHA512)
	}
	return all
}

// signer signs with a key that stays where it is.
type signer struct {
	module      *Module
	ctx         context.Context
	token       Token
	certificate Certificate
	ask         Ask
}

var _ crypto.Signer = (*signer)(nil)

// Public implements crypto.Signer.
func (s *signer) Public() crypto.PublicKey { return s.certificate.Leaf.PublicKey }

// Format implements fmt.Formatter.
func (s *signer) Format(f fmt.State, _ rune) { io.WriteString(f, "[redacted]") }

// Sign implements crypto.Signer. The randomness is the token's own. What the
// token says is verified: a gateway's refusal would say less about it.
func (s *signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	const op = "sign"
	request, err := s.request(digest, opts)
	if err != nil {
		return nil, err
	}
	var signature []byte
	once := func(pin *PIN, told bool) error {
		request.Final = told
		reply, err := s.module.show(s.ctx, op, request, pin, s.module.options.PersonTime)
		if err == nil {
			signature = reply.Signature
		}
		return err
	}
	attempt := func() error {
		if s.certificate.EachTime {
			return s.module.withPIN(s.ctx, s.token, true, s.ask, once)
		}
		return once(nil, false)
	}
	if err = attempt(); KindOf(err) == LoginNeeded {
		// The process or the card was away meanwhile.
		err = s.module.withPIN(s.ctx, s.token, false, s.ask, func(pin *PIN, told bool) error {
			return s.module.Login(s.ctx, s.token, pin, told)
		})
		if err == nil {
			err = attempt()
		}
	}
	if err != nil {
		return nil, err
	}
	if !s.verifies(digest, signature, opts) {
		return nil, failed(ModuleFailed, op, "the token's signature is not the certificate's")
	}
	return signature, nil
}

// request says what is to be signed in torii-token's words.
func (s *signer) request(digest []byte, opts crypto.SignerOpts) (*proto.Request, error) {
	const op = "sign"
	hash, ok := proto.HashName(opts.HashFunc())
	if !ok {
		return nil, failed(Unsupported, op, fmt.Sprintf("%v is not signed by a token", opts.HashFunc()))
	}
	if len(digest) != opts.HashFunc().Size() {
		return nil, &Error{Kind: Unsupported, Op: op, Err: errors.New("the digest has another length than its hash gives")}
	}
	request := &proto.Request{
		Op: proto.OpSign, Slot: s.token.slot, Serial: s.token.raw.Serial, Key: s.certificate.id, Hash: hash, Digest: digest,
	}
	switch public := s.Public().(type) {
	case *rsa.PublicKey:
		request.Scheme = proto.SchemePKCS1
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			request.Scheme, request.Salt = proto.SchemePSS, pss.SaltLength
			if pss.SaltLength <= 0 { // rsa.PSSSaltLengthAuto and PSSSaltLengthEqualsHash
				request.Salt = len(digest)
			}
		}
	case *ecdsa.PublicKey:
		// Only as much counts (FIPS 186-5, section 6.4.1), and some cards take no more.
		request.Scheme = proto.SchemeECDSA
		request.Digest = digest[:min(len(digest), (public.Params().BitSize+7)/8)]
	}
	return request, nil
}

// verifies reports whether a signature is the certificate's.
func (s *signer) verifies(digest, signature []byte, opts crypto.SignerOpts) bool {
	switch public := s.Public().(type) {
	case *rsa.PublicKey:
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			return rsa.VerifyPSS(public, opts.HashFunc(), digest, signature, pss) == nil
		}
		return rsa.VerifyPKCS1v15(public, opts.HashFunc(), digest, signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(public, digest, signature)
	}
	return false
}
