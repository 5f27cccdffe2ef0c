package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"torii/app/api"
	"torii/app/device"
	"torii/tunnel"
	"torii/tunnel/helper"
)

func (t *tool) statusCommand() *cobra.Command {
	var watch bool
	command := t.command("status", "cli.status.short", func(ctx context.Context, _ []string) error {
		return t.status(ctx, watch)
	})
	command.Args = arguments(0, "status takes no arguments")
	command.Flags().BoolVar(&watch, "watch", false, t.words.Text("cli.flag.watch"))
	return command
}

// status writes the state once, or each new one until the person interrupts.
func (t *tool) status(ctx context.Context, watch bool) error {
	client, err := t.reach(ctx)
	if err != nil {
		return err
	}
	if client == nil {
		t.show(t.withoutAgent(ctx))
		return exit{exitNotConnected}
	}
	defer client.Close()
	seen := false
	for state := range client.Watch(ctx) {
		t.show(state.Snapshot)
		if !watch {
			if state.Snapshot.State != tunnel.StateConnected {
				return exit{exitNotConnected}
			}
			return nil
		}
		seen = true
	}
	if ctx.Err() != nil && seen {
		return nil
	}
	return tunnel.Errorf(tunnel.CodeAgentMissing, "watch the state", "the agent ended")
}

// withoutAgent is the state where nothing runs.
func (t *tool) withoutAgent(ctx context.Context) tunnel.Snapshot {
	identity := device.Identify(ctx, api.Build, helper.New(helper.Options{Log: t.log}).SerialNumber)
	return tunnel.Snapshot{State: tunnel.StateDisconnected, Device: &identity}
}

// show writes a snapshot: a JSON object on one line, or for people.
func (t *tool) show(s tunnel.Snapshot) {
	if t.json {
		t.writeJSON(s)
		return
	}
	fmt.Fprint(t.Out, t.describe(s))
}

func (t *tool) writeJSON(value any) {
	text, err := json.Marshal(value)
	if err != nil { // our own types always marshal
		panic(err)
	}
	fmt.Fprintf(t.Out, "%s\n", text)
}

// describe is a snapshot for people: the state, then what is known, a line each.
func (t *tool) describe(s tunnel.Snapshot) string {
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %s: %s\n", t.words.Text("cli.status."+key), value)
		}
	}
	fmt.Fprintln(&b, t.stateLine(s))
	if s.Error != nil {
		line("error", s.Error.Message)
		line("remedy", s.Error.Remedy)
	}
	if s.State != tunnel.StateConnected {
		return b.String()
	}
	for _, note := range s.Notes {
		fmt.Fprintf(&b, "  %s\n", note.Message)
	}
	line("addresses", strings.Join(s.Addresses, ", "))
	line("transport", s.Cipher)
	line("secure_routes", strings.Join(s.SecureRoutes, ", "))
	line("non_secure_routes", strings.Join(s.NonSecureRoutes, ", "))
	line("dns", strings.Join(append(append([]string{}, s.DNS...), s.SearchDomains...), ", "))
	line("interface", s.Interface)
	line("proxy", s.Proxy)
	line("endpoint", s.GatewayEndpoint)
	line("since", s.Since.Format(time.DateTime))
	line("received", fmt.Sprintf("%d (%d)", s.BytesReceived, s.PacketsReceived))
	line("sent", fmt.Sprintf("%d (%d)", s.BytesSent, s.PacketsSent))
	return b.String()
}
