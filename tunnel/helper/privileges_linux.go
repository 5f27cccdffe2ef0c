package helper

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// secureNoRoot makes user 0 an ordinary user for the kernel's capabilities,
// for good: SECBIT_NOROOT, SECBIT_NO_SETUID_FIXUP, SECBIT_KEEP_CAPS_LOCKED and
// the two others' locks (capabilities(7)).
const secureNoRoot = 1<<0 | 1<<1 | 1<<2 | 1<<3 | 1<<5

// DropPrivileges gives every capability of this process up for good, in all of
// its threads and for whatever it starts. Call it after StartOwn and before a
// byte from the network is read. User ids stay: user 0 keeps root's files, and
// nothing of what makes it root. It needs a program that was built without cgo.
func DropPrivileges() error {
	if err := dropPrivileges(); err != nil {
		return fmt.Errorf("drop privileges: %w", err)
	}
	return nil
}

// dropPrivileges leaves the bounding set alone. It bounds what a program file
// can give, and with NO_NEW_PRIVS none gives anything (prctl(2)); emptying it
// takes a call for each capability in each thread, milliseconds of every
// connect.
func dropPrivileges() error {
	// What needs CAP_SETPCAP comes first. Without it there is nothing to drop,
	// and the kernel says EPERM.
	if err := everyThread(unix.SYS_PRCTL, unix.PR_SET_SECUREBITS, secureNoRoot); err != nil && !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("PR_SET_SECUREBITS: %w", err)
	}
	if err := everyThread(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL); err != nil {
		return fmt.Errorf("PR_CAP_AMBIENT: %w", err)
	}
	if err := everyThread(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return fmt.Errorf("PR_SET_NO_NEW_PRIVS: %w", err)
	}
	header := &unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	none := new([2]unix.CapUserData)
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET,
		uintptr(unsafe.Pointer(header)), uintptr(unsafe.Pointer(none)), 0)
	if errno != 0 {
		return fmt.Errorf("capset: %w", errno)
	}
	return nil
}

// everyThread makes a system call in all threads of the process, for what the
// kernel keeps by thread.
func everyThread(call, first, second uintptr) error {
	if _, _, errno := syscall.AllThreadsSyscall6(call, first, second, 0, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
