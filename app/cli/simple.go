package cli

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"torii/app/api"
	"torii/app/entries"
	"torii/tunnel"
	"torii/tunnel/helper"
)

func (t *tool) disconnectCommand() *cobra.Command {
	command := t.command("disconnect", "cli.disconnect.short", func(ctx context.Context, _ []string) error {
		client, err := t.reach(ctx)
		if err != nil {
			return err
		}
		if client == nil {
			return tunnel.Errorf(tunnel.CodeNotConnected, "disconnect", "no agent runs")
		}
		defer client.Close()
		return t.disconnect(ctx, client)
	})
	command.Args = arguments(0, "disconnect takes no arguments")
	return command
}

// disconnect ends the connection and waits until the network is given back.
func (t *tool) disconnect(ctx context.Context, agent api.Agent) error {
	asked := false
	for state := range agent.Watch(ctx) {
		s := state.Snapshot
		over := s.State == tunnel.StateDisconnected || s.State == tunnel.StateFailed
		switch {
		case over && asked:
			t.show(s)
			return nil
		case over:
			return tunnel.Errorf(tunnel.CodeNotConnected, "disconnect", "there is no connection")
		case !asked:
			err := agent.Call(ctx, api.MethodDisconnect, nil, nil)
			if tunnel.CodeOf(err) == tunnel.CodeAgentMissing {
				return nil // it was faster than its answer
			}
			if err != nil {
				return err
			}
			asked = true
		}
	}
	if asked && ctx.Err() == nil {
		return nil // toriictl connect held the connection, and ended with it
	}
	return tunnel.NewError(tunnel.CodeCancelled, "disconnect", ctx.Err())
}

func (t *tool) listCommand() *cobra.Command {
	command := t.command("list", "cli.list.short", func(ctx context.Context, _ []string) error {
		list, active, err := t.entries(ctx)
		if err != nil {
			return err
		}
		if t.json {
			t.writeJSON(list)
			return nil
		}
		if len(list) == 0 {
			fmt.Fprintln(t.Out, t.words.Text("cli.list.empty"))
		}
		for _, e := range list {
			mark := " "
			if e.ID == active {
				mark = "*"
			}
			fmt.Fprintf(t.Out, "%s %s\t%s\t%s\n", mark, e.Name, serverOf(e), e.Origin)
		}
		return nil
	})
	command.Args = arguments(0, "list takes no arguments")
	return command
}

// entries are the agent's, or the file's where no agent runs.
func (t *tool) entries(ctx context.Context) (list []api.Entry, active string, err error) {
	client, err := t.reach(ctx)
	if err != nil {
		return nil, "", err
	}
	list = []api.Entry{}
	if client == nil {
		store, err := entries.Open(t.dirs.Config)
		if err != nil {
			return nil, "", err
		}
		saved, active := store.List()
		return append(list, saved...), active, nil
	}
	defer client.Close()
	state, err := first(ctx, client)
	return append(list, state.Entries...), state.Active, err
}

// serverOf is an entry's server without what may be a secret in its path.
func serverOf(e api.Entry) string {
	if e.Port == 0 {
		return e.Host
	}
	return fmt.Sprintf("%s:%d", e.Host, e.Port)
}

func (t *tool) repairCommand() *cobra.Command {
	command := t.command("repair", "cli.repair.short", func(ctx context.Context, _ []string) (err error) {
		if os.Getuid() == 0 {
			own, startErr := helper.StartOwn(ctx, helper.OwnOptions{})
			if startErr != nil {
				return startErr
			}
			defer func() {
				if closeErr := own.Close(); err == nil && closeErr != nil {
					err = tunnel.NewError(tunnel.CodeNetworkSetup, "repair the network", closeErr)
				}
			}()
		}
		undone, err := helper.New(helper.Options{Log: t.log}).Repair(ctx)
		if err != nil {
			return err
		}
		return t.tellRepaired(undone)
	})
	command.Args = arguments(0, "repair takes no arguments")
	return command
}

func (t *tool) tellRepaired(undone []string) error {
	if t.json {
		if undone == nil {
			undone = []string{}
		}
		t.writeJSON(map[string]any{"undone": undone})
		return nil
	}
	for _, what := range undone {
		fmt.Fprintln(t.Out, t.words.Text("cli.repair.undone", words("What", what)))
	}
	fmt.Fprintln(t.Out, t.words.Text("cli.repair.done"))
	return nil
}

func (t *tool) versionCommand() *cobra.Command {
	command := t.command("version", "cli.version.short", func(context.Context, []string) error {
		if t.json {
			t.writeJSON(map[string]any{"version": api.Build, "api": api.Version, "go": runtime.Version(),
				"system": runtime.GOOS + "/" + runtime.GOARCH})
			return nil
		}
		fmt.Fprintf(t.Out, "Torii %s (%s, %s/%s)\n", api.Build, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return nil
	})
	command.Args = arguments(0, "version takes no arguments")
	return command
}
