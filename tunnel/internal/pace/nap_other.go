//go:build !linux

package pace

import "time"

// nap does nothing: the other systems' clocks are too coarse for it.
func nap(time.Duration) {}
