package pace

import (
	"time"

	"golang.org/x/sys/unix"
)

// nap sleeps in the kernel: the runtime's own timers count in milliseconds
// where nothing else runs. A signal may cut it short, which does no harm.
func nap(d time.Duration) {
	request := unix.NsecToTimespec(int64(d))
	unix.Nanosleep(&request, nil)
}
