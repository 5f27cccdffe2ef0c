package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"torii/app/api"
	"torii/app/autostart"
	"torii/app/settings"
	"torii/tunnel"
)

func (t *tool) settingsCommand() *cobra.Command {
	group := &cobra.Command{
		Use: "settings", Short: t.words.Text("cli.settings.short"),
		RunE: func(*cobra.Command, []string) error {
			return usageError("settings wants get or set")
		},
	}
	get := t.command("get [KEY]", "cli.settings.get", func(ctx context.Context, args []string) error {
		return t.getSettings(ctx, args)
	})
	get.Args = cobra.MaximumNArgs(1)
	set := t.command("set KEY VALUE", "cli.settings.set", func(ctx context.Context, args []string) error {
		return t.setSetting(ctx, api.SetSetting{Key: args[0], Value: args[1]})
	})
	set.Args = arguments(2, "settings set wants a key and a value")
	group.AddCommand(get, set)
	return group
}

// getSettings writes one setting, or all of them.
func (t *tool) getSettings(ctx context.Context, args []string) error {
	list, err := t.settings(ctx)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		if t.json {
			t.writeJSON(list)
			return nil
		}
		for _, s := range list {
			fmt.Fprintf(t.Out, "%s = %s\n", s.Key, s.Value)
		}
		return nil
	}
	for _, s := range list {
		if s.Key == args[0] {
			t.showSetting(s)
			return nil
		}
	}
	return tunnel.Errorf(tunnel.CodeNotFound, "read the setting", "there is no setting %q", args[0]).WithDetail(args[0])
}

func (t *tool) showSetting(s api.Setting) {
	if t.json {
		t.writeJSON(s)
		return
	}
	fmt.Fprintln(t.Out, s.Value)
}

// settings are the agent's, or the file's where no agent runs.
func (t *tool) settings(ctx context.Context) ([]api.Setting, error) {
	client, err := t.reach(ctx)
	if err != nil {
		return nil, err
	}
	if client == nil {
		return t.prefs.All(), nil
	}
	defer client.Close()
	state, err := first(ctx, client)
	return state.Settings, err
}

// setSetting changes a setting, by the agent where one runs.
func (t *tool) setSetting(ctx context.Context, request api.SetSetting) error {
	client, err := t.reach(ctx)
	if err != nil {
		return err
	}
	var changed api.Setting
	if client == nil {
		changed, err = t.setInFile(request)
	} else {
		defer client.Close()
		err = client.Call(ctx, api.MethodSet, request, &changed)
	}
	if err != nil {
		return err
	}
	t.showSetting(changed)
	return nil
}

// setInFile changes a setting where no agent runs, with what follows from it.
func (t *tool) setInFile(request api.SetSetting) (api.Setting, error) {
	changed, err := t.prefs.Set(request.Key, request.Value)
	if err == nil && changed.Key == settings.OpenAtLogin {
		err = autostart.Set(changed.Value == settings.On)
	}
	return changed, err
}

// first is the present State of an agent.
func first(ctx context.Context, agent api.Agent) (api.State, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	state, ok := <-agent.Watch(ctx)
	if !ok {
		return state, tunnel.Errorf(tunnel.CodeAgentMissing, "ask for the state", "the agent ended")
	}
	return state, nil
}
