package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"torii/app/api"
	"torii/app/links"
	"torii/i18n"
	"torii/tunnel"
)

func (t *tool) uriCommand() *cobra.Command {
	group := &cobra.Command{
		Use: "uri", Short: t.words.Text("cli.uri.short"),
		RunE: func(*cobra.Command, []string) error { return usageError("uri wants explain or run") },
	}
	explain := t.command("explain LINK", "cli.uri.explain", func(_ context.Context, args []string) error {
		text, err := t.link(args[0])
		if err != nil {
			return err
		}
		link, err := links.Parse(text)
		if err != nil {
			return err
		}
		if t.json {
			t.writeJSON(explained(link))
			return nil
		}
		for _, line := range t.explainLink(link) {
			fmt.Fprintln(t.Out, line)
		}
		return nil
	})
	explain.Args = arguments(1, "uri explain wants a link, or - to read one")
	run := t.command("run LINK", "cli.uri.run", func(ctx context.Context, args []string) error {
		text, err := t.link(args[0])
		if err != nil {
			return err
		}
		return t.runLink(ctx, text)
	})
	run.Args = arguments(1, "uri run wants a link, or - to read one")
	group.AddCommand(explain, run)
	return group
}

// link is the link that is given, or with "-" the first line of standard
// input: everybody on the machine can read a command's arguments.
func (t *tool) link(argument string) (string, error) {
	if argument != "-" {
		return argument, nil
	}
	const longest = 16 << 10
	line, err := bufio.NewReader(io.LimitReader(t.In, longest)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("read the link: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// runLink has the agent carry a link out.
func (t *tool) runLink(ctx context.Context, text string) error {
	if _, err := links.Parse(text); err != nil {
		return err // before anybody else is bothered with it
	}
	client, err := t.reach(ctx)
	if err != nil {
		return err
	}
	if client == nil {
		return tunnel.Errorf(tunnel.CodeAgentMissing, "carry the link out", "no agent runs")
	}
	defer client.Close()
	return client.Call(ctx, api.MethodLink, api.LinkRequest{Link: text}, nil)
}

// explainLink says in lines what a link would do. Of what it fills into a form
// only the names of the fields are said.
func (t *tool) explainLink(link *links.Link) []string {
	say := func(key string, values i18n.Values) string { return t.words.Text("cli.uri."+key, values) }
	var lines []string
	switch link.Action {
	case links.ActionCreate:
		lines = append(lines, say("create", i18n.Values{"Name": link.Entry.Name, "Host": serverOf(link.Entry)}))
	case links.ActionConnect:
		name := link.Name
		if name == "" {
			name = link.Target.Name
		}
		lines = append(lines, say("connect", words("Name", name)))
	case links.ActionDisconnect, links.ActionClose:
		lines = append(lines, say(string(link.Action), nil))
	case links.ActionImport:
		from := link.Host
		if link.Source != nil {
			from = link.Source.Redacted()
		}
		lines = append(lines, say("import."+string(link.Import), words("From", from)))
	}
	if fields := filled(link); len(fields) > 0 {
		lines = append(lines, say("prefill", words("Fields", strings.Join(fields, ", "))))
	}
	if link.OnSuccess != nil || link.OnError != nil {
		lines = append(lines, say("pages", nil))
	}
	return lines
}

// filled names the fields that a link fills in.
func filled(link *links.Link) []string { return slices.Sorted(maps.Keys(link.Prefill)) }

// explained is a link as JSON, without its secrets.
func explained(link *links.Link) map[string]any {
	all := map[string]any{"action": link.Action}
	put := func(key string, value string) {
		if value != "" {
			all[key] = value
		}
	}
	switch link.Action {
	case links.ActionCreate:
		all["entry"] = link.Entry
	case links.ActionConnect:
		put("name", link.Name)
		put("host", link.Target.Name)
	}
	if fields := filled(link); len(fields) > 0 {
		all["prefill"] = fields
	}
	put("type", string(link.Import))
	if link.Source != nil {
		put("uri", link.Source.Redacted())
	}
	put("lang", link.Language)
	put("host", link.Host)
	if link.OnSuccess != nil {
		put("onsuccess", link.OnSuccess.Redacted())
	}
	if link.OnError != nil {
		put("onerror", link.OnError.Redacted())
	}
	return all
}
