// Package verify says what is wrong with the certificate that a server showed.
// It decides nothing: the service above maps its findings to questions and
// refusals.
package verify

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
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

// Roots returns the system's roots and those of a PEM file; "" for none.
func Roots(file string) (*x509.CertPool, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a system without roots still has the file's
	}
	if file == "" {
		return roots, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the authorities: %w", err)
	}
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read the authorities: %s holds no certificate in PEM form", file)
	}
	return roots, nil
}

// Check verifies a chain, leaf first, as the one of a server called host at
// the time now. It returns every problem that it finds; none means trusted.
func Check(chain []*x509.Certificate, host string, roots *x509.CertPool, now time.Time) []Problem {
	if len(chain) == 0 {
		return []Problem{Unreadable}
	}
	leaf := chain[0]
	var found []Problem
	switch {
	case now.Before(leaf.NotBefore):
		found = append(found, NotYetValid)
	case now.After(leaf.NotAfter):
		found = append(found, Expired)
	}
	if leaf.VerifyHostname(bracketed(host)) != nil {
		found = append(found, NameMismatch)
	}
	// The chain is looked at in the leaf's own time, so that an expired leaf
	// does not hide who issued it.
	at := now
	if len(found) > 0 && (found[0] == Expired || found[0] == NotYetValid) {
		at = leaf.NotAfter
	}
	if problem := checkChain(chain, roots, at); problem != "" {
		found = append(found, problem)
	}
	return found
}

// bracketed is host in the form that VerifyHostname takes for an address.
func bracketed(host string) string {
	if ip := net.ParseIP(host); ip != nil {
		return "[" + host + "]"
	}
	return host
}

// checkChain verifies everything but the leaf's dates and name.
func checkChain(chain []*x509.Certificate, roots *x509.CertPool, at time.Time) Problem {
	intermediates := x509.NewCertPool()
	for _, c := range chain[1:] {
		intermediates.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err == nil {
		return ""
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		if isSelfSigned(chain[0]) {
			return SelfSigned
		}
		return UnknownIssuer
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		switch invalid.Reason {
		case x509.Expired: // an intermediate or the root
			return Expired
		case x509.IncompatibleUsage:
			return Usage
		}
	}
	return Unreadable
}

func isSelfSigned(c *x509.Certificate) bool {
	return c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}
