// Package verify says what is wrong with the certificate that a server showed.
// It decides nothing: the service above maps its findings to questions and
// refusals.
package verify

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"net/netip"
	"slices"
	"time"
)

// Problem is a finding, in the codes of the certificate doctor.
type Problem string

// The findings.
const (
	Expired       Problem = "expired"
	NotYetValid   Problem = "not-yet-valid"
	UnknownIssuer Problem = "unknown-issuer"
	SelfSigned    Problem = "self-signed"
	NameMismatch  Problem = "name-mismatch"
	Usage         Problem = "usage"
	// Unreadable: there is no certificate, or the chain makes no sense.
	Unreadable Problem = "unreadable"
)

// Check verifies a chain, leaf first, as the one of a server called host (a
// name or an address, without brackets) at the time now. It returns every
// problem that it finds, each once; none means trusted.
func Check(chain []*x509.Certificate, host string, roots *x509.CertPool, now time.Time) []Problem {
	if len(chain) == 0 {
		return []Problem{Unreadable}
	}
	leaf := chain[0]
	var found []Problem
	note := func(problem Problem) {
		if problem != "" && !slices.Contains(found, problem) {
			found = append(found, problem)
		}
	}
	at, problem := moment(leaf, now)
	note(problem)
	if leaf.VerifyHostname(verifiable(host)) != nil {
		note(NameMismatch)
	}
	note(checkChain(chain, roots, at))
	if !servesTLS(leaf) {
		note(Usage)
	}
	return found
}

// moment is when a chain is looked at, and what is wrong with the leaf's dates:
// the leaf's own time, so that an expired one does not hide who issued it.
func moment(leaf *x509.Certificate, now time.Time) (time.Time, Problem) {
	switch {
	case now.Before(leaf.NotBefore):
		return leaf.NotBefore, NotYetValid
	case now.After(leaf.NotAfter):
		return leaf.NotAfter, Expired
	}
	return now, ""
}

// verifiable is host in the form that VerifyHostname takes: an address stands
// in brackets there and has no zone, which is this machine's own matter.
func verifiable(host string) string {
	if address, err := netip.ParseAddr(host); err == nil {
		return "[" + address.WithZone("").String() + "]"
	}
	return host
}

// checkChain verifies everything but the leaf's dates, name and usage.
func checkChain(chain []*x509.Certificate, roots *x509.CertPool, at time.Time) Problem {
	intermediates := x509.NewCertPool()
	for _, c := range chain[1:] {
		intermediates.AddCert(c)
	}
	options := x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	if _, err := chain[0].Verify(options); err != nil {
		return problemOf(err, chain[0], at)
	}
	// An authority may be restricted as well: to e-mail, for one.
	options.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if _, err := chain[0].Verify(options); err != nil {
		return problemOf(err, chain[0], at)
	}
	return ""
}

func problemOf(err error, leaf *x509.Certificate, at time.Time) Problem {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		if isSelfSigned(leaf) {
			return SelfSigned
		}
		return UnknownIssuer
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		switch invalid.Reason {
		case x509.Expired: // an intermediate or the root
			if at.Before(invalid.Cert.NotBefore) {
				return NotYetValid
			}
			return Expired
		case x509.IncompatibleUsage:
			return Usage
		}
	}
	return Unreadable
}

// servesTLS reports whether a leaf may stand for a server (RFC 5280 section
// 4.2.1.12: one without the extension may be used for everything).
func servesTLS(leaf *x509.Certificate) bool {
	return len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) == 0 ||
		slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) ||
		slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny)
}

// isSelfSigned reports whether a certificate vouches for itself. How strong its
// signature is does not matter then; one of an old kind, and one by a key that
// crypto/rsa does not work with any more, is recognised by its names.
func isSelfSigned(c *x509.Certificate) bool {
	const smallest = 1024 // bits
	err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	_, old := errors.AsType[x509.InsecureAlgorithmError](err)
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < smallest {
		old = true
	}
	if old {
		return bytes.Equal(c.RawIssuer, c.RawSubject) &&
			(len(c.AuthorityKeyId) == 0 || len(c.SubjectKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, c.SubjectKeyId))
	}
	return err == nil
}
