package connections

import (
	"strings"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/ui/screens/connections/editor"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// renameCard stands in the place of a row while its entry gets another name.
type renameCard struct {
	screen *Connections
	entry  api.Entry
	object fyne.CanvasObject
	name   *widgets.Entry
	remark *editor.Remark
	save   *widgets.Button
}

// rename lets the person type another name for an entry.
func (c *Connections) rename(e api.Entry) {
	texts := c.deps.Texts
	r := &renameCard{screen: c, entry: e, name: widgets.NewEntry(false), remark: editor.NewRemark()}
	r.name.Fill(e.Name)
	r.name.OnEscape = r.close
	r.name.OnSubmitted = func(string) { r.done() }
	r.name.OnChanged = func(string) { r.check(false) }
	r.save = widgets.NewButton(widgets.Primary, texts.Text("connections.rename.do"), "", r.done)
	cancel := widgets.NewButton(widgets.Plain, texts.Text("connections.rename.cancel"), "", r.close)
	r.save.OnEscape, cancel.OnEscape = r.close, r.close
	r.object = widgets.NewCard(widgets.NewColumn(theme.Small,
		widgets.NewLabelled(texts.Text("connections.editor.name"), r.name), r.remark.Object,
		widgets.NewFlow(theme.Small, r.save, cancel)))
	c.renaming = r
	r.check(false)
	c.render()
	c.deps.Canvas.Focus(r.name)
	r.name.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// check says what is wrong with the name, and reports whether it is right.
func (r *renameCard) check(late bool) bool {
	fault, hint := editor.CheckName(r.screen.deps.Texts, r.screen.state.Entries, r.entry.ID, r.name.Text)
	if fault != "" && !late && strings.TrimSpace(r.name.Text) == "" {
		fault = ""
	}
	r.remark.Say(fault, hint)
	r.screen.page.Relayout()
	return fault == ""
}

// done saves the name.
func (r *renameCard) done() {
	if r.save.Disabled() {
		return
	}
	if !r.check(true) {
		r.screen.deps.Canvas.Focus(r.name)
		return
	}
	name := strings.TrimSpace(r.name.Text)
	current, ok := r.screen.entry(r.entry.ID) // it may have changed meanwhile
	if !ok || name == current.Name {
		r.close()
		return
	}
	current.Name = name
	r.save.SetDisabled(true)
	r.screen.deps.Call(api.MethodEditEntry, current, &api.Entry{}, func(err error) {
		if err != nil {
			r.save.SetDisabled(false)
			message, remedy := r.screen.deps.Explain(err)
			r.remark.Say(message+" "+remedy, "")
			r.screen.page.Relayout()
			return
		}
		r.close()
	})
}

// close shows the row again.
func (r *renameCard) close() {
	c := r.screen
	if c.renaming != r {
		return
	}
	c.renaming = nil
	c.render()
	if row := c.rows[r.entry.ID]; row != nil {
		c.deps.Canvas.Focus(row.card)
	}
}
