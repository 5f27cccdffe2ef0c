package editor

import (
	"fyne.io/fyne/v2"

	"torii/ui/theme"
)

// oldTLS lets one gateway speak TLS that others can break, and says so in red.
type oldTLS struct {
	card fyne.CanvasObject
	row  *switchRow
}

func newOldTLS(e *Editor) *oldTLS {
	o := &oldTLS{}
	lock := e.lock("old_tls")
	o.row = e.newToggle(e.text("old-tls.title"), "", nil, e.draft.entry.OldTLS, lock, func() { o.show(e) })
	o.card = lockedCard(lock, o.row.object)
	o.show(e)
	return o
}

func (o *oldTLS) show(e *Editor) {
	about, color := e.text("old-tls.off"), theme.ColorSecond
	if o.row.toggle.On() {
		about, color = e.text("old-tls.on"), theme.ColorBad
	}
	o.row.about.SetColor(color)
	o.row.about.SetText(about)
}

func (o *oldTLS) object() fyne.CanvasObject { return o.card }

func (o *oldTLS) check(bool) fyne.Focusable { return nil }

func (o *oldTLS) read(d *draft) { d.entry.OldTLS = o.row.toggle.On() }
