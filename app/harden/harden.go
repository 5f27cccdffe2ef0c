// Package harden makes this process harder to look into.
package harden
