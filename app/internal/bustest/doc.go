// Package bustest gives a test a session bus of its own.
package bustest
