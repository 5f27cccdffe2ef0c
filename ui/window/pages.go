package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"torii/app/api"
	"torii/assets"
	"torii/ui/prompts"
	"torii/ui/screens/about"
	"torii/ui/screens/certificates"
	"torii/ui/screens/connections"
	"torii/ui/screens/details"
	"torii/ui/screens/diagnostics"
	"torii/ui/screens/doctor"
	"torii/ui/screens/home"
	"torii/ui/screens/logs"
	"torii/ui/screens/settings"
	"torii/ui/widgets"
)

// The names of the pages, as State.Page has them.
const (
	pageHome        = "home"
	pageConnections = "connections"
	pageDetails     = "details"
	pageDiagnostics = "diagnostics"
	pageSettings    = "settings"
	pageAbout       = "about"
	pageWelcome     = "welcome"
	// The pages below Diagnostics.
	pageCertificates = "certificates"
	pageDoctor       = "doctor"
	pageLogs         = "logs"
)

// screen is a page of the window. All of its methods are called on the
// toolkit's goroutine.
type screen interface {
	// Object is what stands in the window.
	Object() fyne.CanvasObject
	// FocusTarget is what has the keyboard when the page is opened by it.
	FocusTarget() fyne.Focusable
	// Update shows a new State, also while the page is hidden.
	Update(api.State)
	// Show and Hide follow the page coming into view and leaving it.
	Show()
	Hide()
	// Tick is called about once a second, whether the page is in view or not.
	Tick()
	// Help explains what is in view.
	Help() []widgets.Topic
}

// placed is a page on which the person does not lose their place when the
// window is built anew.
type placed interface {
	Place() (offset float32, key string)
	Return(offset float32, key string)
}

// rebuild builds the window anew and returns what brings the person back to
// their place, once the pages know the State.
func (w *Window) rebuild() (back func()) {
	old, ok := w.pages[w.page].(placed)
	if !ok {
		w.build()
		return func() {}
	}
	offset, key := old.Place()
	w.build()
	return func() { w.pages[w.page].(placed).Return(offset, key) }
}

// homeScreen is Home as a page.
type homeScreen struct {
	*home.Home
	w *Window
}

func (h homeScreen) Update(state api.State) { h.Home.Show(state) }
func (h homeScreen) Show()                  {}
func (h homeScreen) Hide()                  {}

func (h homeScreen) Help() []widgets.Topic {
	var all []widgets.Topic
	for _, key := range []string{"switch", "mark", "entry", "traffic"} {
		all = append(all, widgets.Topic{Name: h.w.texts.Text("nav.help." + key + ".name"), Text: h.w.texts.Text("nav.help." + key + ".text")})
	}
	return all
}

// places are the pages that the bar or the rail leads to, in the order of
// Ctrl+1, Ctrl+2 and so on.
func (w *Window) places() []widgets.Place {
	place := func(name, icon string) widgets.Place {
		return widgets.Place{Name: name, Icon: icon, Label: w.texts.Text("nav.page." + name)}
	}
	return []widgets.Place{place(pageHome, "home"), place(pageConnections, "list"), place(pageDetails, "chart"), place(pageDiagnostics, "pulse"), place(pageSettings, "gear")}
}

// buildPages makes the pages, which show nothing before the first State.
func (w *Window) buildPages() {
	canvas, calls := w.window.Canvas(), &screenCalls{w}
	w.connections = connections.New(connections.Deps{Texts: w.texts, Canvas: canvas, Call: w.call, Explain: w.words,
		Confirm: func(c prompts.Confirmation) { w.prompts.Confirm(c) }, Guide: w.openWelcome})
	w.pages = map[string]screen{
		pageHome:        homeScreen{w.home, w},
		pageConnections: w.connections,
		pageDetails:     details.New(details.Deps{Texts: w.texts, Calls: calls, Explain: w.explain, Now: w.deps.Now, Canvas: canvas}),
		pageDiagnostics: diagnostics.New(diagnostics.Deps{Texts: w.texts, Calls: calls, Explain: w.explain}),
		pageSettings: settings.New(settings.Deps{Texts: w.texts, Calls: calls, Explain: w.explain, Canvas: canvas,
			Draws: w.deps.Draws, NoFont: w.noFont()}),
		pageWelcome: &later{build: func() screen {
			w.welcome = w.newWelcome()
			return w.welcome
		}},
		pageCertificates: &later{build: func() screen {
			w.certificates = certificates.New(certificates.Deps{Texts: w.texts, Canvas: canvas, Now: w.deps.Now, Call: w.call, Explain: w.words,
				Confirm: func(c prompts.Confirmation) { w.prompts.Confirm(c) }, Copy: calls.Copy, Pick: w.pickFile, Leave: calls.OpenDiagnostics})
			return w.certificates
		}},
		pageDoctor: &later{build: func() screen {
			w.doctor = doctor.New(doctor.Deps{Texts: w.texts, Canvas: canvas, Diagnose: calls.Diagnose, Explain: w.words,
				Copy: calls.Copy, Leave: calls.OpenDiagnostics})
			return w.doctor
		}},
		pageLogs: &later{build: func() screen {
			return logs.New(logs.Deps{Texts: w.texts, Call: w.call, Explain: w.explain, Copy: calls.Copy, Leave: calls.OpenDiagnostics})
		}},
		pageAbout: &later{build: func() screen {
			return about.New(about.Deps{Texts: w.texts, Calls: calls, Canvas: canvas, Licences: assets.Licences(), Build: api.Build})
		}},
	}
	w.nav = widgets.NewNav(w.places(), func(name string) { w.open(name) })
	w.body = &fyne.Container{Layout: fill{}}
	info := widgets.NewInfoButton(w.help)
	w.notice = newNotice(w)
	w.window.SetContent(&fyne.Container{Layout: below{}, Objects: []fyne.CanvasObject{w.notice.object,
		&fyne.Container{Layout: &shell{nav: w.nav}, Objects: []fyne.CanvasObject{w.body, w.nav, info}}}})
	w.turnTo(w.page)
}

