package certificates

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/prompts"
	"torii/ui/theme"
	"torii/ui/widgets"
)

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
	// Confirm asks before something is done that cannot be taken back.
	Confirm func(prompts.Confirmation)
	// Copy puts text on the clipboard.
	Copy func(text string)
	// Pick lets the person choose a file, and calls done with its path unless
	// they do not.
	Pick func(done func(path string))
	// Leave returns to Diagnostics.
	Leave func()
}

// Certificates is the screen. It shows the list, one certificate, or an import.
type Certificates struct {
	deps   Deps
	object *fyne.Container
	page   *widgets.Page
	first  fyne.Focusable

	kind    api.CertificateKind
	list    []api.Certificate
	listed  bool   // list has come
	trouble string // why it has not
	asking  bool
	notice  string // what was done last; "" for nothing

	opened *api.Certificate // nil while none is shown
	copy   *widgets.Button  // of the opened one
	praise int              // seconds for which it still says "Copied"
	coming *importing       // nil while nothing is imported

	entries []api.Entry
}

// New builds the screen. Its list is asked for when it comes into view.
func New(deps Deps) *Certificates {
	c := &Certificates{deps: deps, object: container.NewStack(), kind: api.CertificateUser}
	c.build()
	return c
}

// Object is what stands in the window.
func (c *Certificates) Object() fyne.CanvasObject { return c.object }

// FocusTarget is what has the keyboard when the screen is opened.
func (c *Certificates) FocusTarget() fyne.Focusable { return c.first }

// Update shows a new State: which connections use a certificate.
func (c *Certificates) Update(state api.State) { c.entries = state.Entries }

// Show is called when the screen comes into view: the list may have changed
// since it was last asked for.
func (c *Certificates) Show() { c.ask() }

// Hide is called when another screen takes its place. Passwords that were
// typed are forgotten.
func (c *Certificates) Hide() {
	c.opened, c.coming, c.notice = nil, nil, ""
	c.build()
}

// Tick is called about once a second.
func (c *Certificates) Tick() {
	if c.praise--; c.praise == 0 && c.copy != nil {
		c.copy.SetText(c.text("copy.do"))
		c.page.Relayout()
	}
}

// Back returns to the list, and from there to Diagnostics.
func (c *Certificates) Back() {
	if c.opened == nil && c.coming == nil {
		c.deps.Leave()
		return
	}
	c.opened, c.coming = nil, nil
	c.turn()
}

// Help explains what is in view.
func (c *Certificates) Help() []widgets.Topic {
	var all []widgets.Topic
	for _, key := range []string{"user", "server", "authority", "code"} {
		all = append(all, widgets.Topic{Name: c.text("help." + key + ".name"), Text: c.text("help." + key + ".text")})
	}
	return all
}

// ask asks the agent for the certificates of all kinds.
func (c *Certificates) ask() {
	if c.asking {
		return
	}
	c.asking = true
	list := &[]api.Certificate{}
	c.deps.Call(api.MethodCertificates, api.CertificateQuery{}, list, func(err error) {
		c.asking, c.trouble = false, ""
		if err != nil {
			c.trouble = c.explain(err)
		} else {
			c.list, c.listed = *list, true
		}
		if c.opened == nil && c.coming == nil {
			c.build()
		}
	})
}

// turn shows what is open now, from its beginning and with the keyboard on it.
func (c *Certificates) turn() {
	c.build()
	c.deps.Canvas.Focus(c.first)
}

// build fills the screen anew.
func (c *Certificates) build() {
	c.copy = nil
	var body []fyne.CanvasObject
	switch {
	case c.coming != nil:
		body = c.coming.objects()
	case c.opened != nil:
		body = c.details(*c.opened)
	default:
		body = c.overview()
	}
	c.page = widgets.NewPage(widgets.NewMiddle(widgets.NewColumn(theme.Between, body...)), fyne.NewSize(320, 320), nil)
	c.object.Objects = []fyne.CanvasObject{c.page}
	c.object.Refresh()
}

// head is the title with the way back.
func (c *Certificates) head(title string) fyne.CanvasObject {
	back := c.button(widgets.Quiet, "", "back", c.Back)
	c.first = back
	return widgets.NewRow(theme.Small, 1, widgets.NewOutdent(6, back), widgets.NewText(widgets.Look{Size: theme.SizePage, Bold: true}, title))
}

// button makes a button that Esc leaves by.
func (c *Certificates) button(rank widgets.Rank, text, icon string, do func()) *widgets.Button {
	b := widgets.NewButton(rank, text, icon, do)
	b.OnEscape = c.Back
	return b
}

// explain puts an error into one paragraph.
func (c *Certificates) explain(err error) string {
	message, remedy := c.deps.Explain(err)
	return c.deps.Texts.Text("error.both", i18n.Values{"Message": message, "Remedy": remedy})
}

// text says a message of the screen.
func (c *Certificates) text(key string, values ...i18n.Values) string {
	return c.deps.Texts.Text("certs."+key, values...)
}

// second is a text of second rank.
func second(text string) *widgets.Text {
	return widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, text)
}

// note is a text on a tint.
func note(tint fyne.ThemeColorName, text string) fyne.CanvasObject {
	return widgets.NewInset(10, widgets.NewBlock(tint, theme.Corner), widgets.NewText(widgets.Look{Size: theme.SizeSecond}, text))
}
