package certificates

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"

	"torii/app/api"
)

// Describe is what a certificate says of itself, looked at at a time.
func Describe(c *x509.Certificate, now time.Time) api.CertificateDetails {
	sum := sha256.Sum256(c.Raw)
	return api.CertificateDetails{
		Subject: Readable(c.Subject.String()), Issuer: Readable(c.Issuer.String()), IssuerName: Readable(issuerName(c)), Names: names(c),
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
	for i := range list {
		list[i] = Readable(list[i])
	}
	return list
}

// longestReadable is how much of one name in a certificate is shown, in runes.
const longestReadable = 300

// Readable is a name in a certificate as it may stand before a person: anybody
// can write one, so it is cut, on one line, and turns no text around.
func Readable(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar || !unicode.IsPrint(r):
			return -1
		}
		return r
	}, name)
	runes := []rune(strings.Join(strings.Fields(name), " "))
	if len(runes) > longestReadable {
		return string(runes[:longestReadable]) + "…"
	}
	return string(runes)
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
