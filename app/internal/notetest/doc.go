// Package notetest gives a test a desktop that shows notifications: the real
// dunst on a display of its own.
package notetest
