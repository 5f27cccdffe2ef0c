// Command toriictl is Torii's command line: connect, disconnect, status and
// the rest of what the window does.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"torii/app/cli"
	"torii/app/harden"
	"torii/app/links"
)

func main() {
	harden.HideArguments(links.Is) // a link may hold a password
	// A closed terminal or a reader that has seen enough ends the connection
	// in order, too.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := cli.Main(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
