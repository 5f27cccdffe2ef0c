// Package bundle reads the certificates that an authority gives out of the
// forms that they come in: one in DER, PEM, or many in PKCS #7 (RFC 5280,
// section 4.2.2.1; RFC 2315, section 9.1).
package bundle

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
)

// most bounds the certificates of a bundle.
const most = 32

// contentInfo is the envelope of PKCS #7.
type contentInfo struct {
	Kind    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,optional,tag:0"`
}

// signedData is a list of certificates with signers that nobody looks at.
type signedData struct {
	Version      int
	Digests      asn1.RawValue
	Inner        asn1.RawValue
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	Revocations  asn1.RawValue `asn1:"optional,tag:1"`
	Signers      asn1.RawValue
}

// Certificates reads a bundle. The error says that there is none in it.
func Certificates(text []byte) ([]*x509.Certificate, error) {
	der := text
	if bytes.Contains(text, []byte("-----BEGIN")) {
		der = nil
		for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
			der = append(der, block.Bytes...)
			if block.Type != "CERTIFICATE" {
				break // PKCS #7 stands alone
			}
		}
	}
	if inner, ok := open(der); ok {
		der = inner
	}
	certificates, err := x509.ParseCertificates(der)
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	if len(certificates) == 0 || len(certificates) > most {
		return nil, errors.New("read certificates: there is none, or too many")
	}
	return certificates, nil
}

// open takes the certificates out of a PKCS #7 envelope.
func open(der []byte) (inner []byte, ok bool) {
	signed := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	var envelope contentInfo
	if _, err := asn1.Unmarshal(der, &envelope); err != nil || !envelope.Kind.Equal(signed) {
		return nil, false
	}
	var data signedData
	if _, err := asn1.Unmarshal(envelope.Content.Bytes, &data); err != nil {
		return nil, false
	}
	return data.Certificates.Bytes, true
}
