package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"torii/app"
	"torii/app/api"
	"torii/app/certificates"
	"torii/app/entries"
	"torii/app/secrets"
	"torii/i18n"
	"torii/tunnel"
)

func (t *tool) doctorCommand() *cobra.Command {
	var flags connectFlags
	var timeServer string
	command := t.command("doctor [NAME|HOST[:PORT]]", "doctor.short", func(ctx context.Context, args []string) error {
		entry, err := t.patient(ctx, args, &flags)
		if err != nil {
			return err
		}
		report, err := t.examine(ctx, entry, timeServer)
		if err != nil {
			return err
		}
		return t.tellReport(report)
	})
	command.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError("doctor wants one server at most (%d given)", len(args))
		}
		return nil
	}
	flags.addTrust(t, command.Flags())
	command.Flags().StringVar(&timeServer, "time-server", "", t.words.Text("doctor.time_server"))
	return command
}

// patient is the entry whose server is looked at: the one that is named, an
// address that nobody has saved, or else the active one.
func (t *tool) patient(ctx context.Context, args []string, flags *connectFlags) (api.Entry, error) {
	const op = "choose a connection"
	list, active, err := t.entries(ctx)
	if err != nil {
		return api.Entry{}, err
	}
	name := active
	if len(args) > 0 {
		name = args[0]
	}
	if name == "" {
		return api.Entry{}, tunnel.Errorf(tunnel.CodeNotFound, op, "there is no connection yet; name a server")
	}
	entry, saved := findEntry(list, name)
	if !saved {
		if entry, err = entries.ParseTarget(name); err != nil {
			return entry, tunnel.NewError(tunnel.CodeNotFound, op, err).WithDetail(name)
		}
		entry.Name = entry.Host
	}
	_, err = flags.apply(&entry)
	return entry, err
}

// examine has the agent look where one runs, and else looks itself.
func (t *tool) examine(ctx context.Context, entry api.Entry, timeServer string) (api.DoctorReport, error) {
	var report api.DoctorReport
	client, err := t.reach(ctx)
	if err != nil {
		return report, err
	}
	if client != nil {
		defer client.Close()
		request := api.DoctorRequest{Target: &entry, TimeServer: timeServer}
		if entry.Origin == api.OriginPractice { // it is reached in the agent only
			request = api.DoctorRequest{Entry: entry.ID, TimeServer: timeServer}
		}
		return report, client.Call(ctx, api.MethodDiagnose, request, &report)
	}
	if entry, err = entries.Check(entry); err != nil {
		return report, err
	}
	vault, err := secrets.Open(t.dirs.Config)
	if err != nil {
		return report, err
	}
	service, err := certificates.Open(t.dirs.Data, vault, func() *i18n.Catalogue { return t.words })
	if err != nil {
		return report, err
	}
	return app.DoctorServices{Settings: t.prefs, Words: t.words, Certificates: service}.Examine(ctx, entry, timeServer)
}

// tellReport writes a report and returns how a connect would end.
func (t *tool) tellReport(report api.DoctorReport) error {
	code := api.ExitCode(report.Failing())
	if t.json {
		t.writeJSON(report)
	} else {
		t.writeReport(report)
	}
	if code != exitOK {
		return exit{code}
	}
	return nil
}

// writeReport writes for a person: what is wrong first, and what is well in one
// line.
func (t *tool) writeReport(report api.DoctorReport) {
	say := func(key string, values i18n.Values) string { return t.words.Text("doctor."+key, values) }
	var well []string
	wrong := 0
	for _, c := range report.Checks {
		if c.Status == api.DoctorPass {
			well = append(well, say("ok."+string(c.Code), words("Seen", c.Seen)))
			continue
		}
		if wrong == 0 && report.Failing() == "" {
			fmt.Fprintln(t.Out, say("mild", nil))
		}
		wrong++
		mark := "✗"
		if c.Status == api.DoctorWarn {
			mark = "!"
		}
		fmt.Fprintf(t.Out, "%s %s (%s)\n", mark, c.Title, c.Code)
		lines := []string{c.Cause, say("seen", words("Seen", c.Seen)), say(string(c.Who), words("Remedy", c.Remedy))}
		if c.Tell != "" {
			lines = append(lines, say("tell", words("Tell", c.Tell)))
		}
		for _, line := range lines {
			fmt.Fprintf(t.Out, "  %s\n", line)
		}
	}
	if report.Error != nil {
		t.sayFailure(report.Error)
	} else if wrong == 0 {
		fmt.Fprintln(t.Out, say("well", words("Host", report.Host)))
	}
	if len(well) > 0 {
		fmt.Fprintln(t.Out, say("passed", words("List", strings.Join(well, ", "))))
	}
}
