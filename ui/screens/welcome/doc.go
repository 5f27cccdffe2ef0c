// Package welcome is the first run: three short steps, each of which can be
// skipped. How do you get in; where is the gateway, with a look at who answers
// there before anything is saved; and connect.
//
//	welcome.go  the steps and what they have in common
//	ways.go     the first step
//	address.go  the second, for an address, and check.go the look
//	others.go   the second, for a link and for a file
//	connect.go  the third
package welcome
