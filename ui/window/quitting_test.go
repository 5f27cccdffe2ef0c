package window

import (
	"testing"

	"fyne.io/fyne/v2"

	"torii/app/api"
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
