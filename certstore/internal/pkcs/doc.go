// Package pkcs reads what keys and certificates are carried in: PKCS#12 files
// (RFC 7292) and encrypted PKCS#8 keys (RFC 5958, RFC 8018). What it reads is
// hostile: every size, depth and count is bounded, the work that a file asks
// for as well.
//
//	ber.go     the loose encoding that NSS, Windows and Java write, made strict
//	work.go    how much key derivation one file may ask for
//	decrypt.go the password-based ciphers of PKCS#12 and PKCS#5
//	rc2.go     the oldest of them
//	kdf.go     how PKCS#12 makes keys of passwords
//	mac.go     how PKCS#12 tells a wrong password
//	p12.go     the bags of a file
//	p8.go      keys alone
//	p7.go      certificates alone (PKCS#7, RFC 5652)
package pkcs

import "errors"

// What reading can fail with; the text of every other error says what is wrong
// with the file.
var (
	// ErrPassword means that the password is not the file's.
	ErrPassword = errors.New("the password is wrong")
	// ErrUnsupported means a way to encrypt or to authenticate that is not
	// known, or one that is not worth the name.
	ErrUnsupported = errors.New("it is protected in a way that is not supported")
	// ErrDamaged means bytes that are not what they say they are.
	ErrDamaged = errors.New("it is damaged or cut off")
	// ErrWork means that opening the file would take unreasonably long.
	ErrWork = errors.New("opening it would take unreasonably long")
)
