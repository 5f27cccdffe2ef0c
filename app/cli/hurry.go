package cli

import (
	"runtime/debug"
	"sync"
)

// hurryPercent is the garbage collector's target (debug.SetGCPercent) while a
// connection starts: it has nothing to do before there are 16 MB.
const hurryPercent = 400

// hurry lets the garbage collector rest while a connection starts, which makes
// little garbage, once, and keeps somebody waiting. settle ends that and gives
// the memory back that only the start needed; it may be called again.
func hurry() (settle func()) {
	before := debug.SetGCPercent(hurryPercent)
	return sync.OnceFunc(func() {
		debug.SetGCPercent(before)
		debug.FreeOSMemory()
	})
}
