package window

import (
	"torii/app/api"
	"torii/tunnel"
	"torii/ui/prompts"
)

// settingClose says what closing the window means; its values are "ask", "keep"
// (the connection lives on in the agent) and "quit".
const settingClose = "close-window"

// closed is what the person's closing of the window does. Where no panel shows
// an icon it asks once, so that nobody loses the program, and remembers.
func (w *Window) closed() {
	switch w.state.Setting(settingClose) {
	case "keep":
		w.window.Close()
	case "quit":
		w.quit()
	default:
		if w.lost || w.state.Tray {
			w.window.Close()
			return
		}
		w.askClosing()
	}
}

// askClosing asks what closing shall mean. A prompt that is open comes first;
// closing goes on with what it asks unanswered.
func (w *Window) askClosing() {
	if w.prompts.Open() {
		w.window.Close()
		return
	}
	w.closeHelp()
	w.prompts.Confirm(prompts.Confirmation{
		Title: w.texts.Text("nav.close.title"), Message: w.texts.Text("nav.close.message"),
		Do: w.texts.Text("nav.close.keep"), Then: func() { w.remember("keep", w.window.Close) },
		Else: w.texts.Text("nav.close.quit"), Otherwise: func() {
			w.remember("quit", w.end)
		},
	})
}

// remember keeps what closing means and then does it, also where it could not
// be kept: then it is asked again the next time.
func (w *Window) remember(value string, then func()) {
	w.call(api.MethodSet, api.SetSetting{Key: settingClose, Value: value}, nil, func(error) { then() })
}

// quit ends Torii; while connected it asks first.
func (w *Window) quit() {
	switch s := w.state.Snapshot.State; {
	case w.lost:
		w.window.Close()
	case w.prompts.Open():
	case s.Up() || s == tunnel.StateReconnecting:
		w.askQuitting()
	default:
		w.end()
	}
}

// end ends Torii.
func (w *Window) end() { w.order(api.MethodQuit, nil) }

// askQuitting asks whether the connection shall end with Torii.
func (w *Window) askQuitting() {
	w.closeHelp()
	w.prompts.Confirm(prompts.Confirmation{Title: w.texts.Text("nav.quit.title"), Message: w.texts.Text("nav.quit.message"),
		Do: w.texts.Text("nav.quit.do"), Then: w.end})
}

// asked is somebody's wish to see a page; "" leaves it alone. What they wanted
// opened and Torii could not is said on Home.
func (w *Window) asked(state api.State) {
	if why := state.Unopened; why != nil {
		w.home.ShowFailure(why.Message, why.Remedy)
	}
	switch state.Page {
	case "":
	case api.PageQuit:
		w.askQuitting()
	default:
		w.open(state.Page)
	}
}
