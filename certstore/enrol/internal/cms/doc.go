// Package cms makes and reads the small part of the Cryptographic Message
// Syntax (RFC 5652) that SCEP is built of: SignedData with one signer, and
// EnvelopedData for RSA. What it reads is hostile: it goes through the bounds
// of certstore/internal/pkcs first, and nothing is decrypted that was not
// verified.
//
//	sign.go     SignedData, made
//	verify.go   SignedData, read and verified
//	envelope.go EnvelopedData, made and opened
//	der.go      how values are written, and the names of algorithms
package cms

import "errors"

// What reading can fail with; the text says more.
var (
	// ErrDamaged means bytes that are not what they should be.
	ErrDamaged = errors.New("it is damaged or cut off")
	// ErrUnsupported means an algorithm or a form that is not known, or that is
	// too weak to be taken.
	ErrUnsupported = errors.New("it is made in a way that is not supported")
	// ErrSignature means that the signature is wrong, or not of anyone who may
	// sign.
	ErrSignature = errors.New("its signature is not right")
	// ErrRecipient means that it was encrypted for somebody else.
	ErrRecipient = errors.New("it is encrypted for somebody else")
)
