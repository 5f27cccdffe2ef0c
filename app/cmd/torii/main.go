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
	"torii/app/logging"
	"torii/app/paths"
	"torii/tunnel/gateway"
	"torii/tunnel/helper"
	"torii/ui/tray"
)

func main() {
	hidden := flag.Bool("hidden", false, "start without the window")
	demo := flag.Bool("demo", false, "bring a practice gateway to connect to")
	fault := flag.String("fault", "", "`name` of what goes wrong at the practice gateway, to rehearse it")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "torii: links and files are not opened yet; a later version of Torii brings it")
		os.Exit(2)
	}
	if err := run(*hidden, *demo, *fault); err != nil {
		fmt.Fprintln(os.Stderr, "torii:", err)
		os.Exit(1)
	}
}

func run(hidden, demo bool, fault string) error {
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
	return agent.Run(ctx, options, hidden, func(ctx context.Context, face api.Agent, shown func(bool)) error {
		return tray.Run(ctx, tray.Options{Agent: face, Shown: shown, Failed: func(action tray.Action, err error) {
			log.WithError(err).WithField("method", action.Method).Error("what was clicked in the tray could not be done")
		}})
	})
}
