package window

import "torii/ui/screens/welcome"

// newWelcome makes the first run.
func (w *Window) newWelcome() *welcome.Welcome {
	return welcome.New(welcome.Deps{
		Texts: w.texts, Canvas: w.window.Canvas(), Now: w.deps.Now, Call: w.call, Explain: w.words, Draft: &w.draft,
		Leave: w.leaveWelcome, Connect: func() { (&actions{w}).Connect() },
	})
}

// leaveWelcome shows Home, also under a question.
func (w *Window) leaveWelcome() {
	if w.page != pageWelcome { // the person went elsewhere meanwhile
		return
	}
	w.open(pageHome)
	if !w.prompts.Open() {
		w.window.Canvas().Focus(w.home.FocusTarget())
	}
}

// beginWithWelcome shows the first run in a window that was just opened, where
// it is due. Who asked for a page, or left the window with another one than
// Home, knows the way.
func (w *Window) beginWithWelcome() {
	switch due := welcome.Due(w.state); {
	case due && w.state.Page == "" && (w.page == pageHome || w.page == pageWelcome):
		w.open(pageWelcome)
		w.window.Canvas().Focus(w.welcome.FocusTarget())
	case !due && w.page == pageWelcome:
		w.open(pageHome)
	}
}

// bringIn shows the ways to bring a connection in: by address, link or file.
func (w *Window) bringIn() {
	if !w.prompts.Open() && !w.lost {
		w.openWelcome()
	}
}

// openWelcome shows the first run to who asks for it.
func (w *Window) openWelcome() {
	if w.open(pageWelcome) {
		w.welcome.Begin()
	}
}
