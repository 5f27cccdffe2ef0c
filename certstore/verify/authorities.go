package verify

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"torii/certstore"
)

// Authorities are who may vouch for the servers of one connection: its own
// roots, and the system's. What is added to them is trusted nowhere else.
type Authorities struct {
	own []*x509.Certificate
}

// ReadAuthorities returns the system's roots and those of a PEM file; "" for
// none.
func ReadAuthorities(file string) (*Authorities, error) {
	a := &Authorities{}
	if file == "" {
		return a, nil
	}
	text, err := certstore.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the authorities: %w", err)
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		// Files of authorities hold old ones that no rule of today lets pass.
		if root, err := x509.ParseCertificate(block.Bytes); err == nil {
			a.Add(root)
		}
	}
	if len(a.own) == 0 {
		return nil, fmt.Errorf("read the authorities: %s holds no certificate in PEM form", file)
	}
	return a, nil
}

// Add takes another root.
func (a *Authorities) Add(root *x509.Certificate) { a.own = append(a.own, root) }

// Check is the function Check with these authorities. The system's roots are
// hundreds, so they are read only where the connection's own do not do.
func (a *Authorities) Check(chain []*x509.Certificate, host string, now time.Time) []Problem {
	if len(a.own) > 0 && len(Check(chain, host, a.extend(x509.NewCertPool()), now)) == 0 {
		return nil
	}
	system, err := x509.SystemCertPool()
	if err != nil {
		system = x509.NewCertPool() // a system without roots still has the file's
	}
	return Check(chain, host, a.extend(system), now)
}

// Own are the connection's own roots, without the system's.
func (a *Authorities) Own() []*x509.Certificate { return slices.Clone(a.own) }

// Vouch returns a chain from the first certificate to a root, with the others
// as intermediates: for any usage and any name, and in the first one's own time
// where now is outside of it. The error says why there is none. It explains;
// what may pass is said by Check.
func (a *Authorities) Vouch(chain []*x509.Certificate, now time.Time) ([]*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, errors.New("there is no certificate")
	}
	at, _ := moment(chain[0], now)
	options := x509.VerifyOptions{
		Roots: a.extend(x509.NewCertPool()), Intermediates: x509.NewCertPool(), CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	for _, c := range chain[1:] {
		options.Intermediates.AddCert(c)
	}
	paths, err := chain[0].Verify(options)
	if err != nil {
		system, poolErr := x509.SystemCertPool()
		if poolErr != nil {
			return nil, err
		}
		options.Roots = a.extend(system)
		if paths, err = chain[0].Verify(options); err != nil {
			return nil, err
		}
	}
	return paths[0], nil
}

func (a *Authorities) extend(pool *x509.CertPool) *x509.CertPool {
	for _, root := range a.own {
		pool.AddCert(root)
	}
	return pool
}
