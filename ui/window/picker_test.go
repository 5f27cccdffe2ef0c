package window

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
	"torii/ui/uitest"
	"torii/ui/widgets/widgettest"
)

// TestFileIsChosenInTheWindow by the toolkit's dialog, which fits into it.
func TestFileIsChosenInTheWindow(t *testing.T) {
	b := newBench(t, theme.Light, "en")
	b.answers()
	b.show(with(uitest.Disconnected()))
	b.open(pageCertificates)
	b.Window.certificates.Import()
	for _, size := range []fyne.Size{{Width: 420, Height: 640}, {Width: 360, Height: 520}} {
		b.resize(size)
		b.press("Choose a file…")
		popup := widgettest.Find(t, b.window.Canvas(), func(*widget.PopUp) bool { return true })
		if at, to := popup.Position(), popup.Position().Add(popup.Size()); at.X < 0 || at.Y < 0 || to.X > size.Width || to.Y > size.Height {
			t.Errorf("in a window of %v it reaches from %v to %v", size, at, to)
		}
		test.Tap(widgettest.Find(t, b.window.Canvas(), func(x *widget.Button) bool { return x.Text == "Cancel" }))
		if b.window.Canvas().Overlays().Top() != nil {
			t.Error("it cannot be left")
		}
		b.press("Choose a file…")
		b.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if b.window.Canvas().Overlays().Top() != nil || !b.says("Authentication code") {
			t.Error("Esc leaves more, or less, than the dialog")
		}
	}
}
