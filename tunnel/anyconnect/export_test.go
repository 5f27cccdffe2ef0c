package anyconnect

import "time"

// Hurry makes a driver that gives a gateway less time, for tests with gateways
// that take all of it.
func Hurry() *Driver {
	d := New(nil)
	d.times = times{patience: 1500 * time.Millisecond, dial: time.Second, peer: time.Second, handshake: time.Second}
	return d
}
