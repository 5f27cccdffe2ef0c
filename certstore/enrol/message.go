package enrol

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"torii/certstore/enrol/internal/cms"
)

// messageType is of RFC 8894, section 3.2.1.2.
type messageType string

const (
	typeCertRep    messageType = "3"
	typeRenewalReq messageType = "17"
	typePKCSReq    messageType = "19"
	typeCertPoll   messageType = "20"
)

// The states of a request (section 3.2.1.3).
const (
	statusSuccess = "0"
	statusFailure = "2"
	statusPending = "3"
)

// scep is the object identifier of one of SCEP's attributes (section 3.2.1).
func scep(n int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{2, 16, 840, 1, 113733, 1, 9, n}
}

const (
	attributeMessageType    = 2
	attributeStatus         = 3
	attributeFailInfo       = 4
	attributeSenderNonce    = 5
	attributeRecipientNonce = 6
	attributeTransaction    = 7
)

// failInfoText is section 3.2.1.4's, and what drafts had in its place.
func failInfoText() []asn1.ObjectIdentifier {
	return []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 24, 1}, scep(24)}
}

// nonceSize is in bytes (section 3.2.1.5).
const nonceSize = 16

// requester is who asks: it signs requests and opens answers.
type requester struct {
	certificate *x509.Certificate
	signer      crypto.Signer
	opener      crypto.Decrypter
}

// transactionOf names the transaction of a key (section 3.2.1.1). Thirty-two
// digits are what old authorities have room for.
func transactionOf(public []byte) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:nonceSize])
}

// pack makes a message: content, encrypted for the authority, signed by the
// requester.
func pack(kind messageType, content []byte, transaction string, nonce []byte, by *requester, authority *Authority, at time.Time) ([]byte, error) {
	sealed, err := cms.Seal(content, authority.recipient, authority.cipher)
	if err != nil {
		return nil, fail(FaultNoAuthority, err)
	}
	var attributes []cms.Attribute
	for _, a := range []struct {
		n     int
		value asn1.RawValue
	}{
		{attributeMessageType, asn1.RawValue{Tag: asn1.TagPrintableString, Bytes: []byte(kind)}},
		{attributeTransaction, asn1.RawValue{Tag: asn1.TagPrintableString, Bytes: []byte(transaction)}},
		{attributeSenderNonce, asn1.RawValue{Tag: asn1.TagOctetString, Bytes: nonce}},
	} {
		der, err := asn1.Marshal(a.value)
		if err != nil {
			return nil, fail(FaultRequest, err)
		}
		attributes = append(attributes, cms.Attribute{Type: scep(a.n), Value: der})
	}
	message, err := cms.Sign(sealed, by.certificate, by.signer, authority.hash, at, attributes)
	if err != nil {
		return nil, fail(FaultRequest, err)
	}
	return message, nil
}

// newNonce is of chance.
func newNonce() []byte {
	nonce := make([]byte, nonceSize)
	rand.Read(nonce)
	return nonce
}

// answer is a verified answer.
type answer struct {
	pending      bool
	certificates []*x509.Certificate // what is issued, and what came along
	warnings     []Warning
}

// unpack verifies and opens an answer to the message with a nonce. One that
// refuses is an error.
func unpack(message []byte, transaction string, nonce []byte, to *requester, authority *Authority) (*answer, error) {
	signed, err := cms.ParseSigned(message)
	if err != nil {
		return nil, fail(FaultUnreadable, err)
	}
	verified, err := signed.Verify(authority.signers)
	if err != nil {
		return nil, fail(FaultForeignAnswer, err)
	}
	a := &answer{}
	if verified.Hash == crypto.SHA1 && authority.hash != crypto.SHA1 {
		a.warnings = append(a.warnings, WarnAnswerSHA1)
	}
	if err := matches(verified, transaction, nonce); err != nil {
		return nil, err
	}
	var status string
	verified.Attribute(scep(attributeStatus), &status)
	switch status {
	case statusPending:
		a.pending = true
		return a, nil
	case statusFailure:
		return nil, refusal(verified)
	case statusSuccess:
		return a, a.open(signed.Content, to)
	}
	return nil, failf(FaultUnreadable, "it has the state %q", cleanText(status))
}

// matches reports whether an answer is one, and to this very message.
func matches(v *cms.Verified, transaction string, nonce []byte) error {
	var kind, theirs string
	var echo []byte
	v.Attribute(scep(attributeMessageType), &kind)
	v.Attribute(scep(attributeTransaction), &theirs)
	v.Attribute(scep(attributeRecipientNonce), &echo)
	switch {
	case messageType(kind) != typeCertRep:
		return failf(FaultUnreadable, "it is a message of the type %q", cleanText(kind))
	case theirs != transaction:
		return failf(FaultOtherAnswer, "the transaction differs")
	case !bytes.Equal(echo, nonce):
		return failf(FaultOtherAnswer, "the nonce differs")
	}
	return nil
}

func refusal(v *cms.Verified) error {
	var number, text string
	v.Attribute(scep(attributeFailInfo), &number)
	for _, oid := range failInfoText() {
		if text == "" {
			v.Attribute(oid, &text)
		}
	}
	return &Error{Fault: FaultRefused, Reason: reasonOf(number), Text: cleanText(text)}
}

// open opens the envelope with the certificates.
func (a *answer) open(envelope []byte, to *requester) error {
	content, cipher, err := cms.Open(envelope, to.certificate, to.opener)
	if err != nil {
		return fail(FaultUnreadable, err)
	}
	if cipher == cms.DES {
		a.warnings = append(a.warnings, WarnAnswerDES)
	}
	bag, err := cms.ParseSigned(content)
	if err != nil {
		return fail(FaultUnreadable, fmt.Errorf("the certificates inside: %w", err))
	}
	if a.certificates = bag.Certificates; len(a.certificates) == 0 {
		return fail(FaultUnreadable, errors.New("it holds no certificate"))
	}
	return nil
}

// issuerAndSubject is what a poll asks after (section 3.3.3).
func issuerAndSubject(issuer, subject []byte) ([]byte, error) {
	der, err := asn1.Marshal([]asn1.RawValue{{FullBytes: issuer}, {FullBytes: subject}})
	if err != nil {
		return nil, fail(FaultRequest, err)
	}
	return der, nil
}
