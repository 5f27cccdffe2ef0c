package editor

import (
	"slices"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// certificate is which of the person's certificates is shown to the gateway
// (000, "Configure Certificate Use"). What there is to choose from comes a
// moment after the page has opened.
type certificate struct {
	editor  *Editor
	card    fyne.CanvasObject
	choice  *widgets.Select
	about   *Remark
	changed func()

	list    []api.Certificate
	listed  bool   // list has come
	trouble string // why it has not
}

func newCertificate(e *Editor) *certificate {
	c := &certificate{editor: e, about: NewRemark(), changed: func() {}}
	was := e.draft.entry.Certificate
	lock := e.lock("certificate")
	c.choice = e.newSelect(c.options(was), was, lock, func() {
		c.show()
		c.changed()
	})
	objects := []fyne.CanvasObject{titled(e.text("certificate.title"), nil), c.choice, c.about.Object}
	if file := e.draft.entry.ClientCertFile; file != "" {
		objects = append(objects, small(e.deps.Texts.Text("connections.editor.certificate.file", i18n.Values{"File": file})))
	}
	if lock != "" {
		objects = append(objects, newLock(lock))
	}
	c.card = widgets.NewCard(widgets.NewColumn(theme.Small, objects...))
	c.show()
	if e.deps.Certificates != nil {
		e.deps.Certificates(c.fill)
	}
	return c
}

// options are what can be chosen; a value that is not among it can be kept.
func (c *certificate) options(value string) []widgets.Option {
	all := []widgets.Option{
		{Value: api.CertificateDisabled, Label: c.editor.text("certificate.disabled")},
		{Value: api.CertificateAutomatic, Label: c.editor.text("certificate.automatic")},
	}
	for _, one := range c.list {
		all = append(all, widgets.Option{Value: one.Name, Label: one.Name})
	}
	if !slices.ContainsFunc(all, func(o widgets.Option) bool { return o.Value == value }) {
		all = append(all, widgets.Option{Value: value, Label: value})
	}
	return all
}

// fill takes over the certificates of the store, or why they cannot be had.
func (c *certificate) fill(list []api.Certificate, trouble string) {
	if c.editor.closed {
		return
	}
	c.list, c.trouble, c.listed = list, trouble, trouble == ""
	value := c.choice.Value()
	c.choice.SetOptions(c.options(value), value)
	c.show()
	c.editor.relayout()
}

// given reports whether a certificate is to be shown.
func (c *certificate) given() bool { return c.choice.Value() != api.CertificateDisabled }

// show says what the choice means.
func (c *certificate) show() {
	value := c.choice.Value()
	at := slices.IndexFunc(c.list, func(one api.Certificate) bool { return one.Name == value })
	fault, hint := "", "chosen"
	switch {
	case !c.given():
		hint = "none"
	case c.trouble != "":
		c.about.Say("", c.editor.deps.Texts.Text("connections.editor.certificate.unknown", i18n.Values{"Reason": c.trouble}))
		return
	case value == api.CertificateAutomatic && c.listed && len(c.list) == 0:
		hint = "empty"
	case value == api.CertificateAutomatic:
		hint = "choosing"
	case c.listed && at < 0:
		fault = "missing"
	case at >= 0 && c.list[at].Status == api.CertificateExpired:
		fault = "expired"
	}
	if fault != "" {
		c.about.Say(c.editor.text("certificate."+fault), "")
		return
	}
	c.about.Say("", c.editor.text("certificate."+hint))
}

func (c *certificate) object() fyne.CanvasObject { return c.card }

func (c *certificate) check(bool) fyne.Focusable { return nil }

func (c *certificate) read(d *draft) { d.entry.Certificate = c.choice.Value() }
