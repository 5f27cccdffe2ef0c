package details

import (
	"reflect"
	"time"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Calls are the calls that the screen makes. None of them may block.
type Calls interface {
	// Traffic asks for the samples of the last hour. done is called later, on
	// the toolkit's goroutine, or never where the window has closed.
	Traffic(done func(api.Traffic, error))
	// Copy puts text on the clipboard.
	Copy(text string)
}

// Deps are what the screen needs.
type Deps struct {
	Texts *i18n.Catalogue
	Calls Calls
	// Explain puts an error of a call into words.
	Explain func(error) string
	Now     func() time.Time
	// Canvas is where sheets open.
	Canvas fyne.Canvas

	// relayout lays the page out again after something in it changed its height.
	relayout func()
}

// Details is the screen.
type Details struct {
	deps Deps
	page *widgets.Page

	state   api.State
	visible bool

	none      *noneCard
	graph     *graphCard
	facts     *factsCard
	notes     *notesCard
	secure    *routesCard
	nonSecure *routesCard
	copy      *widgets.Button
	praise    int // seconds for which the button still says "Copied"
}

// New builds the screen.
func New(deps Deps) *Details {
	d := &Details{}
	deps.relayout = func() {
		if d.page != nil {
			d.page.Relayout()
		}
	}
	d.deps = deps
	t := deps.Texts
	d.none = newNoneCard(deps)
	d.graph = newGraphCard(deps)
	d.facts = newFactsCard(deps)
	d.notes = newNotesCard(deps)
	d.secure = newRoutesCard(deps, t.Text("details.routes.secure"))
	d.nonSecure = newRoutesCard(deps, t.Text("details.routes.non-secure"))
	d.copy = widgets.NewButton(widgets.Plain, t.Text("details.copy.do"), "copy", d.copyAll)
	head := widgets.NewHead(t.Text("details.title"), d.copy)
	left := widgets.NewColumn(theme.Between, d.none.object, d.graph.object, d.notes.object, d.facts.connection)
	right := widgets.NewColumn(theme.Between, d.facts.statistics, d.secure.object, d.nonSecure.object)
	d.page = widgets.NewPage(widgets.NewBoard(head, left, right), fyne.NewSize(320, 320), nil)
	d.render()
	return d
}

// Object is what stands in the window.
func (d *Details) Object() fyne.CanvasObject { return d.page }

// FocusTarget is what has the keyboard when the screen is opened.
func (d *Details) FocusTarget() fyne.Focusable { return d.copy }

// Update shows a new State.
func (d *Details) Update(state api.State) {
	counted := onlyCounted(d.state, state)
	d.state = state
	if d.visible && !counted { // counters move with the clock: the window is drawn once a second then
		d.render()
	}
}

// onlyCounted reports whether two States differ by nothing but the counters.
func onlyCounted(a, b api.State) bool {
	if a.Snapshot.State != b.Snapshot.State {
		return false
	}
	for _, s := range []*api.State{&a, &b} {
		s.Revision, s.Snapshot.Revision, s.Snapshot.Stats = 0, 0, tunnel.Stats{}
	}
	return reflect.DeepEqual(a, b)
}

// count brings what moves by itself up to date.
func (d *Details) count() {
	if d.facts.show(d.view()) {
		d.page.Relayout()
	}
}

// Show is called when the screen comes into view.
func (d *Details) Show() {
	d.visible = true
	d.render()
	d.graph.begin()
}

// Hide is called when another screen takes its place.
func (d *Details) Hide() {
	d.visible = false
	d.graph.end()
}

// Tick is called about once a second and moves what depends on the time.
func (d *Details) Tick() {
	if !d.visible {
		return
	}
	if d.praise--; d.praise == 0 {
		d.copy.SetText(d.deps.Texts.Text("details.copy.do"))
		d.page.Relayout()
	}
	d.count()
	d.graph.tick()
}

// Help explains what is in view.
func (d *Details) Help() []widgets.Topic {
	t := d.deps.Texts
	var all []widgets.Topic
	for _, key := range []string{"graph", "server", "transport", "routes", "copy"} {
		all = append(all, widgets.Topic{Name: t.Text("details.help." + key + ".name"), Text: t.Text("details.help." + key + ".text")})
	}
	return all
}

// render brings every card up to date.
func (d *Details) render() {
	v := d.view()
	d.none.show(v)
	d.graph.show(v)
	d.facts.show(v)
	d.notes.show(v.Snapshot.Notes)
	routes, excluded := v.Snapshot.SecureRoutes, v.Snapshot.NonSecureRoutes
	if !v.up() {
		routes = nil
	}
	// 000, Statistics: what stays outside is told only where everything else
	// goes through the tunnel.
	if !v.up() || !v.full() {
		excluded = nil
	}
	d.secure.show(routes)
	d.nonSecure.show(excluded)
	d.page.Relayout()
}

func (d *Details) view() view { return view{State: d.state, now: d.deps.Now()} }

// copyAll puts everything that is known on the clipboard, as text.
func (d *Details) copyAll() {
	d.deps.Calls.Copy(d.view().text(d.deps.Texts))
	d.praise = 3
	d.copy.SetText(d.deps.Texts.Text("details.copy.done"))
	d.page.Relayout()
}

// view is a State at a moment.
type view struct {
	api.State
	now time.Time
}

// up reports whether there is a tunnel to tell about. While one is being
// mended its values still hold.
func (v view) up() bool {
	return v.Snapshot.State.Up() || v.Snapshot.State == tunnel.StateReconnecting && !v.Snapshot.Since.IsZero()
}

// full reports whether all traffic goes through the tunnel.
func (v view) full() bool {
	for _, r := range v.Snapshot.SecureRoutes {
		if r == "0.0.0.0/0" || r == "::/0" {
			return true
		}
	}
	return false
}

// entry is the entry that is connected.
func (v view) entry() api.Entry {
	for _, e := range v.Entries {
		if e.ID == v.Current {
			return e
		}
	}
	return api.Entry{}
}
