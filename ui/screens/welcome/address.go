package welcome

import (
	"fyne.io/fyne/v2"

	"torii/ui/screens/connections/editor"
	"torii/ui/screens/connections/rules"
	"torii/ui/widgets"
)

// address is the second step: where is the gateway. What is typed is checked at
// once, and who answers there a moment later; neither keeps a well-written
// address from being taken.
func (w *Welcome) address() []fyne.CanvasObject {
	remark := editor.NewRemark()
	var typed *widgets.Entry
	say := func(late bool) {
		remark.Say(editor.CheckAddress(w.deps.Texts, typed.Text, late))
	}
	next := func() {
		if _, fault := rules.ParseAddress(typed.Text); fault != "" {
			say(true)
			w.page.Relayout()
			w.deps.Canvas.Focus(typed)
			return
		}
		w.goTo(stepConnect)
	}
	w.check = newCheck(w)
	typed = w.entry(w.draft.address, w.deps.Texts.Text("connections.editor.address-example"), func() {
		w.draft.address = typed.Text
		say(false)
		w.check.changed()
		w.page.Relayout()
	}, next)
	w.first = typed
	say(false)
	return []fyne.CanvasObject{
		w.head(w.text("address.title"), w.text("address.about")),
		widgets.NewColumn(6, widgets.NewLabelled(w.deps.Texts.Text("connections.editor.address"), typed), remark.Object),
		w.check.object, w.foot(w.button(widgets.Primary, w.text("next"), "", next)),
	}
}
