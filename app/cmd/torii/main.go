// Command torii is the agent: it lives in the tray, keeps the connection, and
// opens the window when somebody wants to look.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/sirupsen/logrus"

	"torii/app/agent"
	"torii/app/api"
	"torii/app/harden"
	"torii/app/links"
	"torii/app/logging"
	"torii/app/paths"
	"torii/tunnel"
	"torii/tunnel/gateway"
	"torii/tunnel/helper"
	"torii/ui/tray"
)

func main() {
	harden.HideArguments(links.Is) // a link may hold a password
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: torii [flags] [LINK|FILE ...]")
		flag.PrintDefaults()
	}
	hidden := flag.Bool("hidden", false, "start without the window")
	demo := flag.Bool("demo", false, "bring a practice gateway to connect to")
	fault := flag.String("fault", "", "`name` of what goes wrong at the practice gateway, to rehearse it")
	flag.Parse()
	if err := run(agent.Begin{Hidden: *hidden, Arguments: flag.Args()}, *demo, *fault); err != nil {
		fmt.Fprintln(os.Stderr, "torii:", err)
		os.Exit(api.ExitCode(tunnel.CodeOf(err)))
	}
}

func run(begin agent.Begin, demo bool, fault string) error {
	if os.Getuid() == 0 {
		fmt.Fprintln(os.Stderr, "torii: started by root; giving every privilege up")
		if err := helper.DropPrivileges(); err != nil {
			return err
		}
	}
	dirs, err := paths.OfUser()
	if err != nil {
		return err
	}
	log, err := logging.New(os.Stderr, logrus.InfoLevel)
	if err != nil {
		return err
	}
	options := agent.Options{Dirs: dirs, Log: log}
	if demo {
		options.Practice = &gateway.Config{Log: log}
		if options.Practice.Fault, err = gateway.ParseFault(fault); err != nil {
			return err
		}
	}
	signal.Ignore(syscall.SIGPIPE) // the terminal that it was started from may be closed
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	return agent.Run(ctx, options, begin, func(ctx context.Context, face api.Agent, shown func(bool)) error {
		return tray.Run(ctx, tray.Options{Agent: face, Shown: shown, Failed: func(action tray.Action, err error) {
			log.WithError(err).WithField("method", action.Method).Error("what was clicked in the tray could not be done")
		}})
	})
}
