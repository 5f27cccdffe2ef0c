package tray

import (
	"testing"
	"time"

	"torii/app/api"
	"torii/assets"
	"torii/tunnel"
	"torii/ui/tray/traytest"
)

// TestTrayOnAPanel goes through a connection as a person does who only ever
// uses the tray.
func TestTrayOnAPanel(t *testing.T) {
	t.Parallel()
	address := traytest.StartBus(t)
	panel := traytest.StartPanel(t, address, true)
	program := startProgram(t, address)
	program.send(office(tunnel.Snapshot{State: tunnel.StateDisconnected}))
	traytest.Eventually(t, "the icon registers", func() bool { return panel.Registered() != "" })
	program.awaitShown(true)
	expect := func(labels string) {
		t.Helper()
		traytest.Eventually(t, labels, func() bool { return panel.Labels() == labels })
	}
	const tail = ", Connections, ✓Office, Lab__2, Open Torii, Statistics, Diagnostics, Settings, About, Quit"
	expect("(Not connected), Connect" + tail)
	if panel.Tooltip() != "Not connected" || panel.Property("ItemIsMenu") != false {
		t.Errorf("tooltip %q, ItemIsMenu %v", panel.Tooltip(), panel.Property("ItemIsMenu"))
	}
	if panel.Icon() != traytest.Pixels(t, assets.MarkDisconnected) {
		t.Error("the first icon is not the mark of a connection that is down")
	}

	panel.Click("Connect")
	program.await("Connect reaches the agent", func(r report) bool { return r.Call == api.MethodConnect })
	for _, step := range []struct {
		state tunnel.State
		mark  assets.Mark
		menu  string
	}{
		{tunnel.StateConnecting, assets.MarkConnecting, "(Connecting to Office), Cancel"},
		{tunnel.StateConnected, assets.MarkConnected, "(Connected to Office), Disconnect"},
		{tunnel.StateReconnecting, assets.MarkConnecting, "(Restoring the connection to Office), Cancel"},
		{tunnel.StateFailed, assets.MarkFailed, "(No connection to Office), Connect"},
	} {
		start := time.Now()
		program.send(office(tunnel.Snapshot{State: step.state, Entry: "Office"}))
		want := traytest.Pixels(t, step.mark)
		traytest.Eventually(t, "the icon of "+string(step.state), func() bool { return panel.Icon() == want })
		t.Logf("%s: the icon followed within %v", step.state, time.Since(start).Round(time.Millisecond))
		expect(step.menu + tail)
	}

	// Names come, go and are escaped; the agent's language counts.
	state := office(tunnel.Snapshot{State: tunnel.StateConnected, Entry: "Office"})
	state.Entries, state.Active = state.Entries[1:], "2"
	program.send(state)
	expect("(Connected to Office), Disconnect, Connections, ✓Lab__2, Open Torii, Statistics, Diagnostics, Settings, About, Quit")
	state.Language = "ja-JP"
	program.send(state)
	expect("(Office に接続済み), 切断, 接続先, ✓Lab__2, Torii を開く, 統計情報, 診断, 設定, バージョン情報, 終了")

	panel.Click("Lab__2")
	chosen := program.await("the choice reaches the agent", func(r report) bool { return r.Call == api.MethodChoose })
	if string(chosen.Params) != `{"entry":"2"}` {
		t.Errorf("chosen: %s", chosen.Params)
	}
	program.await("a failed click is told", func(r report) bool { return r.Failed == "entry.choose: that entry is gone" })
	panel.Activate()
	program.await("a click on the icon opens the window", func(r report) bool { return r.Call == api.MethodOpenWindow })
	panel.Click("終了")
	program.await("Quit reaches the agent", func(r report) bool { return r.Call == api.MethodQuit })
	program.awaitResult("ended")
}

func TestNoBus(t *testing.T) {
	t.Parallel()
	program := startProgram(t, "")
	program.awaitResult("no tray")
}

// TestPanelComesAndGoes starts without a panel, as GNOME does.
func TestPanelComesAndGoes(t *testing.T) {
	t.Parallel()
	address := traytest.StartBus(t)
	program := startProgram(t, address)
	program.send(office(tunnel.Snapshot{State: tunnel.StateConnected, Entry: "Office"}))
	program.awaitShown(false)

	panel := traytest.StartPanel(t, address, false)
	traytest.Eventually(t, "the icon registers with the late watcher", func() bool { return panel.Registered() != "" })
	program.awaitShown(false) // a watcher that nobody looks at
	panel.Host(true)
	program.awaitShown(true)
	traytest.Eventually(t, "the menu", func() bool {
		return panel.Labels() == "(Connected to Office), Disconnect, Connections, ✓Office, Lab__2, Open Torii, Statistics, Diagnostics, Settings, About, Quit"
	})
	panel.Host(false)
	program.awaitShown(false)
	panel.Host(true)
	program.awaitShown(true)
	panel.Stop()
	program.awaitShown(false)

	again := traytest.StartPanel(t, address, true)
	traytest.Eventually(t, "the icon registers with the panel that came back", func() bool { return again.Registered() != "" })
	program.awaitShown(true)
}

func TestAgentGone(t *testing.T) {
	t.Parallel()
	address := traytest.StartBus(t)
	traytest.StartPanel(t, address, true)
	program := startProgram(t, address)
	program.send(office(tunnel.Snapshot{State: tunnel.StateDisconnected}))
	program.awaitShown(true)
	program.input.Close()
	program.awaitResult("agent gone")
}
