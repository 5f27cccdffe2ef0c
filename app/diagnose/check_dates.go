package diagnose

import (
	"crypto/x509"
	"strings"

	"torii/app/api"
	"torii/certstore/verify"
)

// relevant are the certificates whose dates matter: those on the way from the
// leaf up, and without a way those that were sent.
func (e *evidence) relevant() []*x509.Certificate {
	if len(e.verdict.path) > 1 {
		return e.verdict.path
	}
	return e.chain
}

// checkExpired is about the end of validity (003, 1).
func checkExpired(e *evidence) *finding {
	if len(e.chain) == 0 {
		return nil
	}
	if !e.verdict.has(verify.Expired) {
		if e.verdict.has(verify.NotYetValid) {
			return nil
		}
		return passed("→ " + e.chain[0].NotAfter.Local().Format(moment))
	}
	var seen []string
	for _, c := range e.relevant() {
		if e.now.After(c.NotAfter) {
			seen = append(seen, nameOf(c)+" → "+c.NotAfter.Local().Format(moment))
		}
	}
	return e.outOfDate(strings.Join(seen, "; "), e.now.After(e.chain[0].NotAfter))
}

// checkNotYetValid is about the beginning of validity (003, 1).
func checkNotYetValid(e *evidence) *finding {
	if !e.verdict.has(verify.NotYetValid) {
		return nil
	}
	var seen []string
	for _, c := range e.relevant() {
		if e.now.Before(c.NotBefore) {
			seen = append(seen, nameOf(c)+": "+c.NotBefore.Local().Format(moment)+" →")
		}
	}
	return e.outOfDate(strings.Join(seen, "; "), e.now.Before(e.chain[0].NotBefore))
}

// outOfDate is the finding about dates, the server's own or an authority's.
func (e *evidence) outOfDate(seen string, own bool) *finding {
	if e.clockMisleads() {
		return failed(api.DoctorYou, seen).like("clock")
	}
	found := failed(api.DoctorAdministrator, seen)
	if !own {
		return found.like("authority")
	}
	if _, known := e.offset(); !known {
		return found.like("unsure")
	}
	return found
}

// nameOf is what a certificate is called in a list.
func nameOf(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	if len(c.DNSNames) > 0 {
		return c.DNSNames[0]
	}
	return c.Subject.String()
}
