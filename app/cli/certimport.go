package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"torii/app/api"
	"torii/tunnel"
)

// certFlags are the flags of cert import.
type certFlags struct {
	name, server, keep string
	stdin              bool
}

func (t *tool) certImport() *cobra.Command {
	var flags certFlags
	command := t.command("import FILE", "cli.cert.import", func(ctx context.Context, args []string) error {
		return t.importCertificates(ctx, args[0], &flags)
	})
	command.Args = arguments(1, "cert import wants a file")
	command.Flags().StringVar(&flags.name, "name", "", t.words.Text("cli.cert.flag.name"))
	command.Flags().StringVar(&flags.server, "server", "", t.words.Text("cli.cert.flag.server"))
	command.Flags().StringVar(&flags.keep, "keep", "", t.words.Text("cli.cert.flag.keep"))
	command.Flags().BoolVar(&flags.stdin, "password-stdin", false, t.words.Text("cli.cert.flag.password_stdin"))
	return command
}

// mostAttempts is how many passwords a person may try in a row.
const mostAttempts = 5

// importCertificates brings a file in, and asks for what that wants.
func (t *tool) importCertificates(ctx context.Context, file string, flags *certFlags) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	request := api.ImportCertificates{File: path, Name: flags.name, Server: flags.server, Keep: flags.keep}
	if err := t.checkKeep(ctx, request.Keep); err != nil {
		return err
	}
	a := newAnswerer(t, nil, &connectFlags{passwordStdin: flags.stdin})
	defer a.close()
	for range mostAttempts {
		var imported api.ImportedCertificates
		if err := t.callCertificates(ctx, api.MethodImportCertificates, request, &imported); err != nil {
			return err
		}
		if imported.Want == api.WantNothing {
			t.tellImported(imported)
			return nil
		}
		if err := t.satisfy(a, imported.Want, &request); err != nil {
			return err
		}
	}
	return exit{api.ExitBadImport} // each attempt was answered with words
}

// checkKeep refuses what would be lost at once: without an agent memory ends
// with this command.
func (t *tool) checkKeep(ctx context.Context, keep string) error {
	switch keep {
	case "", api.KeepInKeyring, api.KeepUnderPassphrase:
		return nil
	case api.KeepInMemory:
		client, err := t.reach(ctx)
		if err != nil {
			return err
		}
		if client == nil {
			return tunnel.Errorf(tunnel.CodeAgentMissing, "keep the key in memory", "no agent runs")
		}
		return client.Close()
	}
	return usageError("--keep is keyring, passphrase or memory, not %q", keep)
}

// satisfy asks for what an import wants. The error is the end of the import.
func (t *tool) satisfy(a *answerer, want api.Want, request *api.ImportCertificates) error {
	switch want {
	case api.WantPassword, api.WantOtherPassword:
		return t.askPassword(a, want, request)
	case api.WantServer:
		return t.unsatisfied(want, api.ExitBadImport)
	case api.WantKeep:
		if !a.terminal || request.Keep == api.KeepInKeyring {
			return t.unsatisfied(want, api.ExitPolicy)
		}
		request.Keep = api.KeepUnderPassphrase
	case api.WantPassphrase, api.WantOtherPassphrase:
	default: // of a newer agent
		return tunnel.Errorf(tunnel.CodeUnsupported, "import the certificates", "the agent wants %q", want)
	}
	if !a.terminal && (!a.flags.passwordStdin || request.Passphrase != "") {
		return t.unsatisfied(want, api.ExitPolicy)
	}
	return t.askPassphrase(a, want, request)
}

// askPassword asks for the file's password; a line of standard input is its
// one chance.
func (t *tool) askPassword(a *answerer, want api.Want, request *api.ImportCertificates) error {
	if want == api.WantOtherPassword {
		if !a.terminal {
			return t.unsatisfied(want, api.ExitBadImport)
		}
		a.say("cli.cert.want."+string(want), nil)
	}
	password, err := a.secret(t.passwordField("cli.cert.ask.password"))
	if err != nil || password == "" {
		return t.unsatisfied(want, api.ExitBadImport)
	}
	request.Password = password
	return nil
}

// askPassphrase asks for the passphrase that a key is kept under: a new one
// twice, on a terminal.
func (t *tool) askPassphrase(a *answerer, want api.Want, request *api.ImportCertificates) error {
	if a.terminal {
		a.say("cli.cert.want."+string(want), nil)
	}
	phrase, err := a.secret(t.passwordField("cli.cert.ask.passphrase"))
	if err != nil {
		return t.unsatisfied(want, api.ExitPolicy)
	}
	if a.terminal && want != api.WantOtherPassphrase {
		again, err := a.secret(t.passwordField("cli.cert.ask.again"))
		if err != nil || again != phrase {
			a.say("cli.cert.differ", nil)
			return exit{exitUsage}
		}
	}
	request.Passphrase = phrase
	return nil
}

// unsatisfied says what would have been wanted.
func (t *tool) unsatisfied(want api.Want, code int) error {
	fmt.Fprintf(t.Err, "toriictl: %s\n", t.words.Text("cli.cert.want."+string(want)))
	return exit{code}
}

func (t *tool) tellImported(imported api.ImportedCertificates) {
	if t.json {
		t.writeJSON(imported)
		return
	}
	for _, c := range imported.Added {
		fmt.Fprintln(t.Out, t.certificateLine(c))
	}
	if imported.Left > 0 {
		fmt.Fprintln(t.Err, t.words.Text("cli.cert.left", words("Count", imported.Left)))
	}
}
