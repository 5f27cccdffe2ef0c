// Package prompts asks a person: the login form, the banner to accept, the
// server that cannot be trusted, the certificate to show, what another program
// may do, and the window's own questions (something to confirm).
//
// One prompt stands at a time; what comes meanwhile waits (prompts.go). What
// the agent asks is shown while it is in the State and goes with it; its answer
// names it. Everything here runs on the toolkit's own goroutine.
package prompts
