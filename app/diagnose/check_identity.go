package diagnose

import (
	"bytes"
	"crypto/x509"
	"slices"

	"torii/app/api"
)

// checkIdentity is about the person's own certificate (003, 9): wanted and not
// there, out of date, or of an authority that the server does not take.
func checkIdentity(e *evidence) *finding {
	ill := warned
	if e.required {
		ill = failed
	}
	if len(e.target.Identities) == 0 {
		switch {
		case e.required && len(e.acceptable) == 0:
			return failed(api.DoctorYou, "–").like("any")
		case e.required:
			return failed(api.DoctorYou, issuersOf(e.acceptable))
		case e.requested:
			return passed(issuersOf(e.acceptable))
		}
		return nil
	}
	var valid [][]*x509.Certificate
	for _, identity := range e.target.Identities {
		if !e.now.Before(identity[0].NotBefore) && !e.now.After(identity[0].NotAfter) {
			valid = append(valid, identity)
		}
	}
	if len(valid) == 0 {
		leaf := e.target.Identities[0][0]
		return ill(api.DoctorYou, nameOf(leaf)+" → "+leaf.NotAfter.Local().Format(moment)).like("expired")
	}
	if !e.requested {
		return nil
	}
	for _, identity := range valid {
		if accepted(identity, e.acceptable) {
			return passed(nameOf(identity[0]))
		}
	}
	return ill(api.DoctorYou, nameOf(valid[0][0])+" ("+valid[0][0].Issuer.String()+"); "+issuersOf(e.acceptable)).like("unfit")
}

// accepted reports whether a server that takes certificates of those issuers
// takes this one; no issuers mean anybody's (RFC 8446, section 4.2.4).
func accepted(identity []*x509.Certificate, issuers [][]byte) bool {
	if len(issuers) == 0 {
		return true
	}
	return slices.ContainsFunc(identity, func(c *x509.Certificate) bool {
		return slices.ContainsFunc(issuers, func(name []byte) bool { return bytes.Equal(name, c.RawIssuer) })
	})
}
