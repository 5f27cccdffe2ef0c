//go:build cgo && unix

// Command torii-token loads the library of a smart card's vendor (PKCS#11) away
// from everything else of Torii, and signs with the card's keys. Its parent
// speaks to it on standard input and output, and it ends when that ends.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"torii/app/harden"
	"torii/certstore/token/server"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "torii-token: it takes no arguments; Torii starts it where a smart card is used")
		os.Exit(2)
	}
	// Before anything of a card or a PIN is in the memory.
	if err := harden.NoDump(); err != nil {
		fmt.Fprintln(os.Stderr, "torii-token:", err)
		os.Exit(1)
	}
	// The keys of a terminal are for the parent, which says when it is over.
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE)
	in, out, err := keepStreams()
	if err != nil {
		fmt.Fprintln(os.Stderr, "torii-token:", err)
		os.Exit(1)
	}
	if err := server.Serve(in, out, func() { os.Exit(1) }); err != nil {
		os.Exit(1)
	}
}

// keepStreams takes the two streams away from where a library that prints would
// find them, and leaves the null device there: what it prints would spoil the
// frames, and is nothing for a log, since it may be about PINs.
func keepStreams() (in, out *os.File, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	defer null.Close()
	files := [2]*os.File{}
	for i, name := range []string{"requests", "replies"} {
		fd, err := unix.FcntlInt(uintptr(i), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return nil, nil, fmt.Errorf("keep the stream of %s: %w", name, err)
		}
		files[i] = os.NewFile(uintptr(fd), name)
	}
	for fd := range 3 {
		if err := unix.Dup2(int(null.Fd()), fd); err != nil {
			return nil, nil, fmt.Errorf("leave the streams to nobody: %w", err)
		}
	}
	return files[0], files[1], nil
}
