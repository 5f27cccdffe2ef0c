package connections

import (
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"torii/app/api"
	"torii/assets"
	"torii/i18n"
	"torii/ui/prompts"
	"torii/ui/screens/connections/editor"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Deps are what the screen needs.
type Deps struct {
	Texts *i18n.Catalogue
	// Canvas is where menus open.
	Canvas fyne.Canvas
	// Call makes a call to the agent without blocking. done is called later, on
	// the toolkit's goroutine, or never where the window has closed.
	Call func(method api.Method, params, result any, done func(error))
	// Explain puts an error of a call into words.
	Explain func(error) (message, remedy string)
	// Confirm asks before something is done that cannot be taken back.
	Confirm func(prompts.Confirmation)
	// Guide leads through the first connection step by step.
	Guide func()
}

// Connections is the screen.
type Connections struct {
	deps   Deps
	object *fyne.Container
	page   *widgets.Page
	list   *fyne.Container
	add    *widgets.Button
	hint   *widgets.Text
	notice *notice
	empty  *emptyCard
	editor *editor.Editor // nil while the list is shown

	state api.State
	known bool // a State has come
	lost  bool // the agent is gone

	rows     map[string]*row // by the entry's ID
	shown    []*row          // as they stand on the screen
	renaming *renameCard     // nil while nothing is renamed
	next     string          // ID of what is connected once the running connection has ended
}

// New builds the screen. It shows an empty page before the first Update.
func New(deps Deps) *Connections {
	c := &Connections{deps: deps, rows: map[string]*row{}}
	t := deps.Texts
	c.add = widgets.NewButton(widgets.Primary, t.Text("connections.add.do"), "plus", c.Add)
	c.notice = newNotice()
	c.empty = newEmptyCard(t, c.Add, deps.Guide)
	c.hint = widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond, Align: fyne.TextAlignCenter}, t.Text("connections.hint"))
	c.list = widgets.NewColumn(theme.Between)
	body := widgets.NewColumn(theme.Between, widgets.NewHead(t.Text("connections.title"), c.add), c.notice.object, c.empty.object, c.list, c.hint)
	c.page = widgets.NewPage(widgets.NewMiddle(body), fyne.NewSize(320, 320), nil)
	c.object = container.NewStack(c.page)
	c.render()
	return c
}

// Object is what stands in the window.
func (c *Connections) Object() fyne.CanvasObject { return c.object }

// FocusTarget is what has the keyboard when the screen is opened.
func (c *Connections) FocusTarget() fyne.Focusable {
	if c.editor != nil {
		return c.editor.FocusTarget()
	}
	if r := c.rows[c.state.Active]; r != nil {
		return r.card
	}
	if c.empty.object.Visible() {
		return c.empty.add
	}
	return c.add
}

// Update shows a new State, and connects what waited for the end of the
// running connection.
func (c *Connections) Update(state api.State) {
	shown := c.known && alike(c.state, state)
	c.state, c.known = state, true
	if !shown { // while connected a State a second comes, mostly with other counters only
		if c.editor != nil {
			c.editor.Update(state)
		}
		c.render()
	}
	c.goOn()
}

// alike reports whether two States look the same on this screen.
func alike(a, b api.State) bool {
	if a.Active != b.Active || len(a.Entries) != len(b.Entries) || !reflect.DeepEqual(a.Entries, b.Entries) {
		return false
	}
	for _, e := range a.Entries {
		if statusOf(a, e) != statusOf(b, e) {
			return false
		}
	}
	return true
}

// Show is called when the screen comes into view.
func (c *Connections) Show() {}

// Hide is called when another screen takes its place. What is being edited
// stays.
func (c *Connections) Hide() {}

// Tick is called about once a second; nothing here depends on the time.
func (c *Connections) Tick() {}

// Lost says that the agent is gone: nothing here can be done any more.
func (c *Connections) Lost() {
	c.lost, c.next = true, ""
	c.closeEditor()
	c.renaming = nil
	c.render()
}

// Help explains what is in view.
func (c *Connections) Help() []widgets.Topic {
	keys := []string{"open", "active", "enabled", "origin", "menu"}
	if c.editor != nil {
		keys = []string{"name", "address", "mode", "roaming", "certificate", "on-demand", "ipsec", "proxy"}
	}
	var all []widgets.Topic
	for _, key := range keys {
		key = "connections.help." + key
		all = append(all, widgets.Topic{Name: c.deps.Texts.Text(key + ".name"), Text: c.deps.Texts.Text(key + ".text")})
	}
	return all
}

// Add opens the editor for a new connection. What is being edited stays.
func (c *Connections) Add() {
	if c.editor == nil {
		c.edit(nil)
	}
}

// Edit opens the editor for an entry, by its ID. An entry that is gone is not
// edited.
func (c *Connections) Edit(id string) {
	if e, ok := c.entry(id); ok {
		c.edit(&e)
	}
}

