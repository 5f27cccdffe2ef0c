package editor

import (
	"reflect"

	"torii/app/api"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// unfold is the card that shows and hides what is behind "Advanced".
type unfold struct {
	editor       *Editor
	card         *widgets.PressCard
	folded, open *widgets.Picture
}

func newUnfold(e *Editor) *unfold {
	u := &unfold{editor: e, folded: widgets.NewIcon("chevron", 18, theme.ColorSecond), open: widgets.NewIcon("unfold", 18, theme.ColorSecond)}
	words := widgets.NewColumn(1, widgets.NewText(widgets.Look{Bold: true}, e.text("advanced.title")), small(e.text("advanced.about")))
	u.card = widgets.NewPressCard(widgets.NewRow(theme.Between, 0, words, u.folded, u.open), func() { u.set(!u.editor.advanced.Visible()) })
	u.card.OnEscape = e.cancel
	u.set(special(e.draft.entry))
	return u
}

func (u *unfold) set(open bool) {
	setVisible(u.editor.advanced, open)
	setVisible(u.open, open)
	setVisible(u.folded, !open)
	u.card.Refresh()
	u.editor.relayout()
}

// special reports whether an entry has something behind "Advanced" that is not
// as usual, and so has to be seen.
func special(entry api.Entry) bool {
	usual := Fresh()
	return entry.Roaming != usual.Roaming || entry.Certificate != usual.Certificate || entry.OnDemand != nil || entry.IPsec != nil ||
		entry.UpstreamProxy != "" || entry.OldTLS || len(entry.AppRules) > 0 || !reflect.DeepEqual(entry.Locked, usual.Locked)
}
