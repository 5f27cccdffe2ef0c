package editor

import (
	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
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

// certificate is which of the person's certificates is shown to the gateway.
type certificate struct {
	editor  *Editor
	card    fyne.CanvasObject
	choice  *widgets.Select
	tag     *widgets.Tag
	about   *Remark
	changed func()
}

func newCertificate(e *Editor) *certificate {
	c := &certificate{editor: e, tag: notYet(e.deps.Texts), about: NewRemark(), changed: func() {}}
	was := e.draft.entry.Certificate
	options := []widgets.Option{
		{Value: api.CertificateDisabled, Label: e.text("certificate.disabled")},
		{Value: api.CertificateAutomatic, Label: e.text("certificate.automatic")},
	}
	if was != api.CertificateDisabled && was != api.CertificateAutomatic {
		options = append(options, widgets.Option{Value: was, Label: was})
	}
	lock := e.lock("certificate")
	c.choice = e.newSelect(options, was, lock, func() {
		c.show()
		c.changed()
	})
	objects := []fyne.CanvasObject{titled(e.text("certificate.title"), c.tag), c.choice, c.about.Object}
	if file := e.draft.entry.ClientCertFile; file != "" {
		objects = append(objects, small(e.deps.Texts.Text("connections.editor.certificate.file", i18n.Values{"File": file})))
	}
	if lock != "" {
		objects = append(objects, newLock(lock))
	}
	c.card = widgets.NewCard(widgets.NewColumn(theme.Small, objects...))
	c.show()
	return c
}

// given reports whether a certificate is to be shown.
func (c *certificate) given() bool { return c.choice.Value() != api.CertificateDisabled }

func (c *certificate) show() {
	setVisible(c.tag.Object, c.given())
	about := c.editor.text("certificate.none")
	if c.given() {
		about = c.editor.text("certificate.kept")
	}
	c.about.Say("", about)
}

func (c *certificate) object() fyne.CanvasObject { return c.card }

func (c *certificate) check(bool) fyne.Focusable { return nil }

func (c *certificate) read(d *draft) { d.entry.Certificate = c.choice.Value() }

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
