package settings

import (
	"reflect"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Calls are the calls that the screen makes. None of them may block; each
// done is called later, on the toolkit's goroutine, or never where the window
// has closed.
type Calls interface {
	// Set changes a setting and brings back what it is then.
	Set(key, value string, done func(api.Setting, error))
	// System asks for the system information.
	System(done func([]api.Fact, error))
	// OpenAbout shows the screen About.
	OpenAbout()
}

// Deps are what the screen needs.
type Deps struct {
	Texts *i18n.Catalogue
	Calls Calls
	// Explain puts an error of a call into words.
	Explain func(error) string
	// Canvas is where menus open.
	Canvas fyne.Canvas
	// Draws reports whether a text can be drawn with the fonts that there are;
	// nil is that every one can.
	Draws func(text string) bool
	// NoFont says in English that no font here is for the chosen language; ""
	// where there is one.
	NoFont string
}

// group is a card of settings.
type group struct {
	name string // "settings.group.<name>"
	keys []string
}

// groups are the cards, in their order. A setting that no group has is shown
// on the last one, under its key: a newer agent may have more of them.
func groups() []group {
	return []group{
		{"security", []string{"block-untrusted-servers", "external-control", "revocation", "fips-mode"}},
		{"start", []string{"open-at-login", "connect-when-opened", "close-window"}},
		{"display", []string{"language", "theme"}},
		{"notifications", []string{"notify-lost", "notify-reconnected", "notify-needs-you", "notify-expiry", "notify-failed"}},
	}
}

// notYet reports whether a setting is kept but has no effect so far.
func notYet(key string) bool {
	switch key {
	case "fips-mode":
		return true
	}
	return false
}

// elsewhere are settings that another screen has.
func elsewhere(key string) bool { return key == "debug-logs" }

// Settings is the screen.
type Settings struct {
	deps  Deps
	page  *widgets.Page
	left  *fyne.Container
	right *fyne.Container
	about *widgets.PressCard

	rows   map[string]*row
	order  []string // the keys that the rows are of
	stored *storedCard
	state  api.State
}

// New builds the screen. Its settings come with the first State.
func New(deps Deps) *Settings {
	s := &Settings{deps: deps, rows: map[string]*row{}}
	t := deps.Texts
	s.stored = newStoredCard(deps, func() { s.page.Relayout() })
	s.about = widgets.NewPressCard(widgets.NewRow(theme.Between, 1,
		widgets.NewIcon("info", 20, theme.ColorSecond),
		widgets.NewColumn(1, widgets.NewText(widgets.Look{Bold: true}, t.Text("settings.about.name")),
			widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, t.Text("settings.about.text"))),
		widgets.NewIcon("chevron", 18, theme.ColorSecond)), deps.Calls.OpenAbout)
	s.left, s.right = widgets.NewColumn(theme.Edge), widgets.NewColumn(theme.Edge)
	s.page = widgets.NewPage(widgets.NewBoard(widgets.NewHead(t.Text("settings.title")), s.left, s.right), fyne.NewSize(320, 320), nil)
	s.build()
	return s
}

// Object is what stands in the window.
func (s *Settings) Object() fyne.CanvasObject { return s.page }

// FocusTarget is what has the keyboard when the screen is opened.
func (s *Settings) FocusTarget() fyne.Focusable {
	if r := s.rows["block-untrusted-servers"]; r != nil && r.toggle != nil {
		return r.toggle
	}
	return s.about
}

// Show is called when the screen comes into view.
func (s *Settings) Show() { s.stored.ask() }

// Hide is called when another screen takes its place.
func (s *Settings) Hide() {}

// Tick is called about once a second; nothing here depends on the time.
func (s *Settings) Tick() {}

// Update shows a new State.
func (s *Settings) Update(state api.State) {
	known := len(s.rows) > 0 && reflect.DeepEqual(s.state.Settings, state.Settings)
	s.state = state
	if known { // while connected a State a second comes, with other counters only
		return
	}
	if s.unlike(state.Settings) {
		s.build()
	}
	for _, setting := range state.Settings {
		if r := s.rows[setting.Key]; r != nil {
			r.show(setting)
		}
	}
	s.page.Relayout()
}

// Place is where the person is on the screen: how far it is scrolled, and the
// key of the setting that has the keyboard, "" for none.
func (s *Settings) Place() (offset float32, key string) {
	for k, r := range s.rows {
		if r.toggle != nil && r.toggle.Focused() || r.chooser != nil && r.chooser.Focused() {
			key = k
		}
	}
	return s.page.Offset(), key
}

// Return brings the person back to a Place after the screen was built anew.
func (s *Settings) Return(offset float32, key string) {
	s.page.ScrollTo(offset)
	switch r := s.rows[key]; {
	case r == nil:
	case r.toggle != nil:
		s.deps.Canvas.Focus(r.toggle)
	default:
		s.deps.Canvas.Focus(r.chooser)
	}
}

// unlike reports whether there are other settings than there are rows.
func (s *Settings) unlike(settings []api.Setting) bool {
	var keys []string
	for _, setting := range settings {
		if !elsewhere(setting.Key) {
			keys = append(keys, setting.Key)
		}
	}
	if len(keys) != len(s.order) {
		return true
	}
	for i, key := range keys {
		if s.order[i] != key {
			return true
		}
	}
	return false
}

// build makes the cards for the settings that there are.
func (s *Settings) build() {
	t := s.deps.Texts
	s.rows, s.order = map[string]*row{}, nil
	known := map[string]api.Setting{}
	for _, setting := range s.state.Settings {
		if !elsewhere(setting.Key) {
			known[setting.Key] = setting
			s.order = append(s.order, setting.Key)
		}
	}
	var cards []fyne.CanvasObject
	card := func(name string, keys []string) {
		var objects []fyne.CanvasObject
		for _, key := range keys {
			if setting, ok := known[key]; ok {
				s.rows[key] = newRow(s.deps, setting, func() { s.page.Relayout() })
				objects = append(objects, s.rows[key].object)
			}
		}
		if len(objects) > 0 {
			cards = append(cards, widgets.NewTitled(t.Text("settings.group."+name), widgets.NewCard(widgets.NewDivided(11, objects...))))
		}
	}
	for _, g := range groups() {
		card(g.name, g.keys)
	}
	var others []string
	for _, key := range s.order {
		if s.rows[key] == nil {
			others = append(others, key)
		}
	}
	card("others", others)
	s.place(cards)
}

// place puts the cards on the two sides of the screen.
func (s *Settings) place(cards []fyne.CanvasObject) {
	half := min(len(cards), 2)
	s.left.Objects = cards[:half]
	s.right.Objects = append(append([]fyne.CanvasObject{}, cards[half:]...), s.stored.object, s.about)
	s.left.Refresh()
	s.right.Refresh()
	s.page.Relayout()
}

// Help explains what is in view.
func (s *Settings) Help() []widgets.Topic {
	t := s.deps.Texts
	var all []widgets.Topic
	for _, key := range []string{"block", "external", "revocation", "fips", "close", "locked"} {
		all = append(all, widgets.Topic{Name: t.Text("settings.help." + key + ".name"), Text: t.Text("settings.help." + key + ".text")})
	}
	return all
}
