package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"torii/app/api"
	"torii/tunnel"
)

// logTime is how the time of a line is written, of which the day matters little.
const logTime = "15:04:05.000"

func (t *tool) logsCommand() *cobra.Command {
	command := t.command("logs", "cli.logs.short", func(ctx context.Context, _ []string) error {
		client, err := t.reach(ctx)
		if err != nil {
			return err
		}
		if client == nil {
			return tunnel.Errorf(tunnel.CodeAgentMissing, "read the log", "no agent runs")
		}
		defer client.Close()
		return t.logs(ctx, client)
	})
	command.Args = arguments(0, "logs takes no arguments")
	return command
}

// logs writes the lines that the agent has, up to the one that was its last at
// the beginning: a log that grows faster than it is read ends too.
func (t *tool) logs(ctx context.Context, agent api.Agent) error {
	var after, last uint64
	for first := true; first || after < last; first = false {
		var page api.LogPage
		if err := agent.Call(ctx, api.MethodLogs, api.LogQuery{After: after}, &page); err != nil {
			return err
		}
		if first {
			last = page.Last
		}
		if len(page.Lines) == 0 {
			return nil
		}
		for _, line := range page.Lines {
			t.showLine(line)
		}
		after = page.Lines[len(page.Lines)-1].Number
	}
	return nil
}

// showLine writes a line: an object, or time, level and text.
func (t *tool) showLine(line api.LogLine) {
	if t.json {
		t.writeJSON(line)
		return
	}
	fmt.Fprintf(t.Out, "%s %-7s %s\n", line.Time.Local().Format(logTime), line.Level, plain(line.Text))
}
