// Command torii-helper is the privileged half of Torii: it makes links,
// addresses, routes and name servers for those who may ask, and undoes them.
// It runs as root and takes its orders on a unix socket.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/sirupsen/logrus"

	"torii/tunnel/helper"
	"torii/tunnel/helperd"
)

func main() {
	log := logrus.New()
	log.SetLevel(logrus.InfoLevel)
	options := helperd.RunOptions{Log: log}
	flag.StringVar(&options.Socket, "socket", helper.DefaultSocket, "listen on this unix `path`")
	flag.StringVar(&options.StateDir, "state-dir", "/var/lib/torii/helper", "keep the journal of changes in this `folder`")
	flag.StringVar(&options.ResolvConf, "resolv-conf", "", "the resolver's `file` where it is not /etc/resolv.conf")
	flag.StringVar(&options.Bus, "bus", "", "`address` of the system bus where it is not the usual one, or none")
	whileStdin := flag.Bool("while-stdin", false, "end when standard input ends, and say when it listens")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "torii-helper: it takes no arguments but flags")
		os.Exit(2)
	}

	// Who started this and reads its words may be gone: then the words are lost
	// and the network is given back all the same.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if *whileStdin {
		options.Listening = func() { io.WriteString(os.Stdout, helper.ListeningLine) }
		go func() {
			io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	if err := helperd.Run(ctx, options); err != nil {
		fmt.Fprintln(os.Stderr, "torii-helper:", err)
		os.Exit(1)
	}
}
