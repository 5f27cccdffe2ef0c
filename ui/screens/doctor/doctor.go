package doctor

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/screens/connections/editor"
	"torii/ui/screens/connections/rules"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Deps are what the screen needs.
type Deps struct {
	Texts  *i18n.Catalogue
	Canvas fyne.Canvas
	// Diagnose has a server looked at without blocking, which takes up to half
	// a minute. done is called later, on the toolkit's goroutine, or never where
	// the window has closed.
	Diagnose func(request api.DoctorRequest, done func(api.DoctorReport, error))
	// Explain puts an error of a call into words.
	Explain func(error) (message, remedy string)
	// Copy puts text on the clipboard.
	Copy func(text string)
	// Leave returns to where the person came from.
	Leave func()
}

// Doctor is the screen.
type Doctor struct {
	deps   Deps
	object *fyne.Container
	page   *widgets.Page

	which   *widgets.Select // nil where there is no connection yet
	address *widgets.Entry
	field   *fyne.Container
	remark  *editor.Remark
	check   *widgets.Button
	copy    *widgets.Button
	result  *fyne.Container
	praise  int // seconds for which copy still says "Copied"

	entries []api.Entry
	active  string
	turn    int // of the look whose end is awaited
	busy    bool
	report  *api.DoctorReport // nil before the first look has ended
}

// another is the choice of an address that is typed.
const another = ""

// New builds the screen.
func New(deps Deps) *Doctor {
	d := &Doctor{deps: deps, object: container.NewStack()}
	t := deps.Texts
	d.address = widgets.NewEntry(false)
	d.address.SetPlaceHolder(t.Text("connections.editor.address-example"))
	d.address.OnEscape = deps.Leave
	d.address.OnSubmitted = func(string) { d.Check() }
	d.address.OnChanged = func(string) { d.hint(false) }
	d.remark = editor.NewRemark()
	d.field = widgets.NewColumn(5, widgets.NewLabelled(t.Text("check.address"), d.address), d.remark.Object)
	d.check = d.button(widgets.Primary, t.Text("check.do"), "", d.Check)
	d.copy = d.button(widgets.Plain, t.Text("check.copy.do"), "copy", d.copyAll)
	d.copy.Hide()
	d.result = widgets.NewColumn(theme.Between)
	d.build("")
	return d
}

// build puts the page together for the connections that there are.
func (d *Doctor) build(chosen string) {
	t := d.deps.Texts
	back := d.button(widgets.Quiet, "", "back", d.deps.Leave)
	head := widgets.NewRow(theme.Small, 1, widgets.NewOutdent(6, back),
		widgets.NewText(widgets.Look{Size: theme.SizePage, Bold: true}, t.Text("check.title")))
	form := widgets.NewColumn(theme.Between)
	d.which = nil
	if len(d.entries) > 0 {
		var options []widgets.Option
		for _, e := range d.entries {
			options = append(options, widgets.Option{Value: e.ID, Label: e.Name})
		}
		options = append(options, widgets.Option{Value: another, Label: t.Text("check.another")})
		d.which = widgets.NewSelect(options, chosen)
		d.which.OnEscape = d.deps.Leave
		d.which.OnChosen = func(string) { d.stand() }
		form.Add(widgets.NewLabelled(t.Text("check.which"), d.which))
	}
	form.Add(d.field)
	form.Add(widgets.NewFlow(theme.Small, d.check, d.copy))
	body := widgets.NewColumn(theme.Between, head, second(t.Text("check.about")), widgets.NewCard(form), d.result)
	d.page = widgets.NewPage(widgets.NewMiddle(body), fyne.NewSize(320, 320), nil)
	d.object.Objects = []fyne.CanvasObject{d.page}
	d.stand()
	d.object.Refresh()
}

// Object is what stands in the window.
func (d *Doctor) Object() fyne.CanvasObject { return d.object }

// FocusTarget is what has the keyboard when the screen is opened.
func (d *Doctor) FocusTarget() fyne.Focusable {
	if d.which == nil {
		return d.address
	}
	return d.check
}

// Update shows a new State: the connections to choose from.
func (d *Doctor) Update(state api.State) {
	before := d.chosen()
	same := len(before) > 0 && d.has(state.Entries, before)
	changed := len(state.Entries) != len(d.entries)
	for i := 0; !changed && i < len(state.Entries); i++ {
		changed = state.Entries[i].ID != d.entries[i].ID || state.Entries[i].Name != d.entries[i].Name
	}
	first := d.which == nil
	d.entries, d.active = state.Entries, state.Active
	if !changed {
		return
	}
	switch {
	case same:
		d.build(before)
	case first && d.address.Text == "":
		d.build(d.active)
	default:
		d.build(another)
	}
}

