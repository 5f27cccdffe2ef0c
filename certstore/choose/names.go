package choose

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
)

// NameRule is one DistinguishedNameDefinition of a profile.
type NameRule struct {
	// Attribute is a profile's name for it: "CN", or "ISSUER-CN" for the issuer's.
	Attribute string
	// Pattern is what a value of the attribute is compared with.
	Pattern string
	// Not turns the rule around (Operator NotEqual): no value equals Pattern.
	Not bool
	// Wildcard: Pattern need only be somewhere in the value.
	Wildcard bool
	// IgnoreCase compares without regard to capital letters (MatchCase Disabled).
	IgnoreCase bool
}

// issuerPrefix marks the attributes of an issuer.
const issuerPrefix = "ISSUER-"

// attributeOf returns the identifier of an attribute by a profile's name for it.
func attributeOf(name string) (asn1.ObjectIdentifier, bool) {
	at := func(last int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 4, last} } // X.520
	known := map[string]asn1.ObjectIdentifier{
		"CN": at(3), "SN": at(4), "C": at(6), "L": at(7), "ST": at(8), "SP": at(8), "O": at(10), "OU": at(11), "T": at(12),
		"N": {1, 2, 840, 113549, 1, 9, 2}, "GN": at(42), "I": at(43), "GENQ": at(44), "DNQ": at(46),
		"EA": {1, 2, 840, 113549, 1, 9, 1}, "DC": {0, 9, 2342, 19200300, 100, 1, 25},
	}
	id, ok := known[strings.TrimPrefix(strings.ToUpper(name), issuerPrefix)]
	return id, ok
}

// Check says why a rule cannot be meant; nil where it can.
func (r NameRule) Check() error {
	if _, ok := attributeOf(r.Attribute); !ok {
		return fmt.Errorf("there is no attribute %q of a distinguished name", r.Attribute)
	}
	return nil
}

// holds looks at a certificate. A rule about an attribute that there is not
// holds for none, so that no certificate passes by a mistake.
func (r NameRule) holds(c *x509.Certificate) bool {
	id, ok := attributeOf(r.Attribute)
	if !ok {
		return false
	}
	name := c.Subject
	if strings.HasPrefix(strings.ToUpper(r.Attribute), issuerPrefix) {
		name = c.Issuer
	}
	return slices.ContainsFunc(valuesOf(name, id), r.equals) != r.Not
}

// valuesOf are all values of an attribute: a name may have several.
func valuesOf(name pkix.Name, id asn1.ObjectIdentifier) []string {
	var values []string
	for _, attribute := range name.Names {
		if text, ok := attribute.Value.(string); ok && attribute.Type.Equal(id) {
			values = append(values, text)
		}
	}
	return values
}

func (r NameRule) equals(value string) bool {
	pattern := r.Pattern
	if r.IgnoreCase {
		value, pattern = strings.ToLower(value), strings.ToLower(pattern)
	}
	if r.Wildcard {
		return strings.Contains(value, pattern)
	}
	return value == pattern
}
