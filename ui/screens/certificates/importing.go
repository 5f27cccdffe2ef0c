package certificates

import (
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// importing is a file on its way into the store. What else the store wants for
// it comes up as it is wanted.
type importing struct {
	screen  *Certificates
	file    *widgets.Entry
	code    *widgets.Entry
	keep    *widgets.Select
	phrase  *widgets.Entry
	again   *widgets.Entry
	server  *widgets.Entry
	next    *widgets.Button
	trouble *widgets.Text
	ground  fyne.CanvasObject // of trouble

	keeping, secret, repeat, host fyne.CanvasObject // the fields that come up

	held bool // a call is under way
}

// Import leads through bringing in a file.
func (c *Certificates) Import() {
	c.opened, c.notice, c.coming = nil, "", newImporting(c)
	c.turn()
}

func newImporting(c *Certificates) *importing {
	i := &importing{screen: c}
	i.file, i.code, i.phrase, i.again, i.server = i.entry(false), i.entry(true), i.entry(true), i.entry(true), i.entry(false)
	i.file.SetPlaceHolder(c.text("import.file-example"))
	i.server.SetPlaceHolder(c.deps.Texts.Text("connections.editor.address-example"))
	i.keep = widgets.NewSelect([]widgets.Option{
		{Value: api.KeepUnderPassphrase, Label: c.text("import.keep-passphrase")},
		{Value: api.KeepInMemory, Label: c.text("import.keep-memory")},
	}, api.KeepUnderPassphrase)
	i.keep.OnEscape = c.Back
	i.keep.OnChosen = func(string) { i.stand() }
	i.keeping = widgets.NewLabelled(c.text("import.keep"), i.keep)
	i.secret = widgets.NewLabelled(c.text("import.passphrase"), i.phrase)
	i.repeat = widgets.NewLabelled(c.text("import.repeat"), i.again)
	i.host = widgets.NewLabelled(c.text("import.server"), i.server)
	for _, o := range []fyne.CanvasObject{i.keeping, i.secret, i.repeat, i.host} {
		o.Hide()
	}
	i.trouble = widgets.NewText(widgets.Look{Size: theme.SizeSecond}, "")
	i.ground = widgets.NewInset(10, widgets.NewBlock(theme.ColorTintAttention, theme.Corner), i.trouble)
	i.ground.Hide()
	i.next = c.button(widgets.Primary, c.text("import.next"), "", i.run)
	return i
}

// entry is a line to type in: Enter goes on, Esc leaves.
func (i *importing) entry(secret bool) *widgets.Entry {
	e := widgets.NewEntry(secret)
	e.OnEscape = i.screen.Back
	e.OnSubmitted = func(string) { i.run() }
	return e
}

// objects are what the page shows.
func (i *importing) objects() []fyne.CanvasObject {
	c := i.screen
	head := c.head(c.text("import.do"))
	c.first = i.file
	choose := c.button(widgets.Plain, c.text("import.choose"), "", func() {
		c.deps.Pick(func(path string) {
			if c.coming == i {
				i.file.SetText(path)
				c.deps.Canvas.Focus(i.code)
			}
		})
	})
	code := widgets.NewColumn(theme.Tight, widgets.NewLabelled(c.text("import.password"), i.code),
		widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond}, c.text("import.password-hint")))
	file := widgets.NewColumn(theme.Small, widgets.NewLabelled(c.text("import.file"), i.file), widgets.NewFlow(theme.Small, choose))
	card := widgets.NewCard(widgets.NewColumn(theme.Between, file, code, i.ground, i.keeping, i.secret, i.repeat, i.host))
	cancel := c.button(widgets.Plain, c.text("import.cancel"), "", c.Back)
	return []fyne.CanvasObject{head, second(c.text("import.about")), card, widgets.NewFlow(theme.Small, i.next, cancel)}
}

// say says what is wanted or wrong; "" hides it.
func (i *importing) say(words string) {
	i.trouble.SetText(words)
	setVisible(i.ground, words != "")
	i.stand()
}

