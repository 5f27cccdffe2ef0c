package harden

import (
	"os"
	"strings"
	"unsafe"
)

// HideArguments overwrites those of this process's arguments that hold a
// secret, where other programs of the machine can read them (ps), and keeps
// them in os.Args. It is for the beginning of a program on a unix system, where
// the runtime's os.Args are the memory that the kernel shows.
func HideArguments(secret func(argument string) bool) {
	for i, argument := range os.Args {
		if i == 0 || argument == "" || !secret(argument) {
			continue
		}
		os.Args[i] = strings.Clone(argument)
		shown := unsafe.Slice(unsafe.StringData(argument), len(argument))
		for at := range shown {
			shown[at] = '*'
		}
	}
}
