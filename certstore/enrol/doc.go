// Package enrol obtains identities from a certification authority by SCEP
// (RFC 8894), and renews them. It keeps nothing: what it brings goes into
// certstore.
//
// Three things are checked before anything is taken: that the authority is the
// one that is meant (a fingerprint, or HTTPS and a look by the person), that
// each answer is signed by it and answers this very question, and that the
// certificate is of our key.
//
//	enrol.go     Client: enrol, renew, wait for approval
//	authority.go who the authority is, and which of its certificates does what
//	caps.go      what the authority can do
//	message.go   the messages of SCEP
//	request.go   the certificate request (PKCS#10)
//	names.go     the subject, of the fields of a profile
//	http.go      how messages travel
//	errors.go    what can go wrong
package enrol
