package revoke

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// largestOCSP is the size of an answer that is read, in bytes.
const largestOCSP = 64 << 10

func (p pair) responders() []string { return webAddresses(p.subject.OCSPServer) }

// askResponder asks a responder about a certificate.
func (c *Checker) askResponder(ctx context.Context, p pair, address string) (Finding, error) {
	request, err := ocsp.CreateRequest(p.subject, p.issuer, nil)
	if err != nil {
		return Finding{}, err
	}
	answer, err := c.fetch(ctx, Request{
		URL: address, Body: request, ContentType: "application/ocsp-request", Accept: "application/ocsp-response", Most: largestOCSP,
	})
	if err != nil {
		return Finding{}, err
	}
	return p.readOCSP(answer, c.now())
}

// readOCSP believes an answer about the certificate if its issuer signed it, or
// somebody whom the issuer has named for that (RFC 6960 section 4.2.2.2), and if
// it is of today.
func (p pair) readOCSP(answer []byte, now time.Time) (Finding, error) {
	if len(answer) > largestOCSP {
		return Finding{}, errors.New("the answer is too large")
	}
	response, err := ocsp.ParseResponseForCert(answer, p.subject, nil)
	if err != nil {
		return Finding{}, err
	}
	responder := p.issuer
	if shown := response.Certificate; shown != nil && !shown.Equal(p.issuer) {
		if err := p.mayRespond(shown, now); err != nil {
			return Finding{}, err
		}
		responder = shown
	}
	if err := response.CheckSignatureFrom(responder); err != nil {
		return Finding{}, fmt.Errorf("the answer's signature: %w", err)
	}
	if err := p.isAbout(response); err != nil {
		return Finding{}, err
	}
	until, err := window(response.ThisUpdate, response.NextUpdate, now)
	if err != nil {
		return Finding{}, err
	}
	found := Finding{Certificate: p.subject, until: until}
	switch response.Status {
	case ocsp.Good:
		found.Status = Good
	case ocsp.Revoked:
		found.Status, found.RevokedAt, found.Reason = Revoked, response.RevokedAt, response.RevocationReason
	default:
		return Finding{}, errors.New("the responder does not know the certificate")
	}
	return found, nil
}

// mayRespond checks a responder that is not the issuer itself.
func (p pair) mayRespond(responder *x509.Certificate, now time.Time) error {
	if !slices.Contains(responder.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) {
		return errors.New("the responder's certificate is not for signing answers")
	}
	if now.Add(skew).Before(responder.NotBefore) || now.After(responder.NotAfter.Add(skew)) {
		return errors.New("the responder's certificate is not valid now")
	}
	if !bytes.Equal(responder.RawIssuer, p.issuer.RawSubject) {
		return errors.New("the responder was named by somebody else")
	}
	if err := p.issuer.CheckSignature(responder.SignatureAlgorithm, responder.RawTBSCertificate, responder.Signature); err != nil {
		return fmt.Errorf("the responder's certificate: %w", err)
	}
	return nil
}

// responseData is the part of an answer that says about whom it is (RFC 6960
// section 4.2.1); what follows in each is passed over.
type responseData struct {
	Version     int `asn1:"optional,default:0,explicit,tag:0"`
	ResponderID asn1.RawValue
	ProducedAt  time.Time `asn1:"generalized"`
	Responses   []struct {
		CertID struct {
			HashAlgorithm struct {
				Algorithm  asn1.ObjectIdentifier
				Parameters asn1.RawValue `asn1:"optional"`
			}
			NameHash, KeyHash []byte
			SerialNumber      asn1.RawValue
		}
	}
}

// isAbout holds an answer to the issuer: the number alone may be another
// authority's too, whose responder may have the same key.
func (p pair) isAbout(response *ocsp.Response) error {
	var data responseData
	if _, err := asn1.Unmarshal(response.TBSResponseData, &data); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	serial, err := asn1.Marshal(p.subject.SerialNumber)
	if err != nil {
		return err
	}
	hash := response.IssuerHash
	if !hash.Available() {
		return errors.New("the answer names the issuer by an unknown hash")
	}
	key, err := publicKeyBits(p.issuer)
	if err != nil {
		return err
	}
	// The first that has the number is the one that was read.
	for _, one := range data.Responses {
		if bytes.Equal(one.CertID.SerialNumber.FullBytes, serial) {
			if bytes.Equal(one.CertID.NameHash, sum(hash, p.issuer.RawSubject)) && bytes.Equal(one.CertID.KeyHash, sum(hash, key)) {
				return nil
			}
			break
		}
	}
	return errors.New("the answer is about a certificate of another issuer")
}

func sum(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// publicKeyBits are the bits of a certificate's key without its algorithm.
func publicKeyBits(c *x509.Certificate) ([]byte, error) {
	var info struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &info); err != nil {
		return nil, err
	}
	return info.Key.RightAlign(), nil
}
