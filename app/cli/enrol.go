package cli

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"torii/app/api"
	"torii/certstore/enrol"
	"torii/i18n"
)

// enrolFlags are the flags of cert enrol.
type enrolFlags struct {
	fingerprint, identifier string
	cn, org, unit           string
	name, keep              string
	stdin, allowOld         bool
}

func (t *tool) certEnrol() *cobra.Command {
	var flags enrolFlags
	command := t.command("enrol URL", "cli.enrol.short", func(ctx context.Context, args []string) error {
		return t.enrol(ctx, args[0], &flags)
	})
	command.Args = arguments(1, "cert enrol wants the address of a certification authority")
	f := command.Flags()
	f.StringVar(&flags.fingerprint, "ca-fingerprint", "", t.words.Text("cli.enrol.flag.ca_fingerprint"))
	f.StringVar(&flags.identifier, "ca-id", "", t.words.Text("cli.enrol.flag.ca_id"))
	f.BoolVar(&flags.stdin, "challenge-stdin", false, t.words.Text("cli.enrol.flag.challenge_stdin"))
	f.StringVar(&flags.cn, "cn", "%USER%", t.words.Text("cli.enrol.flag.cn"))
	f.StringVar(&flags.org, "org", "", t.words.Text("cli.enrol.flag.org"))
	f.StringVar(&flags.unit, "unit", "", t.words.Text("cli.enrol.flag.unit"))
	f.StringVar(&flags.name, "name", "", t.words.Text("cli.cert.flag.name"))
	f.StringVar(&flags.keep, "keep", "", t.words.Text("cli.cert.flag.keep"))
	f.BoolVar(&flags.allowOld, "allow-old", false, t.words.Text("cli.enrol.flag.allow_old"))
	return command
}

// enrol obtains a certificate and brings it into the store.
func (t *tool) enrol(ctx context.Context, address string, flags *enrolFlags) error {
	if err := t.checkKeep(ctx, flags.keep); err != nil {
		return err
	}
	subject, err := flags.subject()
	if err != nil {
		return t.sayFault(err)
	}
	client, err := enrol.New(enrol.Config{
		URL: address, Identifier: flags.identifier, Fingerprint: flags.fingerprint, AllowOld: flags.allowOld,
	})
	if err != nil {
		return t.sayFault(err)
	}
	defer client.Close()
	authority, err := client.Authority(ctx)
	if err != nil {
		return t.sayFault(err)
	}
	a := newAnswerer(t, nil, &connectFlags{passwordStdin: flags.stdin})
	defer a.close()
	if err := t.confirmAuthority(a, authority); err != nil {
		return err
	}
	if err := client.Ready(authority); err != nil {
		return t.sayFault(err)
	}
	challenge, err := t.challenge(a)
	if err != nil {
		return err
	}
	request, err := t.keep(ctx, a, flags)
	if err != nil {
		return err
	}
	var told bool
	identity, err := client.Enrol(ctx, authority, enrol.Request{Subject: subject, Challenge: challenge, Waiting: func(time.Duration) {
		if !told {
			a.say("cli.enrol.waiting", nil)
		}
		told = true
	}})
	if err != nil {
		return t.sayFault(err)
	}
	for _, warning := range identity.Warnings {
		a.say("enrol.warning."+string(warning), nil)
	}
	return t.take(ctx, identity, request)
}

// subject is whom the certificate is for.
func (f *enrolFlags) subject() ([]byte, error) {
	var known enrol.Replacements
	if me, err := user.Current(); err == nil { // without it %USER% is an error of its own
		known.User = me.Username
	}
	return enrol.Subject([]enrol.Name{
		{Element: "Name_CN", Value: f.cn}, {Element: "Company_O", Value: f.org}, {Element: "Department_OU", Value: f.unit},
	}, known)
}

// confirmAuthority shows who the authority is, and asks a person where nobody
// has given its fingerprint.
func (t *tool) confirmAuthority(a *answerer, authority *enrol.Authority) error {
	if authority.Confirmed() {
		return nil
	}
	a.say("cli.enrol.authority", i18n.Values{
		"Name": oneLine(authority.Certificate.Subject.String()), "Fingerprint": authority.Fingerprint(),
	})
	if !a.terminal {
		return nil
	}
	if !a.confirm("cli.enrol.confirm", i18n.Values{}, false) {
		return exit{exitCancelled}
	}
	authority.Confirm()
	return nil
}

