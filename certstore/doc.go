// Package certstore keeps certificates: the identities that a person shows to
// gateways, the servers that a person accepted although nobody vouches for
// them, and the authorities that a person added to the system's.
//
// No key leaves the package but as something that signs, and none is ever on
// disk in the open: it is sealed under a master key that lies in the keyring or
// comes of a passphrase, or it is in memory only. The store knows neither the
// keyring nor where its files belong; both are given to it.
//
//	store.go    what a Store is made of; list, rename, delete
//	identity.go identities: adding them, and using their keys
//	seal.go     how keys are kept
//	signer.go   how keys are used
//	trusted.go  accepted servers and authorities
//	bundle.go   what a file brings: PKCS#12, PEM, DER
//	file.go     how the store's own files are written
package certstore
