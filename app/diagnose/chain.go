package diagnose

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"torii/certstore/verify"
)

const nameMismatch = verify.NameMismatch

// verdict is what the certificates of a server say, taken together.
type verdict struct {
	// problems are the verifier's, with the help of the fetched certificates.
	problems []verify.Problem
	// missing says that only those made the chain whole.
	missing bool
	// fenced says that an authority on the way may not vouch for such names.
	fenced bool
	// path leads from the leaf as far up as anybody can tell.
	path []*x509.Certificate
	// weak are the certificates of path whose signatures no rule of today
	// accepts, though they are right.
	weak []*x509.Certificate
}

func (v verdict) has(problem verify.Problem) bool { return slices.Contains(v.problems, problem) }

// untrusted reports whether nobody known vouches for the chain.
func (v verdict) untrusted() bool { return v.has(verify.UnknownIssuer) || v.has(verify.Unreadable) }

// onlyUntrusted reports whether nothing else is wrong: such a server can be
// accepted by a person (000, server certificates).
func (v verdict) onlyUntrusted() bool {
	return len(v.weak) == 0 && !slices.ContainsFunc(v.problems, func(p verify.Problem) bool {
		return p != verify.UnknownIssuer && p != verify.SelfSigned
	})
}

// trusted reports whether nothing is wrong at all.
func (v verdict) trusted() bool {
	return len(v.problems) == 0 && !v.missing && len(v.weak) == 0 && len(v.path) > 1
}

// judge verifies a chain, leaf first, with further certificates that the server
// should have sent.
func judge(chain, fetched []*x509.Certificate, authorities *verify.Authorities, host string, now time.Time) verdict {
	v := verdict{problems: authorities.Check(chain, host, now)}
	if v.untrusted() && len(fetched) > 0 {
		if helped := authorities.Check(slices.Concat(chain, fetched), host, now); !slices.Contains(helped, verify.UnknownIssuer) {
			v.problems, v.missing = helped, true
		}
	}
	all := chain
	if v.missing {
		all = slices.Concat(chain, fetched)
	}
	path, err := authorities.Vouch(all, now)
	if err == nil {
		v.path = path
		return v
	}
	if v.has(verify.SelfSigned) {
		v.path = chain[:1]
		return v
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		v.fenced = invalid.Reason == x509.CANotAuthorizedForThisName
	}
	climbed := climb(slices.Concat(chain, fetched), authorities, now)
	v.path, v.weak = climbed.path, climbed.weak
	if climbed.known && len(climbed.weak) > 0 {
		// Nothing but the strength of its signatures is wrong with the chain.
		v.problems = slices.DeleteFunc(v.problems, func(p verify.Problem) bool {
			return p == verify.UnknownIssuer || p == verify.Unreadable
		})
		v.missing = !climb(chain, authorities, now).known
	}
	return v
}

// climbing is a way up from a leaf, over signatures of any strength.
type climbing struct {
	path  []*x509.Certificate
	weak  []*x509.Certificate
	known bool // it ends at a root that is trusted
}

// highest bounds a way up.
const highest = 8

// climb goes from the first certificate from issuer to issuer.
func climb(all []*x509.Certificate, authorities *verify.Authorities, now time.Time) climbing {
	own := authorities.Own()
	c := climbing{path: all[:1:1]}
	for current := all[0]; len(c.path) < highest; {
		if slices.ContainsFunc(own, current.Equal) {
			c.known = true
			return c
		}
		issuer := issuerOf(current, slices.Concat(own, all[1:]))
		if issuer == nil || slices.ContainsFunc(c.path, issuer.Equal) {
			return c
		}
		if isWeak(current.SignatureAlgorithm) {
			c.weak = append(c.weak, current)
		}
		c.path = append(c.path, issuer)
		if rest, err := authorities.Vouch(append([]*x509.Certificate{issuer}, all[1:]...), now); err == nil {
			c.path = append(c.path, rest[1:]...)
			c.known = true
			return c
		}
		current = issuer
	}
	return c
}

// issuerOf finds who signed a certificate; nil for nobody there.
func issuerOf(c *x509.Certificate, among []*x509.Certificate) *x509.Certificate {
	for _, candidate := range among {
		mayIssue := candidate.IsCA || candidate.Version < 3
		if mayIssue && bytes.Equal(c.RawIssuer, candidate.RawSubject) && signedBy(c, candidate) {
			return candidate
		}
	}
	return nil
}
