package about

import (
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"torii/app/api"
	"torii/assets"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Calls are the calls that the screen makes. None of them may block.
type Calls interface {
	// Copy puts text on the clipboard.
	Copy(text string)
	// Back returns to the screen Settings.
	Back()
}

// Deps are what the screen needs.
type Deps struct {
	Texts *i18n.Catalogue
	Calls Calls
	// Canvas is where sheets open.
	Canvas fyne.Canvas
	// Licences are shown at a press.
	Licences []assets.Licence
	// Build is the version of the program.
	Build string
}

// About is the screen.
type About struct {
	deps     Deps
	page     *widgets.Page
	back     *widgets.Button
	licences *licences
}

// keys are the shortcuts and the ends of their messages "about.key.<name>".
func keys() [][2]string {
	return [][2]string{
		{"Ctrl+1 … 5", "screens"}, {"Ctrl+,", "settings"}, {"Ctrl+N", "new"}, {"Ctrl+I", "import"}, {"Ctrl+D", "disconnect"},
		{"Tab, Space, Enter", "move"}, {"Esc", "leave"}, {"F1", "help"}, {"Ctrl+W", "close"}, {"Ctrl+Q", "quit"},
	}
}

// New builds the screen.
func New(deps Deps) *About {
	a := &About{deps: deps, licences: newLicences(deps)}
	t := deps.Texts
	a.back = widgets.NewButton(widgets.Plain, t.Text("about.back"), "", deps.Calls.Back)
	a.back.OnEscape = deps.Calls.Back
	head := widgets.NewHead(t.Text("about.title"), a.back)
	left := widgets.NewColumn(theme.Edge, a.version(), a.texts("guide"), a.texts("licences", a.licences.button))
	right := widgets.NewColumn(theme.Edge, a.keyboard(), a.texts("access"))
	a.page = widgets.NewPage(widgets.NewBoard(head, left, right), fyne.NewSize(320, 320), nil)
	return a
}

// version is the card with the program's name.
func (a *About) version() fyne.CanvasObject {
	t := a.deps.Texts
	mark := widgets.NewMark(72)
	mark.Set(assets.MarkConnected)
	center := func(look widgets.Look, text string) *widgets.Text {
		look.Align = fyne.TextAlignCenter
		return widgets.NewText(look, text)
	}
	second := widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}
	return widgets.NewCard(widgets.NewColumn(theme.Tight, container.NewCenter(mark),
		center(widgets.Look{Size: theme.SizePage, Bold: true}, "Torii"),
		center(widgets.Look{}, t.Text("about.version", i18n.Values{"Version": a.deps.Build})),
		center(second, t.Text("about.built", i18n.Values{"Go": runtime.Version(), "System": runtime.GOOS + "/" + runtime.GOARCH, "Protocol": api.Version})),
		center(second, t.Text("about.what"))))
}

// texts is a card with a title and a text, and what can be done.
func (a *About) texts(key string, actions ...fyne.CanvasObject) fyne.CanvasObject {
	t := a.deps.Texts
	column := widgets.NewColumn(theme.Between, widgets.NewText(widgets.Look{Size: theme.SizeSecond}, t.Text("about."+key+".text")))
	if len(actions) > 0 {
		column.Add(widgets.NewFlow(theme.Small, actions...))
	}
	return widgets.NewTitled(t.Text("about."+key+".title"), widgets.NewCard(column))
}

// keyboard is the card with the shortcuts.
func (a *About) keyboard() fyne.CanvasObject {
	t := a.deps.Texts
	var rows []fyne.CanvasObject
	for _, k := range keys() {
		row := widgets.NewFact(t.Text("about.key." + k[1]))
		row.Set(k[0])
		rows = append(rows, row)
	}
	return widgets.NewTitled(t.Text("about.keyboard"), widgets.NewCard(widgets.NewDivided(6, rows...)))
}

// Object is what stands in the window.
func (a *About) Object() fyne.CanvasObject { return a.page }

// FocusTarget is what has the keyboard when the screen is opened.
func (a *About) FocusTarget() fyne.Focusable { return a.back }

// Update, Show, Hide and Tick do nothing: what the screen says never changes.
func (a *About) Update(api.State) {}

// Show is called when the screen comes into view.
func (a *About) Show() { a.page.ScrollToTop() }

// Hide is called when another screen takes its place.
func (a *About) Hide() {}

// Tick is called about once a second.
func (a *About) Tick() {}

// Help explains what is in view.
func (a *About) Help() []widgets.Topic {
	t := a.deps.Texts
	return []widgets.Topic{{Name: t.Text("about.help.version.name"), Text: t.Text("about.help.version.text")},
		{Name: t.Text("about.access.title"), Text: t.Text("about.access.text")}}
}
