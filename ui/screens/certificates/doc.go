// Package certificates is the screen Diagnostics > Certificates (000,
// "Certificates"): the person's own certificates, the servers that they
// accepted and the authorities that they added, with what each one says, and
// the ways to bring one in and to delete it.
//
// It starts no goroutine; every method is called on the toolkit's own.
package certificates
