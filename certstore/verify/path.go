package verify

import (
	"crypto/x509"
	"time"
)

// Path returns the verified chain from the leaf to its root, the shortest where
// there are several: who is asked whether a certificate was revoked needs its
// issuer. It is nil for a chain that is not trusted.
func (a *Authorities) Path(chain []*x509.Certificate, now time.Time) []*x509.Certificate {
	if len(chain) == 0 {
		return nil
	}
	intermediates := x509.NewCertPool()
	for _, c := range chain[1:] {
		intermediates.AddCert(c)
	}
	options := x509.VerifyOptions{
		Roots: a.extend(x509.NewCertPool()), Intermediates: intermediates, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	paths, err := chain[0].Verify(options)
	if err != nil {
		system, poolErr := x509.SystemCertPool()
		if poolErr != nil {
			return nil
		}
		options.Roots = a.extend(system)
		if paths, err = chain[0].Verify(options); err != nil {
			return nil
		}
	}
	var shortest []*x509.Certificate
	for _, path := range paths {
		if shortest == nil || len(path) < len(shortest) {
			shortest = path
		}
	}
	return shortest
}