// challenge asks for the challenge password, which is never an argument; there
// may be none.
func (t *tool) challenge(a *answerer) (enrol.Secret, error) {
	if !a.terminal && !a.flags.passwordStdin {
		return "", nil
	}
	text, err := a.secret(t.passwordField("cli.enrol.ask.challenge"))
	if err != nil {
		return "", usageError("no challenge password came: %v", err)
	}
	return enrol.Secret(text), nil
}

// keep makes the store ready for a key, and asks for what that wants: before
// the certificate is there, for many are issued once only.
func (t *tool) keep(ctx context.Context, a *answerer, flags *enrolFlags) (api.ImportCertificates, error) {
	request := api.ImportCertificates{Name: flags.name, Keep: flags.keep, Rehearse: true}
	for range mostAttempts {
		var answer api.ImportedCertificates
		err := t.callCertificates(ctx, api.MethodImportCertificates, request, &answer)
		if err == nil && answer.Want == api.WantNothing {
			request.Rehearse = false
			return request, nil
		}
		if err == nil {
			err = t.satisfy(a, answer.Want, &request)
		}
		if err != nil {
			return request, err
		}
	}
	return request, exit{api.ExitPolicy} // each attempt was answered with words
}

// take brings the certificate into the store.
func (t *tool) take(ctx context.Context, identity *enrol.Identity, request api.ImportCertificates) error {
	var err error
	if request.Data, err = identity.PEM(); err != nil {
		return err
	}
	var imported api.ImportedCertificates
	if err := t.callCertificates(ctx, api.MethodImportCertificates, request, &imported); err != nil {
		return err
	}
	if imported.Want != api.WantNothing { // the keyring went away in between
		return t.unsatisfied(imported.Want, api.ExitPolicy)
	}
	t.tellImported(imported)
	return nil
}

// sayFault says in words why no certificate was obtained.
func (t *tool) sayFault(err error) error {
	failed, ok := errors.AsType[*enrol.Error](err)
	if !ok {
		return err
	}
	fmt.Fprintf(t.Err, "toriictl: %s\n", t.words.Text("enrol.fault."+string(failed.Fault)))
	if failed.Fault == enrol.FaultRefused {
		fmt.Fprintf(t.Err, "  %s\n", t.words.Text("enrol.reason."+string(failed.Reason)))
	}
	var details []string
	if failed.Status != 0 {
		details = append(details, fmt.Sprintf("HTTP %d", failed.Status))
	}
	if failed.Text != "" {
		details = append(details, fmt.Sprintf("%q", failed.Text))
	}
	if failed.Err != nil {
		details = append(details, oneLine(failed.Err.Error()))
	}
	if len(details) > 0 {
		fmt.Fprintf(t.Err, "  (%s)\n", strings.Join(details, "; "))
	}
	return exit{exitOfFault(failed.Fault)}
}

// exitOfFault is the exit code of a fault.
func exitOfFault(fault enrol.Fault) int {
	switch fault {
	case enrol.FaultAddress, enrol.FaultRequest, enrol.FaultFingerprint, enrol.FaultOldIdentity:
		return exitUsage
	case enrol.FaultUnreachable:
		return api.ExitUnreachable
	case enrol.FaultTimeout, enrol.FaultStillPending:
		return api.ExitTimeout
	case enrol.FaultRefused:
		return exitLogin
	case enrol.FaultUnconfirmed:
		return api.ExitPolicy
	case enrol.FaultNoAuthority, enrol.FaultOldMethods, enrol.FaultNoRenewal:
		return exitUnsupported
	case enrol.FaultUntrustedServer, enrol.FaultMismatch, enrol.FaultForeignAnswer, enrol.FaultOtherAnswer,
		enrol.FaultOtherKey, enrol.FaultForeignIssuer:
		return exitCertificate
	}
	return exitOther
}
