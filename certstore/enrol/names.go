package enrol

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name is a part of a subject: the element of a profile's CertificateSCEP that
// it stands in ("Name_CN"), and what stands there. %USER% and %MACHINEID% are
// replaced by Replacements.
type Name struct{ Element, Value string }

// Replacements stand for what a profile cannot know.
type Replacements struct {
	User      string // %USER%: the name that the person logs in with
	MachineID string // %MACHINEID%
}

// Bounds of a subject.
const (
	mostNames   = 32
	longestName = 256 // characters
)

// attribute is what an element of a profile means in a subject.
type attribute struct {
	element string
	oid     asn1.ObjectIdentifier
	form    int // the type of string that it has to be; 0 for either
}

// attributes are in the order in which they stand in a subject: from the wide
// to the narrow.
func attributes() []attribute {
	x520 := func(n int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 4, n} }
	pkcs9 := func(n int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, n} }
	return []attribute{
		{"Domain_DC", asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}, asn1.TagIA5String},
		{"Country_C", x520(6), asn1.TagPrintableString},
		{"State_ST", x520(8), 0},
		{"State_SP", x520(8), 0},
		{"City_L", x520(7), 0},
		{"Company_O", x520(10), 0},
		{"Department_OU", x520(11), 0},
		{"Title_T", x520(12), 0},
		{"Name_CN", x520(3), 0},
		{"SurName_SN", x520(4), 0},
		{"GivenName_GN", x520(42), 0},
		{"Initials_I", x520(43), 0},
		{"Qualifier_GEN", x520(44), 0},
		{"Qualifier_DN", x520(46), asn1.TagPrintableString},
		{"UnstructName_N", pkcs9(2), 0},
		{"Email_EA", pkcs9(1), asn1.TagIA5String},
	}
}

// Elements are the elements of a profile that Subject understands.
func Elements() []string {
	var all []string
	for _, a := range attributes() {
		all = append(all, a.element)
	}
	return all
}

// Subject makes the subject of a request, in DER. Parts that are empty are left
// out; one that nothing is left of is an error, for no authority takes it. The
// error is an *Error with FaultRequest.
func Subject(names []Name, replacements Replacements) ([]byte, error) {
	if len(names) > mostNames {
		return nil, failf(FaultRequest, "the subject has %d parts", len(names))
	}
	values := map[string][]string{}
	for _, name := range names {
		value, err := replacements.in(name.Value)
		if err != nil {
			return nil, failf(FaultRequest, "%s: %w", name.Element, err)
		}
		if value != "" {
			values[name.Element] = append(values[name.Element], value)
		}
	}
	var subject pkix.RDNSequence
	for _, a := range attributes() {
		for _, value := range values[a.element] {
			written, err := a.write(value)
			if err != nil {
				return nil, failf(FaultRequest, "%s: %w", a.element, err)
			}
			subject = append(subject, pkix.RelativeDistinguishedNameSET{{Type: a.oid, Value: written}})
		}
		delete(values, a.element)
	}
	for element := range values {
		return nil, failf(FaultRequest, "a subject has no part called %q", cleanText(element))
	}
	if len(subject) == 0 {
		return nil, failf(FaultRequest, "the subject is empty")
	}
	der, err := asn1.Marshal(subject)
	if err != nil {
		return nil, fail(FaultRequest, err)
	}
	return der, nil
}

// checkSubject holds a subject to being one, with something in it.
func checkSubject(der []byte) error {
	var subject pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &subject); err != nil || len(rest) > 0 || len(subject) == 0 {
		return failf(FaultRequest, "the subject is empty or none")
	}
	return nil
}

// in replaces the placeholders in a value. One without a replacement must not
// end up in a certificate. Replacements are not looked into again.
func (r Replacements) in(value string) (string, error) {
	if !utf8.ValidString(value) {
		return "", fmt.Errorf("it is not text")
	}
	for _, p := range []struct{ placeholder, value string }{{"%USER%", r.User}, {"%MACHINEID%", r.MachineID}} {
		if strings.Contains(value, p.placeholder) && strings.TrimSpace(p.value) == "" {
			return "", fmt.Errorf("nothing is known that could replace %s", p.placeholder)
		}
	}
	value = strings.TrimSpace(strings.NewReplacer("%USER%", r.User, "%MACHINEID%", r.MachineID).Replace(value))
	if n := utf8.RuneCountInString(value); n > longestName {
		return "", fmt.Errorf("it has %d characters", n)
	}
	for _, c := range value {
		if unicode.IsControl(c) || c == unicode.ReplacementChar {
			return "", fmt.Errorf("it has characters that cannot be printed")
		}
	}
	return value, nil
}

// write gives a value the type of string that the attribute has (RFC 5280,
// appendix A.1, and RFC 2985).
func (a attribute) write(value string) (asn1.RawValue, error) {
	switch {
	case a.element == "Country_C" && (len(value) != 2 || !isPrintable(value)):
		return asn1.RawValue{}, fmt.Errorf("%q is no country of two letters", cleanText(value))
	case a.form == asn1.TagPrintableString && !isPrintable(value),
		a.form == asn1.TagIA5String && strings.ContainsFunc(value, func(r rune) bool { return r > unicode.MaxASCII }):
		return asn1.RawValue{}, fmt.Errorf("%q has characters that cannot stand there", cleanText(value))
	case a.form != 0:
		return asn1.RawValue{Tag: a.form, Bytes: []byte(value)}, nil
	}
	return directoryString(value), nil
}

// directoryString is a PrintableString where that is possible, for the sake of
// old authorities, else UTF-8.
func directoryString(value string) asn1.RawValue {
	if isPrintable(value) {
		return asn1.RawValue{Tag: asn1.TagPrintableString, Bytes: []byte(value)}
	}
	return asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(value)}
}

// isPrintable reports whether a text can be a PrintableString (X.680, 41.4).
func isPrintable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" '()+,-./:=?", r))
	})
}
