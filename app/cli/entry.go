package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"torii/app/api"
	"torii/app/entries"
	"torii/app/secrets"
	"torii/tunnel"
)

func (t *tool) entryCommand() *cobra.Command {
	group := &cobra.Command{
		Use: "entry", Short: t.words.Text("cli.entry.short"),
		RunE: func(*cobra.Command, []string) error {
			return usageError("entry wants add, edit, delete, rename or forget")
		},
	}
	group.AddCommand(t.entryAdd(), t.entryEdit(), t.entryDelete(), t.entryRename(), t.entryForget())
	return group
}

// entryFlags are what connect has as well, and what only a saved entry has.
type entryFlags struct {
	connectFlags
	address, proxy, certificate string
	roaming, oldTLS             bool
}

// certificateDisabled is how a person says that no certificate is shown.
const certificateDisabled = "disabled"

// add puts the flags on a command.
func (f *entryFlags) add(t *tool, command *cobra.Command) {
	flags := command.Flags()
	f.connectFlags.add(t, flags)
	flags.StringVar(&f.proxy, "proxy", "", t.words.Text("cli.flag.proxy"))
	flags.StringVar(&f.certificate, "certificate", "", t.words.Text("cli.flag.certificate"))
	flags.BoolVar(&f.roaming, "roaming", true, t.words.Text("cli.flag.roaming"))
	flags.BoolVar(&f.oldTLS, "old-tls", false, t.words.Text("cli.flag.old_tls"))
}

// apply puts what was given into an entry.
func (f *entryFlags) apply(command *cobra.Command, e *api.Entry) error {
	if f.address != "" {
		at, err := entries.ParseTarget(f.address)
		if err != nil {
			return err
		}
		e.Host, e.Port, e.Path = at.Host, at.Port, at.Path
	}
	if command.Flags().Changed("proxy") {
		e.UpstreamProxy = f.proxy
	}
	if command.Flags().Changed("certificate") {
		e.Certificate = f.certificate
		if f.certificate == certificateDisabled {
			e.Certificate = api.CertificateDisabled
		}
	}
	if command.Flags().Changed("roaming") {
		e.Roaming = f.roaming
	}
	if command.Flags().Changed("old-tls") {
		e.OldTLS = f.oldTLS
	}
	if command.Flags().Changed("no-dtls") {
		e.NoDTLS = f.noDTLS
	}
	_, err := f.connectFlags.apply(e)
	return err
}

func (t *tool) entryAdd() *cobra.Command {
	var flags entryFlags
	var command *cobra.Command
	command = t.command("add NAME HOST[:PORT][/GROUP]", "cli.entry.add", func(ctx context.Context, args []string) error {
		flags.address = args[1]
		entry := api.Entry{Name: args[0], Roaming: true}
		if err := flags.apply(command, &entry); err != nil {
			return err
		}
		return t.saveEntry(ctx, api.MethodAddEntry, entry)
	})
	command.Args = arguments(2, "entry add wants a name and an address")
	flags.add(t, command)
	return command
}

func (t *tool) entryEdit() *cobra.Command {
	var flags entryFlags
	var command *cobra.Command
	command = t.command("edit NAME", "cli.entry.edit", func(ctx context.Context, args []string) error {
		entry, err := t.entry(ctx, args[0])
		if err != nil {
			return err
		}
		if err := flags.apply(command, &entry); err != nil {
			return err
		}
		return t.saveEntry(ctx, api.MethodEditEntry, entry)
	})
	command.Args = arguments(1, "entry edit wants a name")
	flags.add(t, command)
	command.Flags().StringVar(&flags.address, "address", "", t.words.Text("cli.flag.address"))
	return command
}

func (t *tool) entryRename() *cobra.Command {
	command := t.command("rename NAME NEW-NAME", "cli.entry.rename", func(ctx context.Context, args []string) error {
		entry, err := t.entry(ctx, args[0])
		if err != nil {
			return err
		}
		entry.Name = args[1]
		return t.saveEntry(ctx, api.MethodEditEntry, entry)
	})
	command.Args = arguments(2, "entry rename wants the present name and the new one")
	return command
}

func (t *tool) entryDelete() *cobra.Command {
	command := t.command("delete NAME", "cli.entry.delete", func(ctx context.Context, args []string) error {
		return t.changeEntry(ctx, api.MethodDropEntry, args[0])
	})
	command.Args = arguments(1, "entry delete wants a name")
	return command
}

func (t *tool) entryForget() *cobra.Command {
	command := t.command("forget NAME", "cli.entry.forget", func(ctx context.Context, args []string) error {
		return t.changeEntry(ctx, api.MethodForget, args[0])
	})
	command.Args = arguments(1, "entry forget wants a name")
	return command
}

// entry finds an entry by its name.
func (t *tool) entry(ctx context.Context, name string) (api.Entry, error) {
	list, _, err := t.entries(ctx)
	if err != nil {
		return api.Entry{}, err
	}
	entry, ok := findEntry(list, name)
	if !ok {
		return entry, tunnel.Errorf(tunnel.CodeNotFound, "find the connection", "there is no connection %q", name).WithDetail(name)
	}
	return entry, nil
}

// saveEntry adds or edits an entry, by the agent where one runs.
func (t *tool) saveEntry(ctx context.Context, method api.Method, entry api.Entry) error {
	client, err := t.reach(ctx)
	if err != nil {
		return err
	}
	if client != nil {
		defer client.Close()
		err = client.Call(ctx, method, entry, &entry)
	} else {
		entry, err = t.saveInFile(method, entry)
	}
	if err != nil {
		return err
	}
	if t.json {
		t.writeJSON(entry)
		return nil
	}
	fmt.Fprintf(t.Out, "%s\t%s\n", entry.Name, serverOf(entry))
	return nil
}

func (t *tool) saveInFile(method api.Method, entry api.Entry) (api.Entry, error) {
	store, err := entries.Open(t.dirs.Config)
	if err != nil {
		return entry, err
	}
	if method == api.MethodAddEntry {
		return store.Add(entry)
	}
	return store.Edit(entry)
}

// changeEntry deletes an entry, or what the keyring has of it.
func (t *tool) changeEntry(ctx context.Context, method api.Method, name string) error {
	entry, err := t.entry(ctx, name)
	if err != nil {
		return err
	}
	client, err := t.reach(ctx)
	if err != nil {
		return err
	}
	if client != nil {
		defer client.Close()
		return client.Call(ctx, method, api.EntryRef{Entry: entry.ID}, nil)
	}
	vault, err := secrets.Open(t.dirs.Config)
	if err != nil {
		return err
	}
	if err := vault.Forget(ctx, entry.ID); err != nil || method == api.MethodForget {
		return err
	}
	store, err := entries.Open(t.dirs.Config)
	if err != nil {
		return err
	}
	return store.Delete(entry.ID)
}
