package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"

	"torii/certstore/internal/pkcs"
)

// Bounds of a message.
const (
	mostCertificates = 50
	mostAttributes   = 50
	largestRSA       = 16384 // bits; what is larger only costs time
)

// Signed is a SignedData that was read. Nothing of it is verified.
type Signed struct {
	// Content is nil where there is none.
	Content []byte
	// Certificates are those that came along and can be read.
	Certificates []*x509.Certificate

	signers []signerInfo
}

type signedData struct {
	Version  int
	Digests  asn1.RawValue
	Content  encapsulated
	Carried  asn1.RawValue `asn1:"optional,tag:0"`
	Revoked  asn1.RawValue `asn1:"optional,tag:1"`
	Signings asn1.RawValue
}

type encapsulated struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"optional,explicit,tag:0"`
}

type signerInfo struct {
	Version    int
	Identifier asn1.RawValue
	Digest     algorithmIdentifier
	Attributes asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm  algorithmIdentifier
	Signature  []byte
	Unsigned   asn1.RawValue `asn1:"optional,tag:1"`
}

// ParseCertificate reads a certificate. One with a key of RSA that is so large
// that using it would take minutes is none.
func ParseCertificate(der []byte) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > largestRSA {
		return nil, fmt.Errorf("%w: a key of %d bits", ErrUnsupported, key.N.BitLen())
	}
	return c, nil
}

// ParseSigned reads a SignedData.
func ParseSigned(ber []byte) (*Signed, error) {
	der, err := pkcs.Strict(ber)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	var data signedData
	if err := contentInfo(der, oidSignedData(), &data); err != nil {
		return nil, err
	}
	s := &Signed{}
	if inner := data.Content.Content.Bytes; len(inner) > 0 {
		var content asn1.RawValue
		if err := read(inner, &content); err != nil {
			return nil, err
		}
		// Some leave the OCTET STRING out, as PKCS#7 did before CMS.
		s.Content = content.FullBytes
		if content.Class == asn1.ClassUniversal && content.Tag == asn1.TagOctetString {
			s.Content = content.Bytes
		}
	}
	err = each(data.Carried.Bytes, mostCertificates, func(value asn1.RawValue) error {
		// One that Go does not read is of no use, but the others may be.
		if c, err := ParseCertificate(value.FullBytes); err == nil {
			s.Certificates = append(s.Certificates, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(data.Signings.Bytes, 1, func(value asn1.RawValue) error {
		var info signerInfo
		s.signers = append(s.signers, info)
		return read(value.FullBytes, &s.signers[len(s.signers)-1])
	})
	return s, err
}

// Verified is what a signer vouches for.
type Verified struct {
	Signer *x509.Certificate
	Hash   crypto.Hash

	attributes map[string][]byte
}

// Attribute reads a signed attribute's one value; false where it is absent or
// of another type.
func (v *Verified) Attribute(kind asn1.ObjectIdentifier, into any) bool {
	der, ok := v.attributes[kind.String()]
	return ok && read(der, into) == nil
}

// Verify finds the signer among the certificates that may sign, wherever the
// message has its own copies from, and verifies the signature.
func (s *Signed) Verify(may []*x509.Certificate) (*Verified, error) {
	if len(s.signers) == 0 {
		return nil, fmt.Errorf("%w: nobody signed it", ErrSignature)
	}
	info := &s.signers[0]
	if len(info.Attributes.FullBytes) == 0 {
		return nil, fmt.Errorf("%w: nothing is signed but the content", ErrUnsupported)
	}
	d, err := digestByOID(info.Digest.Algorithm)
	if err != nil {
		return nil, err
	}
	attributes, err := info.attributes()
	if err != nil {
		return nil, err
	}
	v := &Verified{Hash: d.hash, attributes: attributes}
	var kind asn1.ObjectIdentifier
	var sum []byte
	if !v.Attribute(oidContentType(), &kind) || !v.Attribute(oidMessageDigest(), &sum) {
		return nil, fmt.Errorf("%w: it does not say what is signed", ErrSignature)
	}
	if !kind.Equal(oidData()) || !bytes.Equal(sum, d.sum(s.Content)) {
		return nil, fmt.Errorf("%w: the content is not what was signed", ErrSignature)
	}
	signed := append([]byte{tagSet}, info.Attributes.FullBytes[1:]...)
	err = fmt.Errorf("%w: the signer is none of the authority's", ErrSignature)
	for _, c := range may {
		if !info.names(c) {
			continue
		}
		if err = info.check(c.PublicKey, d, signed); err == nil {
			v.Signer = c
			return v, nil
		}
	}
	return nil, err
}

// attributes reads the signed attributes: each once, each with one value.
func (i *signerInfo) attributes() (map[string][]byte, error) {
	found := map[string][]byte{}
	return found, each(i.Attributes.Bytes, mostAttributes, func(value asn1.RawValue) error {
		var attribute struct {
			Type   asn1.ObjectIdentifier
			Values asn1.RawValue
		}
		if err := read(value.FullBytes, &attribute); err != nil {
			return err
		}
		name := attribute.Type.String()
		if _, twice := found[name]; twice {
			return fmt.Errorf("%w: the attribute %s stands twice", ErrDamaged, name)
		}
		return each(attribute.Values.Bytes, 1, func(value asn1.RawValue) error {
			found[name] = value.FullBytes
			return nil
		})
	})
}

// names reports whether the signer's identifier means a certificate.
func (i *signerInfo) names(c *x509.Certificate) bool { return identifies(i.Identifier, c) }

// identifies reports whether an identifier means a certificate: by issuer and
// serial number, or by its key's (RFC 5652, sections 5.3 and 6.2.1).
func identifies(identifier asn1.RawValue, c *x509.Certificate) bool {
	if identifier.Class == asn1.ClassContextSpecific && identifier.Tag == 0 {
		return len(identifier.Bytes) > 0 && bytes.Equal(identifier.Bytes, c.SubjectKeyId)
	}
	var named issuerAndSerial
	if read(identifier.FullBytes, &named) != nil {
		return false
	}
	return bytes.Equal(named.Issuer.FullBytes, c.RawIssuer) && bytes.Equal(named.Serial.FullBytes, must(c.SerialNumber))
}

func (i *signerInfo) check(public crypto.PublicKey, d digest, signed []byte) error {
	sum := d.sum(signed)
	name := i.Algorithm.Algorithm.String()
	switch key := public.(type) {
	case *rsa.PublicKey:
		if name != oidRSA().String() && name != d.rsa {
			return fmt.Errorf("%w: a signature of the kind %s", ErrUnsupported, name)
		}
		if rsa.VerifyPKCS1v15(key, d.hash, sum, i.Signature) != nil {
			return ErrSignature
		}
		return nil
	case *ecdsa.PublicKey:
		if name != d.ecdsa && name != "1.2.840.10045.2.1" {
			return fmt.Errorf("%w: a signature of the kind %s", ErrUnsupported, name)
		}
		if !ecdsa.VerifyASN1(key, sum, i.Signature) {
			return ErrSignature
		}
		return nil
	}
	return fmt.Errorf("%w: a key of the kind %T", ErrUnsupported, public)
}
