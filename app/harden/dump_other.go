//go:build !linux

package harden

// NoDump does nothing where the system has no such switch.
func NoDump() error { return nil }
