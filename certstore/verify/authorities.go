package verify

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"
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
	text, err := os.ReadFile(file)
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

func (a *Authorities) extend(pool *x509.CertPool) *x509.CertPool {
	for _, root := range a.own {
		pool.AddCert(root)
	}
	return pool
}
