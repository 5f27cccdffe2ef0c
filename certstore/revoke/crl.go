package revoke

import (
	"bytes"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"
)

// largestCRL is the size of a list that is read, in bytes.
const largestCRL = 4 << 20

func (p pair) lists() []string { return webAddresses(p.subject.CRLDistributionPoints) }

// askList looks a certificate up in the list at an address.
func (c *Checker) askList(ctx context.Context, p pair, address string) (Finding, error) {
	answer, err := c.fetch(ctx, Request{URL: address, Accept: "application/pkix-crl", Most: largestCRL})
	if err != nil {
		return Finding{}, err
	}
	return p.readCRL(answer, address, c.now())
}

// readCRL believes a list if the issuer signed it, if it is of today, and if it
// is the one in which the certificate would stand (RFC 5280 section 6.3.3). No
// list in parts, of parts or of other authorities is.
func (p pair) readCRL(answer []byte, address string, now time.Time) (Finding, error) {
	if len(answer) > largestCRL {
		return Finding{}, errors.New("the list is too large")
	}
	if block, _ := pem.Decode(answer); block != nil && block.Type == "X509 CRL" {
		answer = block.Bytes // RFC 5280 wants DER, and some servers send this
	}
	list, err := x509.ParseRevocationList(answer)
	if err != nil {
		return Finding{}, err
	}
	if !bytes.Equal(list.RawIssuer, p.issuer.RawSubject) {
		return Finding{}, errors.New("the list is of another authority")
	}
	if err := list.CheckSignatureFrom(p.issuer); err != nil {
		return Finding{}, fmt.Errorf("the list's signature: %w", err)
	}
	if err := p.covers(list, address); err != nil {
		return Finding{}, err
	}
	until, err := window(list.ThisUpdate, list.NextUpdate, now)
	if err != nil {
		return Finding{}, err
	}
	found := Finding{Certificate: p.subject, Status: Good, until: until}
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(p.subject.SerialNumber) == 0 {
			found.Status, found.RevokedAt, found.Reason = Revoked, entry.RevocationTime, entry.ReasonCode
			break
		}
	}
	return found, nil
}

// covers reports whether a certificate that is not in a list is not revoked.
func (p pair) covers(list *x509.RevocationList, address string) error {
	number := asn1.ObjectIdentifier{2, 5, 29, 20}
	part := asn1.ObjectIdentifier{2, 5, 29, 28}
	for _, extension := range list.Extensions {
		switch {
		case extension.Id.Equal(part):
			if err := p.coversPart(extension, address); err != nil {
				return err
			}
		case extension.Critical && !extension.Id.Equal(number):
			return fmt.Errorf("the list is of an unknown kind (%v)", extension.Id)
		}
	}
	return nil
}

// distributionPart is the issuing distribution point of a list (RFC 5280
// section 5.2.5).
type distributionPart struct {
	Point struct {
		FullName []asn1.RawValue `asn1:"optional,tag:0"`
		Relative asn1.RawValue   `asn1:"optional,tag:1"`
	} `asn1:"optional,tag:0"`
	OnlyUsers       bool           `asn1:"optional,tag:1"`
	OnlyAuthorities bool           `asn1:"optional,tag:2"`
	OnlyReasons     asn1.BitString `asn1:"optional,tag:3"`
	Indirect        bool           `asn1:"optional,tag:4"`
	OnlyAttributes  bool           `asn1:"optional,tag:5"`
}

// coversPart reports whether the part of an authority's certificates that a
// list is about holds this one.
func (p pair) coversPart(extension pkix.Extension, address string) error {
	var part distributionPart
	if rest, err := asn1.Unmarshal(extension.Value, &part); err != nil || len(rest) > 0 {
		return errors.New("the list does not say what is in it")
	}
	switch {
	case part.Indirect, part.OnlyAttributes, part.OnlyReasons.BitLength > 0:
		return errors.New("the list is of an unknown kind")
	case part.OnlyUsers && p.subject.IsCA, part.OnlyAuthorities && !p.subject.IsCA:
		return errors.New("the list is about other certificates")
	case len(part.Point.Relative.FullBytes) > 0:
		return errors.New("the list is named in an unknown way")
	case len(part.Point.FullName) == 0:
		return nil
	}
	const uri = 6 // of GeneralName
	if slices.ContainsFunc(part.Point.FullName, func(name asn1.RawValue) bool {
		return name.Class == asn1.ClassContextSpecific && name.Tag == uri && string(name.Bytes) == address
	}) {
		return nil
	}
	return errors.New("the list is another part than the certificate names")
}
