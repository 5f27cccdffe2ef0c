package editor

import (
	"fyne.io/fyne/v2"

	"torii/ui/theme"
	"torii/ui/widgets"
)

// roaming is Network Roaming.
type roaming struct {
	card fyne.CanvasObject
	row  *switchRow
}

func newRoaming(e *Editor) *roaming {
	r := &roaming{}
	lock := e.lock("roaming")
	r.row = e.newToggle(e.text("roaming.title"), "", nil, e.draft.entry.Roaming, lock, func() { r.show(e) })
	r.card = lockedCard(lock, r.row.object)
	r.show(e)
	return r
}

func (r *roaming) show(e *Editor) {
	about := e.text("roaming.off")
	if r.row.toggle.On() {
		about = e.text("roaming.on")
	}
	r.row.about.SetText(about)
}

func (r *roaming) object() fyne.CanvasObject { return r.card }

func (r *roaming) check(bool) fyne.Focusable { return nil }

func (r *roaming) read(d *draft) { d.entry.Roaming = r.row.toggle.On() }

// lockedCard is a card that says at its foot why it cannot be changed.
func lockedCard(lock string, objects ...fyne.CanvasObject) fyne.CanvasObject {
	if lock != "" {
		objects = append(objects, newLock(lock))
	}
	return widgets.NewCard(widgets.NewColumn(theme.Between, objects...))
}

// appRules are the programs that may use a connection; nobody changes them
// here.
type appRules struct{ card fyne.CanvasObject }

func newAppRules(e *Editor) *appRules {
	list := e.draft.entry.AppRules
	if len(list) == 0 {
		return &appRules{widgets.NewCard(widgets.NewColumn(2, titled(e.text("app-rules.title"), nil), small(e.text("app-rules.none"))))}
	}
	objects := []fyne.CanvasObject{titled(e.text("app-rules.title"), notYet(e.deps.Texts)), small(e.text("app-rules.about"))}
	for _, app := range list {
		objects = append(objects, widgets.NewText(widgets.Look{Size: theme.SizeSecond, Mono: true}, app))
	}
	return &appRules{widgets.NewCard(widgets.NewColumn(theme.Small, append(objects, newLock(e.lockedBy()))...))}
}

func (a *appRules) object() fyne.CanvasObject { return a.card }

func (a *appRules) check(bool) fyne.Focusable { return nil }

func (a *appRules) read(*draft) {}
