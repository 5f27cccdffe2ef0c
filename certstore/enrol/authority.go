package enrol

import (
	"bytes"
	"context"
	"crypto"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"torii/certstore/enrol/internal/cms"
)

// Authority is a certification authority as it showed itself.
type Authority struct {
	// Certificate is the authority's own: what the fingerprint is of, and what a
	// person is shown before confirming.
	Certificate *x509.Certificate
	// Certificates are all that it showed, its registration authorities too.
	Certificates []*x509.Certificate
	Capabilities Capabilities
	Warnings     []Warning

	confirmed bool
	cipher    cms.Cipher
	hash      crypto.Hash
	issuer    *x509.Certificate   // who will issue, as far as is known
	recipient *x509.Certificate   // whom requests are encrypted for
	signers   []*x509.Certificate // who may sign answers
}

// Fingerprint is the SHA-256 of the authority's certificate, in 64 lower-case
// digits.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.Certificate.Raw)
	return hex.EncodeToString(sum[:])
}

// Confirmed reports whether a fingerprint was given, or a person confirmed it.
func (a *Authority) Confirmed() bool { return a.confirmed }

// Confirm notes that a person compared the fingerprint.
func (a *Authority) Confirm() { a.confirmed = true }

// fingerprint is one as people write it.
type fingerprint struct {
	sum  []byte
	hash crypto.Hash
}

// parseFingerprint reads hexadecimal digits, with colons, blanks and the like
// between them; their number says which hash it is. Nothing is the zero value.
func parseFingerprint(text string) (fingerprint, error) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(": -\t\r\n", r) {
			return -1
		}
		return r
	}, strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "sha256:"))
	if digits == "" {
		return fingerprint{}, nil
	}
	sum, err := hex.DecodeString(digits)
	if err != nil {
		return fingerprint{}, failf(FaultFingerprint, "it has other characters than hexadecimal digits")
	}
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA1, crypto.MD5} {
		if len(sum) == hash.Size() {
			return fingerprint{sum, hash}, nil
		}
	}
	return fingerprint{}, failf(FaultFingerprint, "it has %d digits", len(digits))
}

func (f fingerprint) of(c *x509.Certificate) bool {
	switch f.hash {
	case crypto.SHA256:
		sum := sha256.Sum256(c.Raw)
		return bytes.Equal(sum[:], f.sum)
	case crypto.SHA1:
		sum := sha1.Sum(c.Raw)
		return bytes.Equal(sum[:], f.sum)
	case crypto.MD5:
		sum := md5.Sum(c.Raw)
		return bytes.Equal(sum[:], f.sum)
	}
	return false
}

// capabilities asks what the authority can. One that does not understand the
// question can nothing of today.
func (c *Client) capabilities(ctx context.Context) (Capabilities, error) {
	text, err := c.server.get(ctx, "GetCACaps", c.server.identifier)
	if is(err, FaultStatus, FaultWebPage) {
		return Capabilities{}, nil
	}
	return parseCapabilities(text), err
}

// Authority asks the authority who it is and what it can, and holds it to the
// fingerprint, where there is one. Where there is none the caller shows
// Authority.Fingerprint to a person, and says Confirm.
func (c *Client) Authority(ctx context.Context) (*Authority, error) {
	can, err := c.capabilities(ctx)
	if err != nil {
		return nil, err
	}
	shown, err := c.server.get(ctx, "GetCACert", c.server.identifier)
	if err != nil {
		return nil, err
	}
	certificates, err := parseAuthority(shown)
	if err != nil {
		return nil, err
	}
	a := &Authority{Certificates: certificates, Capabilities: can}
	if a.cipher, a.hash, a.Warnings, err = can.methods(c.config.AllowOld); err != nil {
		return nil, err
	}
	if err := a.anchor(c.fingerprint, c.config.Now()); err != nil {
		return nil, err
	}
	return a, a.assign(c.server.at.Scheme == "https", c.config.Now())
}

// parseAuthority reads the answer to GetCACert: one certificate, or a bag of
// them (RFC 8894, section 4.2.1). What it calls itself does not matter.
func parseAuthority(shown []byte) ([]*x509.Certificate, error) {
	if c, err := cms.ParseCertificate(shown); err == nil {
		return []*x509.Certificate{c}, nil
	}
	bag, err := cms.ParseSigned(shown)
	if err != nil {
		return nil, fail(FaultUnreadable, err)
	}
	if len(bag.Certificates) == 0 {
		return nil, failf(FaultNoAuthority, "it shows none")
	}
	return bag.Certificates, nil
}

