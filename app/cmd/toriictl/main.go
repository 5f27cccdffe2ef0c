// Command toriictl is Torii's command line: connect, disconnect, status and
// the rest of what the window does.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"torii/app/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
