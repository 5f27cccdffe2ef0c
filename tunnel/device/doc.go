// Package device holds the packet devices that a pump reads and writes: the
// other end of a kernel TUN link that the helper passed on (FromFile), and a
// pair in memory for tests (Pair).
package device
