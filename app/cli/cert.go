package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"torii/app/api"
	"torii/app/certificates"
	"torii/app/secrets"
	"torii/i18n"
	"torii/tunnel"
)

func (t *tool) certCommand() *cobra.Command {
	group := &cobra.Command{
		Use: "cert", Short: t.words.Text("cli.cert.short"),
		RunE: func(*cobra.Command, []string) error {
			return usageError("cert wants list, show, import, enrol, delete or unlock")
		},
	}
	group.AddCommand(t.certList(), t.certShow(), t.certImport(), t.certEnrol(), t.certDelete(), t.certUnlock())
	return group
}

// callCertificates makes a call of the agent where one runs, and else does the
// same with the store's files.
func (t *tool) callCertificates(ctx context.Context, method api.Method, params, result any) error {
	client, err := t.reach(ctx)
	if err != nil {
		return err
	}
	if client != nil {
		defer client.Close()
		return client.Call(ctx, method, params, result)
	}
	vault, err := secrets.Open(t.dirs.Config)
	if err != nil {
		return err
	}
	service, err := certificates.Open(t.dirs.Data, vault, func() *i18n.Catalogue { return t.words })
	if err != nil {
		return err
	}
	switch result := result.(type) {
	case *[]api.Certificate:
		*result, err = service.List(params.(api.CertificateQuery))
	case *api.ImportedCertificates:
		*result, err = service.Import(ctx, params.(api.ImportCertificates), true)
	case *api.DeletedCertificates:
		*result, err = service.Delete(params.(api.CertificateRef))
	default: // what is in a process's memory only
		err = tunnel.Errorf(tunnel.CodeAgentMissing, string(method), "no agent runs")
	}
	return err
}

// certificateKind is the kind that an argument names; "" for none.
func certificateKind(args []string) (api.CertificateKind, error) {
	if len(args) == 0 {
		return "", nil
	}
	kind := api.CertificateKind(args[0])
	if !slices.Contains(api.CertificateKinds(), kind) {
		return "", usageError("there are the kinds user, server and authority, not %q", args[0])
	}
	return kind, nil
}

func (t *tool) certList() *cobra.Command {
	command := t.command("list [user|server|authority]", "cli.cert.list", func(ctx context.Context, args []string) error {
		kind, err := certificateKind(args)
		if err != nil {
			return err
		}
		list := []api.Certificate{}
		if err := t.callCertificates(ctx, api.MethodCertificates, api.CertificateQuery{Kind: kind}, &list); err != nil {
			return err
		}
		if t.json {
			t.writeJSON(list)
			return nil
		}
		if len(list) == 0 {
			fmt.Fprintln(t.Out, t.words.Text("cli.cert.empty"))
		}
		for _, c := range list {
			fmt.Fprintln(t.Out, t.certificateLine(c))
		}
		return nil
	})
	command.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError("cert list takes one kind at most (%d given)", len(args))
		}
		return nil
	}
	return command
}

// certificateLine says a certificate in one line.
func (t *tool) certificateLine(c api.Certificate) string {
	until := c.NotAfter.Format(time.DateOnly)
	if c.Status != api.CertificateValid {
		until += " (" + t.words.Text("cli.cert.status."+string(c.Status)) + ")"
	}
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%s", c.Kind, plain(c.Name), plain(c.IssuerName), until, c.Fingerprint[:16])
}

func (t *tool) certShow() *cobra.Command {
	command := t.command("show NAME|FINGERPRINT", "cli.cert.show", func(ctx context.Context, args []string) error {
		var list []api.Certificate
		if err := t.callCertificates(ctx, api.MethodCertificates, api.CertificateQuery{}, &list); err != nil {
			return err
		}
		shown := 0
		for _, c := range list {
			if c.ID == args[0] || c.Name == args[0] || len(args[0]) >= 4 && strings.HasPrefix(c.ID, strings.ToLower(args[0])) {
				t.showCertificate(c)
				shown++
			}
		}
		if shown == 0 {
			return tunnel.Errorf(tunnel.CodeNotFound, "find the certificate", "there is no certificate %q", args[0]).WithDetail(args[0])
		}
		return nil
	})
	command.Args = arguments(1, "cert show wants a name or a fingerprint")
	return command
}

