package window

import (
	"torii/app/api"
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
			w.remember("quit", func() { w.order(api.MethodQuit, nil) })
		},
	})
}

// remember keeps what closing means and then does it, also where it could not
// be kept: then it is asked again the next time.
func (w *Window) remember(value string, then func()) {
	w.call(api.MethodSet, api.SetSetting{Key: settingClose, Value: value}, nil, func(error) { then() })
}
