// Package server is the half of torii-token that loads the vendor's library:
// the one place of Torii where foreign code runs in the process. It reads
// requests (certstore/token/internal/proto), calls the library and answers. It
// links cgo, and nothing but torii-token links it.
//
//	serve.go    the loop, and how it ends
//	open.go     loading the library
//	file.go     what is not loaded
//	list.go     tokens, certificates, and which of them have a key
//	login.go    showing a PIN, and when not to
//	sign.go     signatures as TLS has them
//	failure.go  what the library's errors mean
package server
