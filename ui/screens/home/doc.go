// Package home is the first screen of the window. It answers three questions
// without being read: am I in, where, and what do I do now.
//
// The screen shows an api.State and turns presses into the few calls of
// Actions. It does no work and starts no goroutine; every method is called on
// the toolkit's own goroutine.
package home
