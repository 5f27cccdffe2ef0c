package editor

import (
	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/prompts"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Deps are what the page needs.
type Deps struct {
	Texts  *i18n.Catalogue
	Canvas fyne.Canvas
	// State is what is so when the page opens; Update brings later ones.
	State api.State
	// Entry is changed; nil makes a new one.
	Entry *api.Entry
	// Save stores the entry without blocking and calls done afterwards, with
	// words about what went wrong, or "".
	Save func(entry api.Entry, done func(trouble string))
	// Certificates lists the person's own certificates without blocking, and
	// calls done afterwards with words about what went wrong, or ""; nil has
	// none.
	Certificates func(done func(list []api.Certificate, trouble string))
	// Done is called when the page has done its work or is left.
	Done func()
	// Confirm asks before changes are thrown away.
	Confirm func(prompts.Confirmation)
}

// Editor is the page.
type Editor struct {
	deps   Deps
	object *fyne.Container
	page   *widgets.Page

	draft    *draft
	parts    []part
	basics   *basics
	demand   *onDemand
	advanced *fyne.Container // the cards behind "Advanced"
	unfold   *unfold
	trouble  *Remark
	buttons  []*widgets.Button

	dirty, held, closed bool
}

// draft is the entry as it is being made.
type draft struct {
	entry   api.Entry // as it was, or the defaults of a new one
	state   api.State
	running bool // its connection is up or on the way
}

// New builds the page.
func New(deps Deps) *Editor {
	e := &Editor{deps: deps, trouble: NewRemark()}
	e.draft = &draft{entry: Fresh(), state: deps.State}
	title := e.text("add")
	if deps.Entry != nil {
		e.draft.entry, title = *deps.Entry, e.text("edit")
		s := deps.State.Snapshot
		e.draft.running = deps.State.Current == deps.Entry.ID && (s.State.Up() || s.State.Busy())
	}
	e.basics = newBasics(e)
	way := newWay(e)
	certificate := newCertificate(e)
	e.demand = newOnDemand(e, certificate)
	certificate.changed = e.demand.refresh
	hidden := []part{newRoaming(e), certificate, e.demand, newIPsec(e), newUpstream(e), newOldTLS(e), newAppRules(e)}
	e.parts = append([]part{e.basics, way}, hidden...)
	var cards []fyne.CanvasObject
	for _, p := range hidden {
		cards = append(cards, p.object())
	}
	e.advanced = widgets.NewColumn(theme.Between, cards...)
	e.unfold = newUnfold(e)
	e.build(title, way)
	return e
}

// Fresh are the defaults of a new entry.
func Fresh() api.Entry {
	return api.Entry{Protocol: "anyconnect", Mode: tunnel.ModeTUN, Roaming: true, Origin: api.OriginUser}
}

// build puts the page together.
func (e *Editor) build(title string, way *way) {
	back := e.newButton(widgets.Quiet, "", "back", e.cancel)
	head := widgets.NewRow(theme.Small, 1, widgets.NewOutdent(6, back),
		widgets.NewText(widgets.Look{Size: theme.SizePage, Bold: true}, title))
	column := []fyne.CanvasObject{head}
	if e.draft.running {
		note := widgets.NewText(widgets.Look{Size: theme.SizeSecond}, e.text("running"))
		column = append(column, widgets.NewInset(10, widgets.NewBlock(theme.ColorTintAttention, theme.Corner), note))
	}
	column = append(column, e.basics.object(), way.object(), e.unfold.card, e.advanced)
	e.page = widgets.NewPage(widgets.NewMiddle(widgets.NewColumn(theme.Between, column...)), fyne.NewSize(320, 240), nil)

	e.buttons = []*widgets.Button{
		e.newButton(widgets.Primary, e.text("save"), "", e.save),
		e.newButton(widgets.Plain, e.text("cancel"), "", e.cancel),
	}
	foot := widgets.NewColumn(theme.Small, e.trouble.Object, widgets.NewFlow(theme.Small, e.buttons[0], e.buttons[1]))
	e.object = &fyne.Container{Layout: &footed{}, Objects: []fyne.CanvasObject{
		e.page, widgets.NewBlock(theme.ColorGround, 0), widgets.NewBlock(theme.ColorLine, 0), foot}}
}

// Object is what stands in the window.
func (e *Editor) Object() fyne.CanvasObject { return e.object }

// FocusTarget is what has the keyboard when the page opens: the first field
// that can be filled in.
func (e *Editor) FocusTarget() fyne.Focusable {
	for _, w := range []*widgets.Entry{e.basics.name, e.basics.address, e.basics.user} {
		if !w.Disabled() {
			return w
		}
	}
	return e.buttons[1]
}

// ID is the entry that is edited; "" for a new one.
func (e *Editor) ID() string { return e.draft.entry.ID }

// Update hears of a new State: another entry may have taken the name.
func (e *Editor) Update(state api.State) {
	e.draft.state = state
	e.basics.check(false)
	e.relayout()
}

// changed notes that there is something to lose.
func (e *Editor) changed() {
	e.dirty = true
	e.trouble.Say("", "")
}

// relayout lays the page out again after something became higher or lower.
func (e *Editor) relayout() {
	if e.page == nil { // still being built
		return
	}
	e.page.Relayout()
	e.object.Refresh()
}

// save stores what was filled in, or leads to the first field with a fault.
func (e *Editor) save() {
	if e.held || e.closed {
		return
	}
	for _, p := range e.parts {
		if wrong := p.check(true); wrong != nil {
			if p != part(e.basics) {
				e.unfold.set(true)
			}
			e.trouble.Say(e.text("look"), "")
			e.relayout()
			e.deps.Canvas.Focus(wrong)
			widgets.Reveal(e.deps.Canvas, wrong.(fyne.CanvasObject))
			return
		}
	}
	e.trouble.Say("", "")
	e.hold(true)
	e.deps.Save(e.read(), func(trouble string) {
		if e.closed {
			return
		}
		e.hold(false)
		if trouble != "" {
			e.trouble.Say(trouble, "")
			e.relayout()
			return
		}
		e.leave()
	})
}

// read is the entry as it was filled in. What no part knows stays as it was.
func (e *Editor) read() api.Entry {
	made := *e.draft
	for _, p := range e.parts {
		p.read(&made)
	}
	return made.entry
}

// hold keeps the page from being saved twice.
func (e *Editor) hold(held bool) {
	e.held = held
	e.buttons[0].SetDisabled(held)
}

// cancel leaves the page; where there is something to lose, it asks first.
func (e *Editor) cancel() {
	if e.closed {
		return
	}
	if !e.dirty {
		e.leave()
		return
	}
	e.deps.Confirm(prompts.Confirmation{
		Title: e.text("discard.title"), Message: e.text("discard.message"), Do: e.text("discard.do"), Then: e.leave,
	})
}

func (e *Editor) leave() {
	if !e.closed {
		e.closed = true
		e.deps.Done()
	}
}

// footed puts a foot with the buttons below a page that scrolls.
type footed struct{}

func (l *footed) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(320, objects[0].MinSize().Height+objects[3].MinSize().Height+2*theme.Between)
}

func (l *footed) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	page, ground, line, foot := objects[0], objects[1], objects[2], objects[3]
	const widest float32 = 640
	width := min(widest, size.Width-2*theme.Edge)
	height := widgets.HeightOf(foot, width)
	top := size.Height - height - 2*theme.Between
	page.Resize(fyne.NewSize(size.Width, top))
	ground.Move(fyne.NewPos(0, top))
	ground.Resize(fyne.NewSize(size.Width, size.Height-top))
	line.Move(fyne.NewPos(0, top))
	line.Resize(fyne.NewSize(size.Width, 1))
	foot.Move(fyne.NewPos((size.Width-width)/2, top+theme.Between))
	foot.Resize(fyne.NewSize(width, height))
}