// turnTo puts a page into the window; one that there is not is Home.
func (w *Window) turnTo(page string) {
	if w.pages[page] == nil {
		page = pageHome
	}
	// What is not in the window must not take keys: Enter in a field that is out
	// of sight would do what it did when it was seen. A sheet over the page keeps
	// its own.
	if page != w.page && w.window.Canvas().Overlays().Top() == nil {
		w.window.Canvas().Unfocus()
	}
	w.page = page
	shown := w.made(page)
	w.body.Objects = []fyne.CanvasObject{shown.Object()}
	w.body.Refresh()
	w.nav.Set(page)
	switch page {
	case pageAbout:
		w.nav.Set(pageSettings)
	case pageCertificates, pageDoctor, pageLogs:
		w.nav.Set(pageDiagnostics)
	}
	if page == pageWelcome { // one thing at a time
		w.nav.Hide()
	} else {
		w.nav.Show()
	}
	w.window.Content().Refresh()
	shown.Show()
}

// open shows another page. It reports whether there is one of that name.
func (w *Window) open(page string) bool {
	if page == "statistics" { // the tray's name for a part of Details
		page = pageDetails
	}
	next := w.made(page)
	if next == nil || w.lost {
		return false
	}
	if page != w.page {
		w.closeHelp()
		w.pages[w.page].Hide()
		w.turnTo(page)
	}
	return true
}

// openByKey shows a page and gives what matters most on it the keyboard. Under
// a question nothing moves.
func (w *Window) openByKey(page string) {
	if !w.prompts.Open() && w.open(page) {
		w.window.Canvas().Focus(w.pages[page].FocusTarget())
	}
}

// help opens the sheet that explains the page.
func (w *Window) help() {
	if w.sheet != nil || w.prompts.Open() {
		return
	}
	before := w.window.Canvas().Focused()
	w.sheet = widgets.NewHelp(w.texts.Text("nav.help.title"), w.texts.Text("nav.help.close"), w.pages[w.page].Help(), func() {
		w.sheet = nil
		if before != nil {
			w.window.Canvas().Focus(before)
		}
	})
	w.sheet.Open(w.window.Canvas())
}

func (w *Window) closeHelp() {
	if w.sheet != nil {
		w.sheet.Close()
		w.sheet = nil
	}
}

// keys are the window's shortcuts.
func (w *Window) keys() {
	on := func(key fyne.KeyName, do func()) {
		w.window.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierControl},
			func(fyne.Shortcut) { do() })
	}
	for i, key := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5} {
		on(key, func() {
			if places := w.places(); i < len(places) {
				w.openByKey(places[i].Name)
			}
		})
	}
	on(fyne.KeyComma, func() { w.openByKey(pageSettings) })
	on(fyne.KeyW, w.closed)
	on(fyne.KeyD, func() {
		if s := w.state.Snapshot.State; s.Up() || s.Busy() {
			(&actions{w}).Disconnect()
		}
	})
	on(fyne.KeyN, w.addEntry)
	on(fyne.KeyI, w.bringIn)
	on(fyne.KeyQ, w.quit)
	w.window.Canvas().SetOnTypedKey(w.typed)
}

// typed is a key that nothing else has a use for.
func (w *Window) typed(key *fyne.KeyEvent) {
	switch {
	case key.Name == fyne.KeyF1:
		w.help()
	case key.Name == fyne.KeyEscape && w.sheet != nil:
		w.closeHelp()
	case key.Name == fyne.KeyEscape && w.prompts.Open():
		w.prompts.Escape()
	case key.Name == fyne.KeyEscape && w.page == pageWelcome:
		w.welcome.Back()
	case key.Name == fyne.KeyEscape && w.picker != nil:
		w.picker.Hide()
	case key.Name == fyne.KeyEscape && w.page == pageCertificates:
		w.certificates.Back()
	case key.Name == fyne.KeyEscape && (w.page == pageDoctor || w.page == pageLogs):
		w.openByKey(pageDiagnostics)
	case key.Name == fyne.KeyEscape && w.page == pageAbout:
		w.openByKey(pageSettings)
	}
}
