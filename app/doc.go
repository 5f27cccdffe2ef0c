// Package app is the conductor: it takes a person's connect through entry,
// credentials, certificates and engine and back. Each service below it
// answers for itself; this package knows only who must be asked when.
//
//	app.go       what an App is made of, its start and end
//	table.go     what faces can call
//	state.go     what faces see
//	connect.go   from an entry to the engine's configuration
//	cert.go      what the certificate store does for connections
//	trust.go     whether a server is trusted, by the table in trust_table.go;
//	             trust_notes.go is what a person should know of it
//	allow.go     what another program wants and a person must allow
//	replies.go   what is answered from the keyring, and what is kept there
//	words.go     errors in the person's language
//	practice.go  the practice gateway in this process (--demo, or asked for)
//	doctor.go    what the certificate doctor looks at, and with what
//	look.go      what answers at an address that is not saved yet
package app
