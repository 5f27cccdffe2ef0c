package harden

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// NoDump keeps other programs of the same user from reading this process's
// memory, where passwords and session cookies are: it leaves no core dump and
// cannot be traced (design.md, security rule 10). Programs that it starts are
// not concerned.
func NoDump() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("forbid memory dumps: %w", err)
	}
	return nil
}
