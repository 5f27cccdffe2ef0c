package cms

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"time"
)

// Attribute is a signed attribute with its one value in DER.
type Attribute struct {
	Type  asn1.ObjectIdentifier
	Value []byte
}

// Sign makes a SignedData (RFC 5652, section 5) over content, which is absent
// where it is nil, with one signer, whose certificate goes along. The key is of
// RSA or ECDSA.
func Sign(content []byte, signer *x509.Certificate, key crypto.Signer, hash crypto.Hash, at time.Time, attributes []Attribute) ([]byte, error) {
	d, err := digestOf(hash)
	if err != nil {
		return nil, err
	}
	signature, err := signatureAlgorithm(key.Public(), d)
	if err != nil {
		return nil, err
	}
	attributes = append([]Attribute{
		{oidContentType(), must(oidData())},
		{oidMessageDigest(), tlv(tagOctets, d.sum(content))},
		{oidSigningTime(), must(at.UTC().Truncate(time.Second))},
	}, attributes...)
	var written [][]byte
	for _, a := range attributes {
		written = append(written, tlv(tagSequence, must(a.Type), tlv(tagSet, a.Value)))
	}
	// What is signed is a SET; what is sent has an implicit tag in its place
	// (section 5.4).
	signed := set(written...)
	signatureBytes, err := key.Sign(rand.Reader, d.sum(signed), hash)
	if err != nil {
		return nil, fmt.Errorf("sign a message: %w", err)
	}
	sent := append([]byte{tagContext}, signed[1:]...)
	digestAlgorithm := algorithm(parseOID(d.oid), asn1.NullBytes)
	info := tlv(tagSequence,
		must(1),
		tlv(tagSequence, signer.RawIssuer, must(signer.SerialNumber)),
		digestAlgorithm, sent, signature, tlv(tagOctets, signatureBytes))
	encapsulated := tlv(tagSequence, must(oidData()))
	if content != nil {
		encapsulated = tlv(tagSequence, must(oidData()), tlv(tagContext, tlv(tagOctets, content)))
	}
	return wrap(oidSignedData(), tlv(tagSequence,
		must(1), set(digestAlgorithm), encapsulated, tlv(tagContext, signer.Raw), set(info))), nil
}

func signatureAlgorithm(public crypto.PublicKey, d digest) ([]byte, error) {
	switch public.(type) {
	case *rsa.PublicKey:
		return algorithm(oidRSA(), asn1.NullBytes), nil
	case *ecdsa.PublicKey:
		return algorithm(parseOID(d.ecdsa), nil), nil
	}
	return nil, fmt.Errorf("%w: a key of the kind %T", ErrUnsupported, public)
}

// Bag makes a SignedData without a signer that carries certificates.
func Bag(certificates []*x509.Certificate) []byte {
	var raw [][]byte
	for _, c := range certificates {
		raw = append(raw, c.Raw)
	}
	return wrap(oidSignedData(), tlv(tagSequence,
		must(1), set(), tlv(tagSequence, must(oidData())), tlv(tagContext, raw...), set()))
}
