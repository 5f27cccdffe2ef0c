// Package ptytest gives a test a terminal without a person: what a program
// reads and writes on one end, the test writes and reads on the other.
package ptytest
