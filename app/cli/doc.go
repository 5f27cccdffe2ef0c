// Package cli is toriictl: the command line that does what the window does. It
// talks to the running agent over the control socket; where none runs,
// `connect` hosts the same app.App in the foreground. The words and the exit
// codes of design.md, section 3, are a promise to scripts.
package cli
