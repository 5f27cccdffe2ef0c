package gateway

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"
)

// authority is a certificate authority in memory.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newAuthority makes an authority that lives for a year.
func newAuthority(name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key of the practice authority: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:          serialNumber(),
		Subject:               pkix.Name{CommonName: name, Organization: []string{"Torii practice"}},
		NotBefore:             time.Now().Add(-24 * time.Hour),
		NotAfter:              time.Now().AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make certificate of the practice authority: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read certificate of the practice authority: %w", err)
	}
	return &authority{certificate: certificate, key: key}, nil
}

// issue makes a server certificate for names and addresses.
func (a *authority) issue(notBefore, notAfter time.Time, names ...string) (*tls.Certificate, error) {
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: names[0], Organization: []string{"Torii practice"}},
		NotBefore:   notBefore,
		NotAfter:    notAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if address := net.ParseIP(name); address != nil {
			template.IPAddresses = append(template.IPAddresses, address)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return a.sign(template)
}

// issueClient makes a certificate for a user.
func (a *authority) issueClient(user string) (*tls.Certificate, error) {
	return a.sign(&x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: []string{"Torii practice"}},
		NotBefore:   a.certificate.NotBefore,
		NotAfter:    a.certificate.NotAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// sign completes a template with a key and a signature.
func (a *authority) sign(template *x509.Certificate) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a practice key: %w", err)
	}
	template.SerialNumber = serialNumber()
	template.KeyUsage = x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("make a practice certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.certificate.Raw}, PrivateKey: key}, nil
}

// serialNumber returns 127 random bits (RFC 5280 section 4.1.2.2 wants a
// positive number of at most 20 octets).
func serialNumber() *big.Int {
	var b [16]byte
	rand.Read(b[:])
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b[:])
}

// serverCertificate makes the certificate that a fault shows, or the good one.
func (g *Gateway) serverCertificate(fault Fault) (*tls.Certificate, error) {
	now := time.Now()
	from, until := now.Add(-24*time.Hour), now.AddDate(0, 3, 0)
	names := append([]string{g.config.Host}, g.config.Names...)
	switch fault {
	case FaultExpiredCertificate:
		return g.ca.issue(now.AddDate(0, -3, 0), from, names...)
	case FaultUnknownIssuer:
		stranger, err := newAuthority("An authority that nobody knows")
		if err != nil {
			return nil, err
		}
		return stranger.issue(from, until, names...)
	case FaultWrongName:
		return g.ca.issue(from, until, "elsewhere."+Domain)
	default:
		return g.ca.issue(from, until, names...)
	}
}
