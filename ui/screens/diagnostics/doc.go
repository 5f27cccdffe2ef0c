// Package diagnostics is the screen through which a helpdesk walks a person:
// the system information and the switch of the debug logs.
//
// It starts no goroutine; every method is called on the toolkit's own.
package diagnostics
