package diagnose

import (
	"crypto/x509"
	"strings"

	"torii/app/api"
	"torii/certstore/verify"
)

// checkUsage is about what the certificate may be used for (RFC 5280, sections
// 4.2.1.3 and 4.2.1.12).
func checkUsage(e *evidence) *finding {
	if len(e.chain) == 0 {
		return nil
	}
	leaf := e.chain[0]
	if e.verdict.has(verify.Usage) {
		return failed(api.DoctorAdministrator, usages(leaf))
	}
	const any = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement
	if leaf.KeyUsage != 0 && leaf.KeyUsage&any == 0 {
		// Torii lets it pass, as crypto/x509 does; other clients do not.
		return warned(api.DoctorAdministrator, keyUsages(leaf.KeyUsage)).like("key")
	}
	return passed(usages(leaf))
}

// keyUsages writes the usages of a key by their usual names (RFC 5280, section
// 4.2.1.3), in the order of their bits.
func keyUsages(usage x509.KeyUsage) string {
	var seen []string
	for i, name := range []string{"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
		"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"} {
		if usage&(1<<i) != 0 {
			seen = append(seen, name)
		}
	}
	return strings.Join(seen, ", ")
}

// usages writes the extended usages by their usual names.
func usages(c *x509.Certificate) string {
	names := map[x509.ExtKeyUsage]string{
		x509.ExtKeyUsageAny: "any", x509.ExtKeyUsageServerAuth: "serverAuth", x509.ExtKeyUsageClientAuth: "clientAuth",
		x509.ExtKeyUsageCodeSigning: "codeSigning", x509.ExtKeyUsageEmailProtection: "emailProtection",
		x509.ExtKeyUsageIPSECEndSystem: "ipsecEndSystem", x509.ExtKeyUsageIPSECTunnel: "ipsecTunnel",
		x509.ExtKeyUsageIPSECUser: "ipsecUser", x509.ExtKeyUsageTimeStamping: "timeStamping", x509.ExtKeyUsageOCSPSigning: "OCSPSigning",
	}
	var seen []string
	for _, usage := range c.ExtKeyUsage {
		if name, ok := names[usage]; ok {
			seen = append(seen, name)
		}
	}
	for _, other := range c.UnknownExtKeyUsage {
		seen = append(seen, other.String())
	}
	if len(seen) == 0 {
		return "–"
	}
	return strings.Join(seen, ", ")
}