// stand shows the fields that go with what was chosen.
func (i *importing) stand() {
	if i.keeping.Visible() {
		own := i.keep.Value() == api.KeepUnderPassphrase
		setVisible(i.secret, own)
		setVisible(i.repeat, own)
	}
	i.screen.page.Relayout()
}

// request is what is asked for by what was filled in; where something is wrong
// with it, in words, and the field that it is wrong in.
func (i *importing) request() (request api.ImportCertificates, trouble string, wrong fyne.Focusable) {
	c := i.screen
	request = api.ImportCertificates{File: strings.TrimSpace(i.file.Text), Password: i.code.Text}
	switch {
	case request.File == "":
		return request, c.text("import.no-file"), i.file
	case !filepath.IsAbs(request.File):
		return request, c.text("import.not-absolute"), i.file
	}
	if i.keeping.Visible() {
		request.Keep = i.keep.Value()
	}
	if i.secret.Visible() {
		request.Keep, request.Passphrase = api.KeepUnderPassphrase, i.phrase.Text
		switch {
		case request.Passphrase == "":
			return request, c.text("import.want-passphrase"), i.phrase
		case i.repeat.Visible() && i.again.Text != request.Passphrase:
			return request, c.text("import.differ"), i.again
		}
	}
	if i.host.Visible() {
		if request.Server = strings.TrimSpace(i.server.Text); request.Server == "" {
			return request, c.text("import.want-server"), i.server
		}
	}
	return request, "", nil
}

// run imports, or leads to what is missing.
func (i *importing) run() {
	c := i.screen
	if i.held || c.coming != i {
		return
	}
	request, trouble, wrong := i.request()
	if trouble != "" {
		i.say(trouble)
		c.deps.Canvas.Focus(wrong)
		return
	}
	i.hold(true)
	i.say("")
	imported := &api.ImportedCertificates{}
	c.deps.Call(api.MethodImportCertificates, request, imported, func(err error) {
		i.hold(false)
		switch {
		case err == nil && imported.Want == api.WantNothing:
			i.done(*imported)
		case c.coming != i: // the person has left
		case err != nil:
			i.say(c.explain(err))
		default:
			i.want(imported.Want)
		}
	})
}

// hold keeps the file from being imported twice.
func (i *importing) hold(held bool) {
	i.held = held
	i.next.SetDisabled(held)
	if held {
		i.next.SetText(i.screen.text("import.busy"))
	} else {
		i.next.SetText(i.screen.text("import.next"))
	}
}

// want brings up the field for what the store wants first.
func (i *importing) want(want api.Want) {
	field := i.code
	switch want {
	case api.WantPassword, api.WantOtherPassword:
	case api.WantKeep:
		i.keeping.Show()
		field = i.phrase
	case api.WantPassphrase:
		i.secret.Show()
		i.repeat.Show()
		field = i.phrase
	case api.WantOtherPassphrase: // the one that is there already is not made up
		i.keeping.Hide()
		i.repeat.Hide()
		i.secret.Show()
		field = i.phrase
	case api.WantServer:
		i.host.Show()
		field = i.server
	default: // of a newer agent
		i.say(i.screen.explain(tunnel.Errorf(tunnel.CodeUnsupported, "import the certificates", "the agent wants %q", want)))
		return
	}
	i.say(i.screen.text("import.want-" + string(want)))
	i.screen.deps.Canvas.Focus(field)
}

// done says what has come in, and shows where it is.
func (i *importing) done(imported api.ImportedCertificates) {
	c := i.screen
	var names []string
	for _, one := range imported.Added {
		names = append(names, one.Name)
		c.kind = one.Kind
	}
	c.notice = c.text("import.done", i18n.Values{"Names": strings.Join(names, ", ")})
	if imported.Left > 0 {
		c.notice += "\n" + c.text("import.left", i18n.Values{"Count": imported.Left})
	}
	if c.coming == i {
		c.coming = nil
		c.turn()
	}
	c.ask()
}

// setVisible shows or hides an object.
func setVisible(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}
