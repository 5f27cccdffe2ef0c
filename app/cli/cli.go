package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"torii/app"
	"torii/app/api"
	"torii/app/logging"
	"torii/app/paths"
	"torii/app/settings"
	"torii/i18n"
	"torii/tunnel"
	"torii/tunnel/helper"
)

// Streams are where a command reads and writes.
type Streams struct {
	In       *os.File
	Out, Err io.Writer
}

// tool is what every command uses.
type tool struct {
	Streams
	words *i18n.Catalogue
	prefs *settings.Store // the file; a running agent has the last word
	dirs  paths.Dirs
	log   *logrus.Logger
	json  bool
}

// Main runs a command and returns its exit code. ctx ends when the person
// interrupts.
func Main(ctx context.Context, args []string, streams Streams) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	streams.Out = output{streams.Out, cancel}
	t := &tool{Streams: streams}
	if err := t.prepare(); err != nil {
		fmt.Fprintln(streams.Err, "toriictl:", err)
		return exitOther
	}
	root := t.root()
	root.SetArgs(args)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	err := root.ExecuteContext(ctx)
	t.explain(err)
	return codeOf(err)
}

func (t *tool) prepare() error {
	var err error
	if t.dirs, err = paths.OfUser(); err != nil {
		return err
	}
	if t.prefs, err = settings.Open(t.dirs.Config); err != nil {
		return err
	}
	if t.words, err = t.prefs.Words(); err != nil {
		return err
	}
	// Only errors: a command says itself what it does.
	t.log, err = logging.New(t.Err, logrus.ErrorLevel)
	return err
}

// root is the whole command line.
func (t *tool) root() *cobra.Command {
	root := &cobra.Command{
		Use: "toriictl", Short: t.words.Text("cli.about"),
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Args:              cobra.ArbitraryArgs,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage{fmt.Errorf("there is no command %q; `toriictl help` lists them", args[0])}
			}
			command.SetOut(t.Err)
			command.Usage()
			return exit{exitUsage}
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage{err} })
	root.AddCommand(t.connectCommand(), t.statusCommand(), t.disconnectCommand(), t.listCommand(),
		t.entryCommand(), t.certCommand(), t.doctorCommand(), t.logsCommand(), t.repairCommand(), t.settingsCommand(), t.uriCommand(), t.localeCommand(), t.versionCommand())
	root.AddCommand(t.laterCommands()...)
	return root
}

// command makes one with the flag that all share.
func (t *tool) command(use, short string, run func(ctx context.Context, args []string) error) *cobra.Command {
	command := &cobra.Command{
		Use: use, Short: t.words.Text(short),
		RunE: func(command *cobra.Command, args []string) error { return run(command.Context(), args) },
	}
	command.Flags().BoolVar(&t.json, "json", false, t.words.Text("cli.flag.json"))
	return command
}

// arguments wants exactly n of them.
func arguments(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usage{fmt.Errorf("%s (%d given)", what, len(args))}
		}
		return nil
	}
}

// explain says what went wrong and what to do, unless it was said.
func (t *tool) explain(err error) {
	if err == nil {
		return
	}
	if _, said := errors.AsType[exit](err); said {
		return
	}
	if _, ok := errors.AsType[*tunnel.Error](err); ok {
		t.sayFailure(app.Describe(t.words, "", err))
		return
	}
	fmt.Fprintln(t.Err, "toriictl:", err)
}

// sayFailure writes a failure for a person: what happened, what to do, and the
// cause for a helpdesk.
func (t *tool) sayFailure(f *tunnel.Failure) {
	fmt.Fprintf(t.Err, "toriictl: %s\n", plain(f.Message))
	if f.Remedy != "" {
		fmt.Fprintf(t.Err, "  %s\n", plain(f.Remedy))
	}
	if f.Detail != "" {
		fmt.Fprintf(t.Err, "  (%s)\n", plain(f.Detail))
	}
}

// reach connects to the running agent to look or to change something; nil
// where none runs.
func (t *tool) reach(ctx context.Context) (*api.Client, error) {
	return reachAs(ctx, api.ProgramTool)
}

// reachAs says hello under a name. Root gives its powers up first where an
// agent answers: that one does the work, and having none itself it could not
// look at who calls.
func reachAs(ctx context.Context, name string) (*api.Client, error) {
	if os.Getuid() == 0 && answers(api.SocketPath()) {
		if err := helper.DropPrivileges(); err != nil {
			return nil, err
		}
	}
	client, err := api.Connect(ctx, name)
	if tunnel.CodeOf(err) == tunnel.CodeAgentMissing {
		return nil, nil
	}
	return client, err
}

// answers reports whether somebody listens on a socket.
func answers(path string) bool {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
