package diagnose

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strings"

	"torii/app/api"
	"torii/certstore/verify"
)

// The three checks of this file exclude each other: one cause has one code.

// checkSelfSigned is about a certificate that only vouches for itself (003, 10).
func checkSelfSigned(e *evidence) *finding {
	if !e.verdict.has(verify.SelfSigned) {
		return nil
	}
	return failed(api.DoctorAdministrator, nameOf(e.chain[0])+", SHA-256 "+fingerprint(e.chain[0]))
}

// checkIntermediates is about a chain that is whole only with what the server
// did not send (003, 4).
func checkIntermediates(e *evidence) *finding {
	if !e.verdict.missing || e.verdict.has(verify.SelfSigned) {
		return nil
	}
	var seen []string
	for _, c := range e.verdict.path[1:] {
		if bytes.Equal(c.RawSubject, c.RawIssuer) {
			break // a root is not sent
		}
		if !slices.ContainsFunc(e.chain, c.Equal) {
			seen = append(seen, nameOf(c))
		}
	}
	return failed(api.DoctorAdministrator, strings.Join(seen, ", "))
}

// checkIssuer is about who vouches for the server (003, 2).
func checkIssuer(e *evidence) *finding {
	switch {
	case len(e.chain) == 0 || e.verdict.missing || e.verdict.has(verify.SelfSigned) || e.verdict.fenced:
		return nil
	case e.verdict.untrusted():
		top := e.verdict.path[len(e.verdict.path)-1]
		if bytes.Equal(top.RawSubject, top.RawIssuer) {
			return failed(api.DoctorYou, top.Subject.String()+", SHA-256 "+fingerprint(top)).like("sent")
		}
		return failed(api.DoctorYou, top.Issuer.String())
	}
	if len(e.verdict.path) == 0 {
		return nil
	}
	return passed(nameOf(e.verdict.path[len(e.verdict.path)-1]))
}

// fingerprint is how a certificate is compared by phone.
func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}
