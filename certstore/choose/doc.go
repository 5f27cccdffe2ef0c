// Package choose says which of the person's certificates is shown to a gateway
// (000, use of certificates): none, the best that fits, or one by its name. It
// reads no key.
//
//	match.go   the criteria of a profile (CertificateMatch)
//	names.go   their part about distinguished names
//	choose.go  filtering and ranking
package choose
