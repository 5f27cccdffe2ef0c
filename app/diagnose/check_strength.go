package diagnose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"

	"torii/app/api"
)

// The smallest keys that are safe today (NIST SP 800-131A, revision 2), and the
// smallest RSA key that crypto/rsa works with.
const (
	smallestRSA   = 2048
	smallestCurve = 256
	workableRSA   = 1024
)

// strength names a key and says whether it is weak, and whether it is of a kind
// that cannot be used at all.
func strength(c *x509.Certificate) (name string, weak, useless bool) {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		bits := key.N.BitLen()
		return fmt.Sprintf("RSA %d", bits), bits < smallestRSA, bits < workableRSA
	case *ecdsa.PublicKey:
		bits := key.Params().BitSize
		return "ECDSA " + key.Params().Name, bits < smallestCurve, bits < smallestCurve
	case ed25519.PublicKey:
		return "Ed25519", false, false
	}
	if c.PublicKeyAlgorithm == x509.DSA {
		return "DSA", true, true
	}
	return c.PublicKeyAlgorithm.String(), false, false
}

// checkKeys is about keys that can be broken.
func checkKeys(e *evidence) *finding {
	if len(e.chain) == 0 {
		return nil
	}
	var seen []string
	useless := false
	for _, c := range e.relevant() {
		if name, weak, not := strength(c); weak {
			seen = append(seen, nameOf(c)+": "+name)
			useless = useless || not
		}
	}
	switch {
	case len(seen) == 0:
		name, _, _ := strength(e.chain[0])
		return passed(name)
	case useless:
		return failed(api.DoctorAdministrator, strings.Join(seen, "; "))
	}
	return warned(api.DoctorAdministrator, strings.Join(seen, "; "))
}

// checkSignatures is about signatures that can be forged. That of a root and of
// a self-signed certificate does not matter: nobody relies on it.
func checkSignatures(e *evidence) *finding {
	if len(e.chain) == 0 {
		return nil
	}
	var seen []string
	for _, c := range e.verdict.weak {
		seen = append(seen, nameOf(c)+": "+c.SignatureAlgorithm.String())
	}
	if len(seen) > 0 {
		return failed(api.DoctorAdministrator, strings.Join(seen, "; "))
	}
	return passed(e.chain[0].SignatureAlgorithm.String())
}
