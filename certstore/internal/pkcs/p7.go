package pkcs

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
)

// signedType is the content type of what is signed, or only carries
// certificates (RFC 5652, section 5.1).
var signedType = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}

// IsPKCS7 reports whether a file looks like a set of certificates (.p7b).
func IsPKCS7(file []byte) bool {
	r := &loose{left: file, elements: 4}
	if h, err := r.header(0); err != nil || h.tag[0] != asn1.TagSequence|constructed {
		return false
	}
	const longest = 16
	var id asn1.ObjectIdentifier
	_, err := asn1.Unmarshal(r.left[:min(len(r.left), longest)], &id)
	return err == nil && id.Equal(signedType)
}

// ReadPKCS7 returns the certificates of a file. Its signatures are not looked
// at: a file of certificates has none, and the certificates are signed.
func ReadPKCS7(file []byte) ([]Certificate, error) {
	der, err := Strict(file)
	if err != nil {
		return nil, err
	}
	var outer contentInfo
	if err := whole(der, &outer); err != nil {
		return nil, err
	}
	if !outer.Type.Equal(signedType) {
		return nil, fmt.Errorf("%w (%v)", ErrUnsupported, outer.Type)
	}
	var signed struct {
		Version      int
		Digests      asn1.RawValue `asn1:"set"`
		Content      contentInfo
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		Lists        asn1.RawValue `asn1:"optional,tag:1"`
		Signers      asn1.RawValue `asn1:"optional,set"`
	}
	if err := whole(outer.Content.Bytes, &signed); err != nil {
		return nil, err
	}
	if signed.Certificates.Class != asn1.ClassContextSpecific || signed.Certificates.Tag != 0 {
		return nil, nil
	}
	parsed, err := x509.ParseCertificates(signed.Certificates.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	if len(parsed) > manyBags {
		return nil, errTooManyInBag
	}
	var list []Certificate
	for _, c := range parsed {
		list = append(list, Certificate{Certificate: c})
	}
	return list, nil
}
