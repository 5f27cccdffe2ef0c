package prompts

import (
	"net/url"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// EntryQuestion asks for a connection entry.
type EntryQuestion struct {
	// Entry is edited; nil asks for a new one.
	Entry *api.Entry
	// Save stores the entry without blocking and calls done afterwards.
	Save func(entry api.Entry, done func(error))
	// Delete is called when the person wants the entry gone; nil offers nothing.
	Delete func()
}

// editor is the sheet of an EntryQuestion.
type editor struct {
	prompts  *Prompts
	question EntryQuestion
	entry    api.Entry

	name, address, user *widgets.Entry
	mode                *widgets.Select
	trouble             *note
	sheet               *widgets.Sheet
	buttons             []*widgets.Button
}

// EditEntry shows the editor.
func (p *Prompts) EditEntry(question EntryQuestion) {
	texts := p.deps.Texts
	e := &editor{
		prompts: p, question: question, trouble: newNote(theme.ColorTintBad),
		name: widgets.NewEntry(false), address: widgets.NewEntry(false), user: widgets.NewEntry(false),
	}
	e.entry = api.Entry{Protocol: "anyconnect", Mode: tunnel.ModeTUN, Roaming: true, Origin: api.OriginUser}
	title := texts.Text("prompt.entry.add")
	if question.Entry != nil {
		e.entry, title = *question.Entry, texts.Text("prompt.entry.edit")
	}
	e.name.Fill(e.entry.Name)
	e.address.Fill(address(e.entry))
	e.user.Fill(e.entry.User)
	e.name.SetPlaceHolder(texts.Text("prompt.entry.name-example"))
	e.address.SetPlaceHolder(texts.Text("prompt.entry.address-example"))
	e.mode = widgets.NewSelect([]widgets.Option{
		{Value: string(tunnel.ModeTUN), Label: texts.Text("prompt.entry.mode-tun")},
		{Value: string(tunnel.ModeProxy), Label: texts.Text("prompt.entry.mode-proxy")},
	}, string(e.entry.Mode))
	for _, field := range []*widgets.Entry{e.name, e.address, e.user} {
		field.OnEscape = p.closeOwn
		field.OnSubmitted = func(string) { e.save() }
	}
	e.mode.OnEscape = p.closeOwn

	body := widgets.NewColumn(theme.Between, e.trouble.object,
		widgets.NewLabelled(texts.Text("prompt.entry.name"), e.name),
		widgets.NewLabelled(texts.Text("prompt.entry.address"), e.address),
		widgets.NewLabelled(texts.Text("prompt.entry.user"), e.user),
		widgets.NewLabelled(texts.Text("prompt.entry.mode"), e.mode))
	e.sheet = widgets.NewSheet(heading(title), body, e.foot())
	p.openOwn(e.sheet, e.name)
}

// foot makes the buttons.
func (e *editor) foot() fyne.CanvasObject {
	p, texts := e.prompts, e.prompts.deps.Texts
	e.buttons = []*widgets.Button{
		widgets.NewButton(widgets.Primary, texts.Text("prompt.entry.save"), "", e.save),
		widgets.NewButton(widgets.Plain, texts.Text("prompt.cancel"), "", p.closeOwn),
	}
	if e.question.Delete != nil {
		e.buttons = append(e.buttons, widgets.NewButton(widgets.Quiet, texts.Text("prompt.entry.delete"), "", func() {
			p.closeOwn()
			e.question.Delete()
		}))
	}
	var row []fyne.CanvasObject
	for _, b := range e.buttons {
		b.OnEscape = p.closeOwn
		row = append(row, b)
	}
	return widgets.NewFlow(theme.Small, row...)
}

// save stores what was typed, or says what is wrong with it.
func (e *editor) save() {
	p := e.prompts
	if e.buttons[0].Disabled() {
		return // on its way
	}
	entry, fault := e.read()
	if fault != "" {
		e.complain(p.deps.Texts.Text("prompt.entry.error." + fault))
		return
	}
	e.hold(true)
	e.question.Save(entry, func(err error) {
		switch {
		case p.own == nil || p.own.sheet != e.sheet: // closed meanwhile
		case err != nil:
			e.hold(false)
			e.complain(p.deps.Explain(err))
		default:
			p.closeOwn()
		}
	})
}

func (e *editor) complain(words string) {
	e.trouble.say(words)
	e.sheet.Relayout()
}

func (e *editor) hold(held bool) {
	for _, b := range e.buttons {
		b.SetDisabled(held)
	}
}

// read takes the entry out of the fields. fault names what is wrong with it in
// the catalogue; "" is nothing.
func (e *editor) read() (entry api.Entry, fault string) {
	entry = e.entry
	entry.Name = strings.TrimSpace(e.name.Text)
	entry.User = strings.TrimSpace(e.user.Text)
	entry.Mode = tunnel.Mode(e.mode.Value())
	if entry.Name == "" {
		return entry, "name"
	}
	for _, other := range e.prompts.state.Entries {
		if other.ID != entry.ID && strings.EqualFold(other.Name, entry.Name) {
			return entry, "taken"
		}
	}
	if !setAddress(&entry, e.address.Text) {
		return entry, "address"
	}
	return entry, ""
}

// setAddress parses what a person types for a server: a name or an address,
// with or without https://, a port, and the path of a group URL. It reports
// whether the text is one.
func setAddress(entry *api.Entry, text string) bool {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		if strings.Count(text, ":") > 1 && !strings.ContainsAny(text, "[]/") {
			text = "[" + text + "]" // a bare IPv6 address
		}
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(u.Hostname(), " \t") {
		return false
	}
	port := uint64(0)
	if u.Port() != "" {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
			return false
		}
	}
	entry.Host, entry.Port, entry.Path = u.Hostname(), uint16(port), u.RequestURI()
	if entry.Path == "/" {
		entry.Path = ""
	}
	return true
}

// address is the opposite of setAddress.
func address(entry api.Entry) string {
	host := entry.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if entry.Port != 0 {
		host += ":" + strconv.Itoa(int(entry.Port))
	}
	return host + entry.Path
}
