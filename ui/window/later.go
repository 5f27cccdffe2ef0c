package window

import (
	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/ui/widgets"
)

// later is a page that is built when somebody opens it: most people never do,
// and what it is made of has its fonts and pictures.
type later struct {
	build func() screen
	state *api.State // the newest; nil before the first
}

// made returns a page, built. nil where there is none of that name.
func (w *Window) made(name string) screen {
	waiting, ok := w.pages[name].(*later)
	if !ok {
		return w.pages[name]
	}
	page := waiting.build()
	if waiting.state != nil {
		page.Update(*waiting.state)
	}
	w.pages[name] = page
	return page
}

// Update implements screen.
func (l *later) Update(state api.State) { l.state = &state }

// The other methods are of a page that was never in view.

// Object implements screen.
func (l *later) Object() fyne.CanvasObject { return nil }

// FocusTarget implements screen.
func (l *later) FocusTarget() fyne.Focusable { return nil }

// Show implements screen.
func (l *later) Show() {}

// Hide implements screen.
func (l *later) Hide() {}

// Tick implements screen.
func (l *later) Tick() {}

// Help implements screen.
func (l *later) Help() []widgets.Topic { return nil }
