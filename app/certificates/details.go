package certificates

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"time"

	"torii/app/api"
)

// Describe is what a certificate says of itself, looked at at a time.
func Describe(c *x509.Certificate, now time.Time) api.CertificateDetails {
	sum := sha256.Sum256(c.Raw)
	return api.CertificateDetails{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(), IssuerName: issuerName(c), Names: names(c),
		Serial: fmt.Sprintf("%x", c.SerialNumber), NotBefore: c.NotBefore, NotAfter: c.NotAfter, Status: status(c, now),
		KeyUsages: keyUsages(c.KeyUsage), ExtendedKeys: extendedKeys(c), Key: keyName(c), Signature: c.SignatureAlgorithm.String(),
		Fingerprint: hex.EncodeToString(sum[:]),
	}
}

func status(c *x509.Certificate, now time.Time) api.CertificateStatus {
	switch {
	case now.After(c.NotAfter):
		return api.CertificateExpired
	case now.Before(c.NotBefore):
		return api.CertificateNotYetValid
	}
	return api.CertificateValid
}

func issuerName(c *x509.Certificate) string {
	switch {
	case c.Issuer.CommonName != "":
		return c.Issuer.CommonName
	case len(c.Issuer.Organization) > 0:
		return c.Issuer.Organization[0]
	}
	return c.Issuer.String()
}

func names(c *x509.Certificate) []string {
	list := append([]string{}, c.DNSNames...)
	for _, address := range c.IPAddresses {
		list = append(list, address.String())
	}
	list = append(list, c.EmailAddresses...)
	for _, uri := range c.URIs {
		list = append(list, uri.String())
	}
	return list
}

// keyUsages are the bits of RFC 5280, section 4.2.1.3, by their names there.
func keyUsages(usage x509.KeyUsage) []string {
	list := []string{}
	for bit, name := range []string{
		"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign",
		"encipherOnly", "decipherOnly",
	} {
		if usage&(1<<bit) != 0 {
			list = append(list, name)
		}
	}
	return list
}

// extendedKeys are the purposes of RFC 5280, section 4.2.1.12, by their names
// there, and others by their identifiers.
func extendedKeys(c *x509.Certificate) []string {
	known := map[x509.ExtKeyUsage]string{
		x509.ExtKeyUsageAny: "anyExtendedKeyUsage", x509.ExtKeyUsageServerAuth: "serverAuth", x509.ExtKeyUsageClientAuth: "clientAuth",
		x509.ExtKeyUsageCodeSigning: "codeSigning", x509.ExtKeyUsageEmailProtection: "emailProtection",
		x509.ExtKeyUsageIPSECEndSystem: "ipsecEndSystem", x509.ExtKeyUsageIPSECTunnel: "ipsecTunnel", x509.ExtKeyUsageIPSECUser: "ipsecUser",
		x509.ExtKeyUsageTimeStamping: "timeStamping", x509.ExtKeyUsageOCSPSigning: "OCSPSigning",
	}
	list := []string{}
	for _, usage := range c.ExtKeyUsage {
		if name, ok := known[usage]; ok {
			list = append(list, name)
		}
	}
	for _, id := range c.UnknownExtKeyUsage {
		list = append(list, id.String())
	}
	return list
}

func keyName(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return c.PublicKeyAlgorithm.String()
}