func (c *Connections) edit(entry *api.Entry) {
	if c.lost || !c.known {
		return
	}
	c.closeEditor()
	c.forgetNotice()
	c.renaming = nil
	c.editor = editor.New(editor.Deps{
		Texts: c.deps.Texts, Canvas: c.deps.Canvas, Confirm: c.deps.Confirm, State: c.state, Entry: entry,
		Save: c.save, Done: c.closeEditor, Certificates: c.certificates,
	})
	c.page.Hide()
	c.object.Add(c.editor.Object())
	c.deps.Canvas.Focus(c.editor.FocusTarget())
}

// certificates lists the person's own certificates.
func (c *Connections) certificates(done func(list []api.Certificate, trouble string)) {
	list := &[]api.Certificate{}
	c.deps.Call(api.MethodCertificates, api.CertificateQuery{Kind: api.CertificateUser}, list, func(err error) {
		trouble := ""
		if err != nil {
			trouble, _ = c.deps.Explain(err)
		}
		done(*list, trouble)
	})
}

// save stores what was edited, a new entry where it has no ID.
func (c *Connections) save(entry api.Entry, done func(trouble string)) {
	method := api.MethodEditEntry
	if entry.ID == "" {
		method = api.MethodAddEntry
	}
	c.deps.Call(method, entry, &api.Entry{}, func(err error) {
		if err == nil {
			done("")
			return
		}
		message, remedy := c.deps.Explain(err)
		done(message + " " + remedy)
	})
}

// closeEditor shows the list again, with the keyboard where it was useful.
func (c *Connections) closeEditor() {
	if c.editor == nil {
		return
	}
	edited := c.editor.ID()
	c.object.Remove(c.editor.Object())
	c.editor = nil
	c.page.Show()
	c.render()
	if r := c.rows[edited]; r != nil {
		c.deps.Canvas.Focus(r.card)
		return
	}
	c.deps.Canvas.Focus(c.FocusTarget())
}

// entry finds an entry.
func (c *Connections) entry(id string) (api.Entry, bool) {
	at := slices.IndexFunc(c.state.Entries, func(e api.Entry) bool { return e.ID == id })
	if at < 0 {
		return api.Entry{}, false
	}
	return c.state.Entries[at], true
}

// order makes a call whose failure is said above the list.
func (c *Connections) order(method api.Method, params any) {
	c.deps.Call(method, params, nil, func(err error) { c.complain(err) })
}

// complain says above the list what a call came to, and reports whether there
// was something to say.
func (c *Connections) complain(err error) bool {
	if err == nil {
		return false
	}
	c.notice.say(c.deps.Explain(err))
	c.page.Relayout()
	c.page.ScrollToTop()
	return true
}

// forgetNotice takes the last trouble away, at the next press.
func (c *Connections) forgetNotice() {
	c.notice.say("", "")
	c.page.Relayout()
}

// render brings the page up to date.
func (c *Connections) render() {
	texts := c.deps.Texts
	if c.lost {
		c.notice.say(texts.Text("connections.lost.message"), texts.Text("connections.lost.remedy"))
	}
	c.add.SetDisabled(c.lost || !c.known)
	empty := c.known && !c.lost && len(c.state.Entries) == 0
	setVisible(c.empty.object, empty)
	setVisible(c.add, !empty)
	setVisible(c.hint, len(c.state.Entries) > 0 && !c.lost)
	if c.renaming != nil {
		if _, ok := c.entry(c.renaming.entry.ID); !ok {
			c.renaming = nil
		}
	}
	c.list.Objects = c.objects()
	c.list.Refresh()
	c.page.Relayout()
}

// objects are the headings and cards of the list. The cards of entries that
// were there before are kept, so that the keyboard stays where it is.
func (c *Connections) objects() []fyne.CanvasObject {
	rows := map[string]*row{}
	c.shown = nil
	var all []fyne.CanvasObject
	for _, g := range groups(c.state.Entries) {
		if words := g.heading(c.deps.Texts); words != "" {
			all = append(all, widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond, Bold: true}, words))
		}
		for _, e := range g.entries {
			r := c.rows[e.ID]
			if r == nil {
				r = c.newRow(e.ID)
			}
			s := statusOf(c.state, e)
			if c.lost { // whatever ran has ended with the agent
				s = status{mark: assets.MarkDisconnected, active: s.active, enabled: s.enabled}
			}
			r.show(e, s)
			r.card.SetDisabled(c.lost)
			r.more.SetDisabled(c.lost)
			rows[e.ID] = r
			if c.renaming != nil && c.renaming.entry.ID == e.ID {
				all = append(all, c.renaming.object)
				continue
			}
			c.shown = append(c.shown, r)
			all = append(all, r.card)
		}
	}
	c.rows = rows
	return all
}

// walk gives the keyboard to the card above or below another one.
func (c *Connections) walk(from *row, step int) {
	if at := slices.Index(c.shown, from) + step; at >= 0 && at < len(c.shown) {
		c.deps.Canvas.Focus(c.shown[at].card)
	}
}

// setVisible shows or hides an object.
func setVisible(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}