// anchor finds the authority's own certificate: the one with the fingerprint,
// else the one that the others hang on.
func (a *Authority) anchor(given fingerprint, now time.Time) error {
	var authorities []*x509.Certificate
	for _, c := range a.Certificates {
		if isAuthority(c) {
			authorities = append(authorities, c)
		}
	}
	if given.sum != nil {
		i := slices.IndexFunc(authorities, given.of)
		if i < 0 {
			return failf(FaultMismatch, "none of the %d certificates that it shows has it", len(a.Certificates))
		}
		if given.hash == crypto.MD5 {
			a.Warnings = append(a.Warnings, WarnMD5)
		}
		a.Certificate, a.confirmed = authorities[i], true
	} else {
		// Where several authorities are shown, it is the topmost.
		i := slices.IndexFunc(authorities, func(c *x509.Certificate) bool {
			return !slices.ContainsFunc(authorities, func(other *x509.Certificate) bool { return other != c && issued(other, c) })
		})
		if i < 0 {
			return failf(FaultNoAuthority, "none of the %d certificates that it shows is one of an authority", len(a.Certificates))
		}
		a.Certificate = authorities[i]
	}
	if now.After(a.Certificate.NotAfter) || now.Before(a.Certificate.NotBefore) {
		return failf(FaultNoAuthority, "its certificate is valid from %s to %s",
			a.Certificate.NotBefore.Format(time.DateOnly), a.Certificate.NotAfter.Format(time.DateOnly))
	}
	return nil
}

// isAuthority reports whether a certificate is one of an authority. Those from
// before version 3 cannot say.
func isAuthority(c *x509.Certificate) bool {
	return c.BasicConstraintsValid && c.IsCA || c.Version < 3 && bytes.Equal(c.RawIssuer, c.RawSubject)
}

// issued reports whether one certificate was issued by the other.
func issued(by, c *x509.Certificate) bool {
	return bytes.Equal(by.RawSubject, c.RawIssuer) && c.CheckSignatureFrom(by) == nil
}

// assign says which of the certificates does what. Only those that hang on the
// authority's own do anything.
func (a *Authority) assign(authentic bool, now time.Time) error {
	var authorities, registrars []*x509.Certificate
	for _, c := range a.Certificates {
		if a.chain(c, nil, now) == nil {
			continue
		}
		if isAuthority(c) {
			authorities = append(authorities, c)
		} else if authentic || mayRegister(c) {
			registrars = append(registrars, c)
		}
	}
	// The lowest authority issues, unless a registrar says by its own issuer
	// which one it is.
	a.issuer = a.Certificate
	for _, c := range authorities {
		if !slices.ContainsFunc(authorities, func(other *x509.Certificate) bool { return other != c && issued(c, other) }) {
			a.issuer = c
		}
	}
	for _, c := range registrars {
		if i := slices.IndexFunc(authorities, func(authority *x509.Certificate) bool { return issued(authority, c) }); i >= 0 {
			a.issuer = authorities[i]
			break
		}
	}
	for _, c := range slices.Concat(registrars, authorities) {
		if isAuthority(c) || c.KeyUsage == 0 || c.KeyUsage&x509.KeyUsageDigitalSignature != 0 {
			a.signers = append(a.signers, c)
		}
	}
	a.recipient = recipient(registrars, a.issuer, authorities)
	if a.recipient == nil {
		return failf(FaultNoAuthority, "requests can be encrypted for none of the %d certificates that it shows", len(a.Certificates))
	}
	return nil
}

// recipient chooses whom requests are encrypted for: a registrar that may,
// then an authority that may, then the issuer, for some forget to say so.
func recipient(registrars []*x509.Certificate, issuer *x509.Certificate, authorities []*x509.Certificate) *x509.Certificate {
	for _, group := range [][]*x509.Certificate{registrars, {issuer}, authorities} {
		for _, c := range group {
			if isRSA(c) && (c.KeyUsage == 0 || c.KeyUsage&x509.KeyUsageKeyEncipherment != 0) {
				return c
			}
		}
	}
	if isRSA(issuer) {
		return issuer
	}
	return nil
}

func isRSA(c *x509.Certificate) bool {
	key, ok := c.PublicKey.(*rsa.PublicKey)
	return ok && key.N.BitLen() >= 1024
}

// mayRegister reports whether a certificate can be one of a registration
// authority. Where nothing but a fingerprint vouches for what was shown, any
// person with a certificate of the same authority could show their own in its
// place, and read the challenge password: one for people or servers says so.
func mayRegister(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny) {
		return true
	}
	return slices.ContainsFunc(c.UnknownExtKeyUsage, func(oid asn1.ObjectIdentifier) bool {
		return oid.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 1}) || // Windows' certificate request agent
			oid.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 28}) // RFC 6402, section 2.10
	})
}

// chain leads from a certificate to the authority's own, over what it showed
// and what else came; nil where none does. A certificate that is not valid yet
// is taken: clocks differ.
func (a *Authority) chain(c *x509.Certificate, more []*x509.Certificate, now time.Time) []*x509.Certificate {
	if c.Equal(a.Certificate) {
		return []*x509.Certificate{c}
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(a.Certificate)
	for _, other := range slices.Concat(a.Certificates, more) {
		between.AddCert(other)
	}
	if ahead := c.NotBefore.Sub(now); ahead > 0 && ahead < mostAhead {
		now = c.NotBefore
	}
	chains, err := c.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil
	}
	return chains[0]
}

// mostAhead is how far an authority's clock may be ahead.
const mostAhead = 24 * time.Hour
