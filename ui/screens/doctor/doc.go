// Package doctor is the screen Diagnostics > Certificate check: a server is
// looked at as a connect would, and what is wrong is said with its cause, its
// remedy, and who must act.
//
// It starts no goroutine; every method is called on the toolkit's own.
package doctor
