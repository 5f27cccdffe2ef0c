package window

import (
	"runtime/debug"
	"time"
)

// keepSmall keeps the window's memory near what it needs: it stands open for
// hours and does little. What opening it left over, more than half of the heap,
// goes back to the system once it is open. The returned function ends that.
func keepSmall() (end func()) {
	const (
		growth = 40 // percent of what lives, before garbage is collected
		opened = 1500 * time.Millisecond
	)
	debug.SetGCPercent(growth)
	timer := time.AfterFunc(opened, debug.FreeOSMemory)
	return func() { timer.Stop() }
}
