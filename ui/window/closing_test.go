package window

import (
	"testing"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets/widgettest"
)

// TestTrayAsksWhetherToQuit: the tray's Quit raises the window with PageQuit,
// also a window that is started by it.
func TestTrayAsksWhetherToQuit(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	state := uitest.Connected()
	state.Raise, state.Page = 1, api.PageQuit
	b.show(state)
	if !b.says(b.texts.Text("nav.quit.title")) || b.page != pageHome {
		t.Fatalf("%s says %q", b.page, widgettest.Texts(b.window.Canvas()))
	}
	widgettest.Key(t, b.window.Canvas(), fyne.KeyEscape)
	b.show(state)
	if b.prompts.Open() {
		t.Error("who said no is asked again without a wish")
	}

	// Whatever the window was asking gives way.
	(&actions{b.Window}).ChooseEntry("e2")
	state.Raise = 2
	b.show(state)
	b.press(b.texts.Text("nav.quit.do"))
	b.wantCall(api.MethodQuit, nil)
}

// TestUnopenedIsSaid: what a start of torii was given and could not be opened
// is said on Home, once.
func TestUnopenedIsSaid(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.show(uitest.Disconnected())
	b.open(pageSettings)
	state := uitest.Disconnected()
	state.Raise, state.Page = 1, pageHome
	state.Unopened = &tunnel.Failure{Message: "Torii cannot open office.xyz yet.", Remedy: "It opens links."}
	b.show(state)
	if b.page != pageHome || !b.says("Torii cannot open office.xyz yet.") || !b.says("It opens links.") {
		t.Errorf("%s says %q", b.page, widgettest.Texts(b.window.Canvas()))
	}
}
