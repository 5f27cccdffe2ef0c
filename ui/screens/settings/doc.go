// Package settings is the screen of the application's preferences. Each one
// has a line that explains it. The screen shows what the agent says is so: a
// change that fails is explained, and the true value comes back.
//
// It starts no goroutine; every method is called on the toolkit's own.
package settings
