package editor

import (
	"fyne.io/fyne/v2"

	"torii/tunnel"
	"torii/ui/screens/connections/rules"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// way is what goes through the connection: the whole computer, or what uses
// its proxy.
type way struct {
	editor      *Editor
	card        fyne.CanvasObject
	mode        *widgets.Select
	listen      *widgets.Entry
	listenField *field
}

func newWay(e *Editor) *way {
	w := &way{editor: e}
	was := e.draft.entry
	modeLock, listenLock := e.lock("mode"), e.lock("proxy_listen")
	w.mode = e.newSelect([]widgets.Option{
		{Value: string(tunnel.ModeTUN), Label: e.text("mode-tun")},
		{Value: string(tunnel.ModeProxy), Label: e.text("mode-proxy")},
	}, string(was.Mode), modeLock, func() { w.show() })
	listen := ""
	if was.ProxyListen.IsValid() {
		listen = was.ProxyListen.String()
	}
	w.listen = e.newEntry(listen, e.text("listen-example"), listenLock, func() { w.check(false) })
	w.listenField = newField(e.text("listen"), w.listen, listenLock)
	w.card = widgets.NewCard(widgets.NewColumn(theme.Between, newField(e.text("mode"), w.mode, modeLock).object, w.listenField.object))
	w.show()
	return w
}

func (w *way) object() fyne.CanvasObject { return w.card }

func (w *way) proxy() bool { return w.mode.Value() == string(tunnel.ModeProxy) }

func (w *way) show() {
	setVisible(w.listenField.object, w.proxy())
	w.check(false)
}

func (w *way) check(bool) fyne.Focusable {
	_, fault := rules.CheckListen(w.listen.Text)
	if fault == "" || !w.proxy() {
		w.listenField.remark.Say("", w.editor.text("listen-hint"))
		return nil
	}
	w.listenField.remark.Say(w.editor.text("error.listen"), "")
	return w.listen
}

func (w *way) read(d *draft) {
	d.entry.Mode = tunnel.Mode(w.mode.Value())
	if listen, fault := rules.CheckListen(w.listen.Text); fault == "" {
		d.entry.ProxyListen = listen
	}
}
