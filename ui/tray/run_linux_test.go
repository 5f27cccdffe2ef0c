package tray

import (
	"bytes"
	"image/png"
	"testing"
	"time"

	"torii/app/api"
	"torii/assets"
	"torii/tunnel"
)

// pixels are a mark's bytes as a StatusNotifierItem carries them: alpha, red,
// green and blue of each pixel.
func pixels(t *testing.T, mark assets.Mark) string {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(mark.Tray()))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			r, g, b, a := picture.At(x, y).RGBA()
			all = append(all, byte(a>>8), byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return string(all)
}

// TestTrayOnAPanel goes through a connection as a person does who only ever
// uses the tray.
func TestTrayOnAPanel(t *testing.T) {
	t.Parallel()
	address := startBus(t)
	panel := startPanel(t, address, true)
	program := startProgram(t, address)
	program.send(office(tunnel.Snapshot{State: tunnel.StateDisconnected}))
	eventually(t, "the icon registers", func() bool { return panel.registered() != "" })
	program.awaitShown(true)
	expect := func(labels string) {
		t.Helper()
		eventually(t, labels, func() bool { return panel.labels() == labels })
	}
	const tail = ", Connections, ✓Office, Lab__2, Open Torii, Statistics, Diagnostics, Settings, About, Quit"
	expect("(Not connected), Connect" + tail)
	if panel.tooltip() != "Not connected" || panel.property("ItemIsMenu") != false {
		t.Errorf("tooltip %q, ItemIsMenu %v", panel.tooltip(), panel.property("ItemIsMenu"))
	}
	if panel.icon() != pixels(t, assets.MarkDisconnected) {
		t.Error("the first icon is not the mark of a connection that is down")
	}

	panel.click("Connect")
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
		want := pixels(t, step.mark)
		eventually(t, "the icon of "+string(step.state), func() bool { return panel.icon() == want })
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

	panel.click("Lab__2")
	chosen := program.await("the choice reaches the agent", func(r report) bool { return r.Call == api.MethodChoose })
	if string(chosen.Params) != `{"entry":"2"}` {
		t.Errorf("chosen: %s", chosen.Params)
	}
	program.await("a failed click is told", func(r report) bool { return r.Failed == "entry.choose: that entry is gone" })
	if err := panel.bus.Object(panel.registered(), "/StatusNotifierItem").Call("org.kde.StatusNotifierItem.Activate", 0, int32(0), int32(0)).Err; err != nil {
		t.Errorf("click on the icon: %v", err)
	}
	program.await("a click on the icon opens the window", func(r report) bool { return r.Call == api.MethodOpenWindow })
	panel.click("終了")
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
	address := startBus(t)
	program := startProgram(t, address)
	program.send(office(tunnel.Snapshot{State: tunnel.StateConnected, Entry: "Office"}))
	program.awaitShown(false)

	panel := startPanel(t, address, false)
	eventually(t, "the icon registers with the late watcher", func() bool { return panel.registered() != "" })
	program.awaitShown(false) // a watcher that nobody looks at
	panel.host(true)
	program.awaitShown(true)
	eventually(t, "the menu", func() bool {
		return panel.labels() == "(Connected to Office), Disconnect, Connections, ✓Office, Lab__2, Open Torii, Statistics, Diagnostics, Settings, About, Quit"
	})
	panel.host(false)
	program.awaitShown(false)
	panel.host(true)
	program.awaitShown(true)
	panel.stop()
	program.awaitShown(false)

	again := startPanel(t, address, true)
	eventually(t, "the icon registers with the panel that came back", func() bool { return again.registered() != "" })
	program.awaitShown(true)
}

func TestAgentGone(t *testing.T) {
	t.Parallel()
	address := startBus(t)
	startPanel(t, address, true)
	program := startProgram(t, address)
	program.send(office(tunnel.Snapshot{State: tunnel.StateDisconnected}))
	program.awaitShown(true)
	program.input.Close()
	program.awaitResult("agent gone")
}