// showCertificate writes all that is known of a certificate.
func (t *tool) showCertificate(c api.Certificate) {
	if t.json {
		t.writeJSON(c)
		return
	}
	fmt.Fprintln(t.Out, t.certificateLine(c))
	t.showDetails(c.CertificateDetails)
	if c.Keeping != "" {
		fmt.Fprintf(t.Out, "  %s: %s\n", t.words.Text("cli.cert.detail.keeping"), t.words.Text("cli.cert.keeping."+c.Keeping))
	}
	for _, above := range c.Chain {
		fmt.Fprintf(t.Out, "  %s: %s\n", t.words.Text("cli.cert.detail.chain"), oneLine(above.Subject))
	}
}

func (t *tool) showDetails(d api.CertificateDetails) {
	for _, fact := range [][2]string{
		{"subject", d.Subject}, {"names", strings.Join(d.Names, ", ")}, {"issuer", d.Issuer}, {"serial", d.Serial},
		{"valid", d.NotBefore.Format(time.DateTime) + " – " + d.NotAfter.Format(time.DateTime) + " UTC"},
		{"usages", strings.Join(slices.Concat(d.KeyUsages, d.ExtendedKeys), ", ")}, {"key", d.Key}, {"signature", d.Signature},
	} {
		if fact[1] != "" {
			fmt.Fprintf(t.Out, "  %s: %s\n", t.words.Text("cli.cert.detail."+fact[0]), oneLine(fact[1]))
		}
	}
	fmt.Fprintf(t.Out, "  SHA-256: %s\n", d.Fingerprint)
}

func (t *tool) certDelete() *cobra.Command {
	var all string
	var yes bool
	command := t.command("delete NAME|FINGERPRINT", "cli.cert.delete", func(ctx context.Context, args []string) error {
		ref := api.CertificateRef{All: all != ""}
		var err error
		switch {
		case ref.All && len(args) > 0, !ref.All && len(args) != 1:
			return usageError("cert delete wants one certificate, or --all and a kind")
		case ref.All:
			ref.Kind, err = certificateKind([]string{all})
		default:
			ref.Certificate = args[0]
		}
		if err != nil {
			return err
		}
		if ref.All && !yes {
			if err := t.confirmDeletion(all); err != nil {
				return err
			}
		}
		var deleted api.DeletedCertificates
		if err := t.callCertificates(ctx, api.MethodDropCertificates, ref, &deleted); err != nil {
			return err
		}
		t.tellDeleted(deleted)
		return nil
	})
	command.Flags().StringVar(&all, "all", "", t.words.Text("cli.cert.flag.all"))
	command.Flags().BoolVar(&yes, "yes", false, t.words.Text("cli.cert.flag.yes"))
	return command
}

// confirmDeletion asks a person; where there is none nothing is deleted.
func (t *tool) confirmDeletion(kind string) error {
	a := newAnswerer(t, nil, &connectFlags{})
	defer a.close()
	if !a.terminal {
		return tunnel.Errorf(tunnel.CodePolicy, "delete the certificates", "nobody is here to confirm it; --yes does without")
	}
	if !a.confirm("cli.cert.sure", words("Kind", t.words.Text("cli.cert.kind."+kind)), false) {
		return exit{exitCancelled}
	}
	return nil
}

func (t *tool) tellDeleted(deleted api.DeletedCertificates) {
	if t.json {
		t.writeJSON(deleted)
		return
	}
	for _, c := range deleted.Deleted {
		fmt.Fprintln(t.Out, t.words.Text("cli.cert.deleted", words("Name", plain(c.Name))))
	}
}

func (t *tool) certUnlock() *cobra.Command {
	var stdin bool
	command := t.command("unlock", "cli.cert.unlock", func(ctx context.Context, _ []string) error {
		a := newAnswerer(t, nil, &connectFlags{passwordStdin: stdin})
		defer a.close()
		phrase, err := a.secret(t.passwordField("cli.cert.ask.passphrase"))
		if err != nil {
			return usageError("cert unlock wants a terminal or --password-stdin")
		}
		return t.callCertificates(ctx, api.MethodUnlockCertificates, api.UnlockCertificates{Passphrase: phrase}, nil)
	})
	command.Args = arguments(0, "cert unlock takes no arguments")
	command.Flags().BoolVar(&stdin, "password-stdin", false, t.words.Text("cli.cert.flag.password_stdin"))
	return command
}

// passwordField is a question without an echo.
func (t *tool) passwordField(key string) tunnel.Field {
	return tunnel.Field{Label: t.words.Text(key), Kind: tunnel.FieldPassword}
}
