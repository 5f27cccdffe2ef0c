package welcome

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Setting is the key of the setting that says whether the first run is over.
const (
	Setting = "first-run"
	due     = "due"
	over    = "done"
)

// Due reports whether the first run is to be shown: the person has no entry of
// their own, and has neither finished nor skipped it.
func Due(state api.State) bool {
	for _, e := range state.Entries {
		if e.Origin != api.OriginPractice {
			return false
		}
	}
	return state.Setting(Setting) == due
}

// Deps are what the screen needs.
type Deps struct {
	Texts  *i18n.Catalogue
	Canvas fyne.Canvas
	Now    func() time.Time
	// Call makes a call to the agent without blocking. done is called later, on
	// the toolkit's goroutine, or never where the window has closed.
	Call func(method api.Method, params, result any, done func(error))
	// Explain puts an error of a call into words.
	Explain func(error) (message, remedy string)
	// Leave shows Home, and Connect connects the active entry.
	Leave, Connect func()
	// Draft is what was filled in; it outlives a screen that is built anew.
	Draft *Draft
}

// step is what is shown.
type step int

const (
	stepWays step = iota
	stepAddress
	stepLink
	stepFile
	stepConnect
)

// number is the step as a person counts: how, where, connect.
func (s step) number() int {
	switch s {
	case stepWays:
		return 1
	case stepConnect:
		return 3
	}
	return 2
}

// Draft is what the person has filled in so far. A link is not kept: it may
// hold a password.
type Draft struct {
	step                step
	address, name, user string
	found               found // at address
}

// Welcome is the screen.
type Welcome struct {
	deps  Deps
	draft *Draft
	state api.State

	object  *fyne.Container
	page    *widgets.Page
	first   fyne.Focusable // has the keyboard when the step is opened
	buttons []*widgets.Button
	trouble *note
	held    bool // a call is under way
	check   *check
	mark    fyne.CanvasObject // of the first step
}

// New builds the screen.
func New(deps Deps) *Welcome {
	w := &Welcome{deps: deps, draft: deps.Draft, object: container.NewStack()}
	w.build()
	return w
}

// Object is what stands in the window.
func (w *Welcome) Object() fyne.CanvasObject { return w.object }

// FocusTarget is what has the keyboard when the screen is opened.
func (w *Welcome) FocusTarget() fyne.Focusable { return w.first }

// Update shows a new State.
func (w *Welcome) Update(state api.State) { w.state = state }

// Show and Hide are called when the screen comes into view and leaves it.
func (w *Welcome) Show() {}

// Hide is called when another screen takes its place.
func (w *Welcome) Hide() {}

// Tick is called about once a second.
func (w *Welcome) Tick() {
	if w.check != nil {
		w.check.tick()
	}
}

// Help explains what is in view.
func (w *Welcome) Help() []widgets.Topic {
	var all []widgets.Topic
	for _, key := range []string{"address", "link", "file", "practice"} {
		all = append(all, widgets.Topic{Name: w.text("way." + key + ".name"), Text: w.text("help." + key)})
	}
	return all
}

// Begin starts at the first step, with what was filled in before.
func (w *Welcome) Begin() { w.goTo(stepWays) }

// Back goes to the step before, and from the first one out.
func (w *Welcome) Back() {
	switch w.draft.step {
	case stepWays:
		w.Skip()
	case stepConnect:
		w.goTo(stepAddress)
	default:
		w.goTo(stepWays)
	}
}

// Skip leaves; it is not shown by itself again.
func (w *Welcome) Skip() { w.finish(func() {}) }

// finish notes that the first run is over, leaves, and then does what is left.
// That it could not be noted costs no more than its being shown once again.
func (w *Welcome) finish(then func()) {
	w.hold(true)
	w.deps.Call(api.MethodSet, api.SetSetting{Key: Setting, Value: over}, nil, func(error) {
		*w.draft = Draft{}
		w.build()
		w.deps.Leave()
		then()
	})
}

// goTo shows a step, and gives what matters there the keyboard.
func (w *Welcome) goTo(s step) {
	w.draft.step = s
	w.build()
	w.deps.Canvas.Focus(w.first)
}

// build fills the screen with its step.
func (w *Welcome) build() {
	w.buttons, w.check, w.mark, w.held = nil, nil, nil, false
	w.trouble = newNote(theme.ColorTintBad)
	var body []fyne.CanvasObject
	switch w.draft.step {
	case stepAddress:
		body = w.address()
	case stepLink:
		body = w.link()
	case stepFile:
		body = w.file()
	case stepConnect:
		body = w.connect()
	default:
		body = w.ways()
	}
	layout := centre{fixed: w.draft.step != stepWays}
	w.page = widgets.NewPage(&fyne.Container{Layout: layout, Objects: []fyne.CanvasObject{widgets.NewColumn(theme.Between, body...)}},
		fyne.NewSize(320, 320), w.resized)
	w.object.Objects = []fyne.CanvasObject{w.page}
	w.object.Refresh()
}

// resized leaves the mark out of a low window, where the ways need the room.
func (w *Welcome) resized(size fyne.Size) {
	if w.mark != nil {
		setVisible(w.mark, size.Height >= lowWindow)
	}
}

// lowWindow is the height from which on the mark is shown.
const lowWindow float32 = 540

// head is the top of the second and third step.
func (w *Welcome) head(title, about string) fyne.CanvasObject {
	back := w.button(widgets.Quiet, "", "back", w.Back)
	count := widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond}, w.text("step", i18n.Values{"Step": w.draft.step.number()}))
	return widgets.NewColumn(theme.Tight, widgets.NewRow(theme.Small, 1, widgets.NewOutdent(6, back), count),
		widgets.NewText(widgets.Look{Size: theme.SizePage, Bold: true}, title),
		widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, about))
}

// foot is the bottom of the second and third step: what goes on, and the way out.
func (w *Welcome) foot(on ...fyne.CanvasObject) fyne.CanvasObject {
	on = append(on, w.button(widgets.Quiet, w.text("skip"), "", w.Skip))
	return widgets.NewFlow(theme.Small, on...)
}

func (w *Welcome) button(rank widgets.Rank, label, icon string, press func()) *widgets.Button {
	b := widgets.NewButton(rank, label, icon, press)
	b.OnEscape = w.Back
	w.buttons = append(w.buttons, b)
	return b
}

func (w *Welcome) entry(text, example string, changed func(), enter func()) *widgets.Entry {
	e := widgets.NewEntry(false)
	e.Fill(text)
	e.SetPlaceHolder(example)
	e.OnChanged = func(string) { changed() }
	e.OnSubmitted = func(string) { enter() }
	e.OnEscape = w.Back
	return e
}

// hold keeps the screen from doing the same twice.
func (w *Welcome) hold(held bool) {
	w.held = held
	for _, b := range w.buttons {
		b.SetDisabled(held)
	}
}

// fail says what a call came to, and gives the screen back.
func (w *Welcome) fail(err error) {
	message, remedy := w.deps.Explain(err)
	w.hold(false)
	w.trouble.say(message + " " + remedy)
	w.page.Relayout()
}

func (w *Welcome) text(key string, values ...i18n.Values) string {
	return w.deps.Texts.Text("welcome."+key, values...)
}
