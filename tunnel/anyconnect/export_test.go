package anyconnect

import "time"

// HurriedPatience is how long such a driver waits for a gateway.
const HurriedPatience = 1500 * time.Millisecond

// Hurry makes a driver that gives a gateway less time, for tests with gateways
// that take all of it.
func Hurry() *Driver {
	d := New(nil)
	d.times = times{patience: HurriedPatience, dial: time.Second, peer: time.Second, handshake: time.Second}
	return d
}
