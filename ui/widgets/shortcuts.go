package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// TypedShortcut implements fyne.Shortcutable: what is no matter of text goes to
// the window, so that its shortcuts work while somebody types.
func (e *Entry) TypedShortcut(shortcut fyne.Shortcut) {
	if _, ours := shortcut.(*desktop.CustomShortcut); ours {
		if c, ok := fyne.CurrentApp().Driver().CanvasForObject(e).(fyne.Shortcutable); ok {
			c.TypedShortcut(shortcut)
			return
		}
	}
	e.Entry.TypedShortcut(shortcut)
}

// toWindow gives a key for which what has the keyboard has no use to the
// window that it is in.
func toWindow(key *fyne.KeyEvent) {
	for _, w := range fyne.CurrentApp().Driver().AllWindows() {
		if typed := w.Canvas().OnTypedKey(); typed != nil && w.Canvas().Focused() != nil {
			typed(key)
			return
		}
	}
}

// isHelp reports whether a key asks for help, which no widget answers itself.
func isHelp(key *fyne.KeyEvent) bool { return key.Name == fyne.KeyF1 }
