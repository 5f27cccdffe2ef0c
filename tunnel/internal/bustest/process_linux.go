package bustest

import "syscall"

// endWithParent makes the bus end when the test program is killed.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
