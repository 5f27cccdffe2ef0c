package choose

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"
)

// Match are the criteria of a profile's CertificateMatch. A criterion that is
// not given holds for every certificate.
type Match struct {
	// KeyUsages: a certificate has at least one of them.
	KeyUsages []x509.KeyUsage
	// ExtendedUsages: a certificate has all of them.
	ExtendedUsages []asn1.ObjectIdentifier
	// OnlyWithKeyUsage and OnlyWithExtendedUsage want the extension to be there
	// at all (MatchOnlyCertsWithKU, MatchOnlyCertsWithEKU). Without them a
	// certificate that lacks it passes, since it may be used for everything.
	OnlyWithKeyUsage, OnlyWithExtendedUsage bool
	// Names: every rule holds.
	Names []NameRule
}

// Default are the criteria where a profile has none: a certificate that signs
// and stands for a client.
func Default() *Match {
	client, _ := ExtendedUsage("ClientAuth")
	return &Match{KeyUsages: []x509.KeyUsage{x509.KeyUsageDigitalSignature}, ExtendedUsages: []asn1.ObjectIdentifier{client}}
}

// KeyUsage returns a key usage by a profile's name for it, such as
// "Digital_Signature"; false where there is none of that name.
func KeyUsage(name string) (x509.KeyUsage, bool) {
	names := []string{
		"Digital_Signature", "Non_Repudiation", "Key_Encipherment", "Data_Encipherment", "Key_Agreement",
		"Key_Cert_Sign", "CRL_Sign", "Encipher_Only", "Decipher_Only",
	}
	bit := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	if bit < 0 {
		return 0, false
	}
	return 1 << bit, true
}

// ExtendedUsage returns an extended key usage by a profile's name for it, such
// as "ClientAuth"; false where there is none of that name.
func ExtendedUsage(name string) (asn1.ObjectIdentifier, bool) {
	names := []string{ // 1.3.6.1.5.5.7.3.1 and so on
		"ServerAuth", "ClientAuth", "CodeSign", "EmailProtect", "IPSecEndSystem", "IPSecTunnel", "IPSecUser", "TimeStamp", "OCSPSign", "DVCS",
	}
	if strings.EqualFold(name, "IKEIntermediate") {
		return asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 8, 2, 2}, true
	}
	last := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	if last < 0 {
		return nil, false
	}
	return asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, last + 1}, true
}

// Holds reports whether a certificate meets all criteria.
func (m *Match) Holds(c *x509.Certificate) bool {
	return m.keyUsageHolds(c) && m.extendedUsageHolds(c) &&
		!slices.ContainsFunc(m.Names, func(r NameRule) bool { return !r.holds(c) })
}

func (m *Match) keyUsageHolds(c *x509.Certificate) bool {
	if c.KeyUsage == 0 { // no extension
		return !m.OnlyWithKeyUsage
	}
	return len(m.KeyUsages) == 0 || slices.ContainsFunc(m.KeyUsages, func(u x509.KeyUsage) bool { return c.KeyUsage&u != 0 })
}

// extendedUsageHolds compares as RFC 5280, section 4.2.1.12, has it; that the
// "any" usage stands for all of them, too.
func (m *Match) extendedUsageHolds(c *x509.Certificate) bool {
	has := extendedUsages(c)
	if len(has) == 0 { // no extension
		return !m.OnlyWithExtendedUsage
	}
	anyUsage := asn1.ObjectIdentifier{2, 5, 29, 37, 0}
	if slices.ContainsFunc(has, anyUsage.Equal) {
		return true
	}
	return !slices.ContainsFunc(m.ExtendedUsages, func(wanted asn1.ObjectIdentifier) bool {
		return !slices.ContainsFunc(has, wanted.Equal)
	})
}

// extendedUsages are those of a certificate, as it writes them.
func extendedUsages(c *x509.Certificate) []asn1.ObjectIdentifier {
	extension := asn1.ObjectIdentifier{2, 5, 29, 37}
	for _, e := range c.Extensions {
		var usages []asn1.ObjectIdentifier
		if e.Id.Equal(extension) {
			if _, err := asn1.Unmarshal(e.Value, &usages); err == nil {
				return usages
			}
		}
	}
	return nil
}
