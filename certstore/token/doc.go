// Package token uses identities on smart cards and what acts like one: the key
// stays on the card, which signs. The library of the card's vendor (PKCS#11) is
// code of others, so it runs in a small process of its own, torii-token; a
// library that crashes or hangs costs that process and nothing else. This
// package starts it, speaks to it and links no cgo.
//
// Nothing here tries a PIN twice: each try is one that a person has just typed,
// and the card's last try is used only by a person who was told.
//
//	module.go   a vendor's library: starting and ending its process
//	process.go  the process
//	list.go     what is in the readers
//	login.go    showing a PIN
//	signer.go   a certificate for TLS, and the signer behind it
//	uri.go      names of certificates on tokens (RFC 7512)
//	errors.go   what can go wrong
package token
