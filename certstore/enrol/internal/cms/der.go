package cms

import (
	"bytes"
	"crypto"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
)

// Identifier octets.
const (
	tagOctets   = 0x04
	tagSequence = 0x30
	tagSet      = 0x31
	tagImplicit = 0x80 // context-specific 0, primitive
	tagContext  = 0xa0 // context-specific 0, constructed
)

// The object identifiers are functions, so that nothing can change them.
func oidData() asn1.ObjectIdentifier       { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1} }
func oidSignedData() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2} }
func oidEnvelopedData() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3}
}
func oidContentType() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3} }
func oidMessageDigest() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
}
func oidSigningTime() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5} }
func oidRSA() asn1.ObjectIdentifier         { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1} }

// digest is what a hash is called: alone, with RSA and with ECDSA.
type digest struct {
	hash            crypto.Hash
	oid, rsa, ecdsa string
}

func digests() []digest {
	return []digest{
		{crypto.SHA1, "1.3.14.3.2.26", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1"},
		{crypto.SHA256, "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"},
		{crypto.SHA384, "2.16.840.1.101.3.4.2.2", "1.2.840.113549.1.1.12", "1.2.840.10045.4.3.3"},
		{crypto.SHA512, "2.16.840.1.101.3.4.2.3", "1.2.840.113549.1.1.13", "1.2.840.10045.4.3.4"},
	}
}

func digestOf(hash crypto.Hash) (digest, error) {
	all := digests()
	if i := slices.IndexFunc(all, func(d digest) bool { return d.hash == hash }); i >= 0 {
		return all[i], nil
	}
	return digest{}, fmt.Errorf("%w: the hash %v", ErrUnsupported, hash)
}

func digestByOID(oid asn1.ObjectIdentifier) (digest, error) {
	all := digests()
	if i := slices.IndexFunc(all, func(d digest) bool { return d.oid == oid.String() }); i >= 0 {
		return all[i], nil
	}
	return digest{}, fmt.Errorf("%w: the hash %v", ErrUnsupported, oid)
}

func (d digest) sum(data []byte) []byte {
	h := d.hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// tlv writes a value: its identifier octet, its length, and its parts.
func tlv(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	out := []byte{tag}
	if n := len(content); n < 0x80 {
		out = append(out, byte(n))
	} else {
		var octets []byte
		for ; n > 0; n >>= 8 {
			octets = append([]byte{byte(n)}, octets...)
		}
		out = append(append(out, 0x80|byte(len(octets))), octets...)
	}
	return append(out, content...)
}

// set writes a SET OF: its elements in the order that DER wants (X.690, 11.6).
func set(elements ...[]byte) []byte {
	elements = slices.Clone(elements)
	slices.SortFunc(elements, bytes.Compare)
	return tlv(tagSet, elements...)
}

// must writes a value of Go's that always can be written: numbers, object
// identifiers, times, and structures of them.
func must(value any) []byte {
	der, err := asn1.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("cms: write %T: %v", value, err))
	}
	return der
}

// algorithm writes an AlgorithmIdentifier; parameters are NULL where there are
// none but the form wants them.
func algorithm(oid asn1.ObjectIdentifier, parameters []byte) []byte {
	return tlv(tagSequence, must(oid), parameters)
}

// parseOID reads an object identifier from the dotted form of this package.
func parseOID(dotted string) asn1.ObjectIdentifier {
	var oid asn1.ObjectIdentifier
	n := 0
	for _, c := range dotted + "." {
		if c == '.' {
			oid, n = append(oid, n), 0
			continue
		}
		n = n*10 + int(c-'0')
	}
	return oid
}

// issuerAndSerial names a certificate (RFC 5652, section 10.2.4).
type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial asn1.RawValue
}

// read parses one value that nothing follows.
func read(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	if len(rest) > 0 {
		return fmt.Errorf("%w: %d bytes too many", ErrDamaged, len(rest))
	}
	return nil
}

// each reads the values of a SET OF or SEQUENCE OF one after the other, at most
// as many as given.
func each(content []byte, most int, visit func(asn1.RawValue) error) error {
	for n := 0; len(content) > 0; n++ {
		if n == most {
			return fmt.Errorf("%w: more than %d parts", ErrDamaged, most)
		}
		var value asn1.RawValue
		rest, err := asn1.Unmarshal(content, &value)
		if err != nil {
			return fmt.Errorf("%w: %v", ErrDamaged, err)
		}
		content = rest
		if err := visit(value); err != nil {
			return err
		}
	}
	return nil
}

// contentInfo opens the outermost value (RFC 5652, section 3).
func contentInfo(der []byte, want asn1.ObjectIdentifier, into any) error {
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	if err := read(der, &outer); err != nil {
		return err
	}
	if !outer.Type.Equal(want) {
		return fmt.Errorf("%w: content of the kind %v", ErrDamaged, outer.Type)
	}
	return read(outer.Content.Bytes, into)
}

// wrap writes the outermost value.
func wrap(kind asn1.ObjectIdentifier, content []byte) []byte {
	return tlv(tagSequence, must(kind), tlv(tagContext, content))
}

// algorithmIdentifier is read where the parameters matter or may be absent.
type algorithmIdentifier = pkix.AlgorithmIdentifier
