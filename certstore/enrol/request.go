package enrol

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
	"unicode/utf8"
)

// Sizes of a key, in bits. What is below the least is raised to it.
const (
	leastKey    = 2048
	largestKey  = 8192
	longestWord = 255 // characters of a challenge password (RFC 2985, 5.4.1)
)

// newKey makes a key: of RSA, for the answer is encrypted for it.
func newKey(bits int) (*rsa.PrivateKey, error) {
	if bits > largestKey {
		return nil, failf(FaultRequest, "a key of %d bits", bits)
	}
	// The sizes in use are multiples of this.
	const step = 256
	bits = (max(bits, leastKey) + step - 1) / step * step
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, fail(FaultRequest, err)
	}
	return key, nil
}

type certificationRequest struct {
	Info      asn1.RawValue
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

type certificationRequestInfo struct {
	Version    int
	Subject    asn1.RawValue
	Key        asn1.RawValue
	Attributes []requestAttribute `asn1:"tag:0,set"`
}

type requestAttribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

// newRequest makes a PKCS#10 (RFC 2986) with a challenge password, which
// crypto/x509 cannot write.
func newRequest(subject []byte, key *rsa.PrivateKey, challenge Secret, hash crypto.Hash) ([]byte, error) {
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, fail(FaultRequest, err)
	}
	extensions, err := wantedExtensions()
	if err != nil {
		return nil, fail(FaultRequest, err)
	}
	info := certificationRequestInfo{
		Subject: asn1.RawValue{FullBytes: subject}, Key: asn1.RawValue{FullBytes: public},
		Attributes: []requestAttribute{{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 14}, []asn1.RawValue{{FullBytes: extensions}}}},
	}
	if challenge != "" {
		if !utf8.ValidString(string(challenge)) || utf8.RuneCountInString(string(challenge)) > longestWord {
			return nil, failf(FaultRequest, "the challenge password is no text, or has more than %d characters", longestWord)
		}
		info.Attributes = append(info.Attributes, requestAttribute{
			asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 7}, []asn1.RawValue{directoryString(string(challenge))},
		})
	}
	signed, err := asn1.Marshal(info)
	if err != nil {
		return nil, fail(FaultRequest, err)
	}
	sum := hash.New()
	sum.Write(signed)
	signature, err := key.Sign(rand.Reader, sum.Sum(nil), hash)
	if err != nil {
		return nil, fail(FaultRequest, err)
	}
	der, err := asn1.Marshal(certificationRequest{
		asn1.RawValue{FullBytes: signed},
		pkix.AlgorithmIdentifier{Algorithm: signatureOID(hash), Parameters: asn1.NullRawValue},
		asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)},
	})
	if err != nil {
		return nil, fail(FaultRequest, err)
	}
	return der, nil
}

// wantedExtensions are what the certificate is for; an authority may decide
// otherwise.
func wantedExtensions() ([]byte, error) {
	usage, err := asn1.Marshal(asn1.BitString{Bytes: []byte{0xa0}, BitLength: 3}) // digitalSignature, keyEncipherment
	if err != nil {
		return nil, err
	}
	purposes, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 2}}) // clientAuth
	if err != nil {
		return nil, err
	}
	return asn1.Marshal([]pkix.Extension{
		{Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Critical: true, Value: usage},
		{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Value: purposes},
	})
}

func signatureOID(hash crypto.Hash) asn1.ObjectIdentifier {
	last := 11 // SHA-256
	switch hash {
	case crypto.SHA1:
		last = 5
	case crypto.SHA512:
		last = 13
	}
	return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, last}
}

// temporary makes the self-signed certificate that a first request is signed
// with (RFC 8894, section 2.3). It has the subject of the request, and lives
// for as long as the request may wait.
func temporary(subject []byte, key *rsa.PrivateKey, from, until time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)), RawSubject: subject,
		NotBefore: from, NotAfter: until, SignatureAlgorithm: x509.SHA256WithRSA,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	// CreateCertificate takes the issuer from the parent, which has to know its
	// own subject.
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fail(FaultRequest, fmt.Errorf("make a temporary certificate: %w", err))
	}
	return x509.ParseCertificate(der)
}
