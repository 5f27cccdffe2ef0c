package welcome

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/tunnel"
	"torii/ui/screens/connections/editor"
	"torii/ui/widgets"
)

// link is the second step for a link that somebody sent. What the link may do
// is decided as for one that was opened in a browser.
func (w *Welcome) link() []fyne.CanvasObject {
	remark := editor.NewRemark()
	var typed *widgets.Entry
	open := func() {
		text := strings.TrimSpace(typed.Text)
		if text == "" {
			remark.Say(w.text("link.empty"), "")
			w.page.Relayout()
			w.deps.Canvas.Focus(typed)
			return
		}
		if w.held {
			return
		}
		w.hold(true)
		w.trouble.say("")
		w.deps.Call(api.MethodLink, api.LinkRequest{Link: text}, nil, func(err error) {
			if err != nil && !isTimeout(err) { // a person may take long to allow it
				w.fail(err)
				return
			}
			w.finish(func() {})
		})
	}
	typed = w.entry("", "anyconnect://…", func() {
		remark.Say("", "")
		w.page.Relayout()
	}, open)
	w.first = typed
	return []fyne.CanvasObject{
		w.head(w.text("link.title"), w.text("link.about")), w.trouble.object,
		widgets.NewColumn(6, widgets.NewLabelled(w.text("link.label"), typed), remark.Object),
		w.foot(w.button(widgets.Primary, w.text("link.do"), "", open)),
	}
}

func isTimeout(err error) bool {
	return tunnel.CodeOf(err) == tunnel.CodeTimeout || errors.Is(err, context.DeadlineExceeded)
}

// file is the second step for a file: it says what is to be done instead.
func (w *Welcome) file() []fyne.CanvasObject {
	instead := w.button(widgets.Primary, w.text("file.do"), "", func() { w.goTo(stepAddress) })
	w.first = instead
	return []fyne.CanvasObject{w.head(w.text("file.title"), w.text("file.about")), w.foot(instead)}
}