// has reports whether there is an entry with an ID.
func (d *Doctor) has(entries []api.Entry, id string) bool {
	for _, e := range entries {
		if e.ID == id {
			return true
		}
	}
	return false
}

// Show and Hide are called when the screen comes into view and leaves it.
func (d *Doctor) Show() {}

// Hide is called when another screen takes its place.
func (d *Doctor) Hide() {}

// Tick is called about once a second.
func (d *Doctor) Tick() {
	if d.praise--; d.praise == 0 {
		d.copy.SetText(d.deps.Texts.Text("check.copy.do"))
		d.page.Relayout()
	}
}

// Help explains what is in view.
func (d *Doctor) Help() []widgets.Topic {
	t := d.deps.Texts
	var all []widgets.Topic
	for _, key := range []string{"what", "who"} {
		all = append(all, widgets.Topic{Name: t.Text("check.help." + key + ".name"), Text: t.Text("check.help." + key + ".text")})
	}
	return all
}

// Examine looks at the server of a connection at once; "" is the active one.
func (d *Doctor) Examine(id string) {
	if id == "" {
		id = d.active
	}
	if !d.has(d.entries, id) {
		return
	}
	d.busy = false // what else was looked at is not awaited any more
	d.build(id)
	d.Check()
}

// chosen is the ID of the connection that is chosen; another for an address.
func (d *Doctor) chosen() string {
	if d.which == nil {
		return another
	}
	return d.which.Value()
}

// stand shows the field where an address is wanted.
func (d *Doctor) stand() {
	setVisible(d.field, d.chosen() == another)
	d.hint(false)
}

// hint says how the address is understood, or what is wrong with it.
func (d *Doctor) hint(late bool) {
	d.remark.Say(editor.CheckAddress(d.deps.Texts, d.address.Text, late))
	d.page.Relayout()
}

// Check looks at the server that is chosen.
func (d *Doctor) Check() {
	if d.busy {
		return
	}
	request := api.DoctorRequest{Entry: d.chosen()}
	host := ""
	if request.Entry == another {
		address, fault := rules.ParseAddress(d.address.Text)
		if fault != "" {
			d.hint(true)
			d.deps.Canvas.Focus(d.address)
			return
		}
		entry := editor.Fresh()
		entry.Name, entry.Host, entry.Port, entry.Path = address.Host, address.Host, address.Port, address.Path
		request.Target, host = &entry, address.Host
	}
	for _, e := range d.entries {
		if e.ID == request.Entry {
			host = e.Host
		}
	}
	d.look(request, host)
}

// look has a server looked at, and shows what came of it.
func (d *Doctor) look(request api.DoctorRequest, host string) {
	d.turn++
	turn := d.turn
	d.report = nil
	d.hold(true)
	d.show(d.looking(host))
	d.deps.Diagnose(request, func(report api.DoctorReport, err error) {
		if turn != d.turn { // another one is looked at by now
			return
		}
		d.hold(false)
		if err != nil {
			message, remedy := d.deps.Explain(err)
			d.show(d.failed(host, message, remedy))
			return
		}
		d.report = &report
		d.copy.Show()
		d.show(d.findings(report)...)
	})
}

// hold keeps a server from being looked at twice at once.
func (d *Doctor) hold(busy bool) {
	d.busy = busy
	d.check.SetDisabled(busy)
	if busy {
		d.copy.Hide()
	} else {
		d.check.SetText(d.deps.Texts.Text("check.again"))
	}
}

// show shows a result below the form.
func (d *Doctor) show(objects ...fyne.CanvasObject) {
	d.result.Objects = objects
	d.result.Refresh()
	d.page.Relayout()
}

// copyAll puts the report on the clipboard, as text.
func (d *Doctor) copyAll() {
	if d.report == nil {
		return
	}
	d.deps.Copy(d.written(*d.report))
	d.praise = 3
	d.copy.SetText(d.deps.Texts.Text("check.copy.done"))
	d.page.Relayout()
}

// button makes a button that Esc leaves by.
func (d *Doctor) button(rank widgets.Rank, text, icon string, do func()) *widgets.Button {
	b := widgets.NewButton(rank, text, icon, do)
	b.OnEscape = d.deps.Leave
	return b
}

// count says a number of findings.
func (d *Doctor) count(key string, n int) string {
	return d.deps.Texts.Text(key, i18n.Values{"Count": n, "Figures": strconv.Itoa(n)})
}

// second is a text of second rank.
func second(text string) *widgets.Text {
	return widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, text)
}

// setVisible shows or hides an object.
func setVisible(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}
