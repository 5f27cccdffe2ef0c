// Package connections is the screen with the list of connections: which there
// are, where each came from, which one is active and how it stands, and all
// that can be done with one of them. Adding and editing happen on a page of
// its own, package editor.
//
// The screen shows an api.State and turns presses into calls of Deps.Call. It
// starts no goroutine; every method is called on the toolkit's own goroutine.
package connections
