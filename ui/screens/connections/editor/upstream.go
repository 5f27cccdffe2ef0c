package editor

import (
	"fyne.io/fyne/v2"

	"torii/ui/screens/connections/rules"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// upstream is the proxy on the way to the gateway.
type upstream struct {
	editor *Editor
	card   fyne.CanvasObject
	choice *widgets.Select
	url    *widgets.Entry
	field  *field
}

// The choices beside rules.ProxyNone; "" follows the environment.
const upstreamURL = "url"

func newUpstream(e *Editor) *upstream {
	u := &upstream{editor: e}
	was := e.draft.entry.UpstreamProxy
	chosen, address := was, ""
	if was != "" && was != rules.ProxyNone {
		chosen, address = upstreamURL, was
	}
	lock := e.lock("upstream_proxy")
	u.choice = e.newSelect([]widgets.Option{
		{Value: "", Label: e.text("proxy.system")},
		{Value: rules.ProxyNone, Label: e.text("proxy.none")},
		{Value: upstreamURL, Label: e.text("proxy.this")},
	}, chosen, lock, u.show)
	u.url = e.newEntry(address, "http://proxy.example.com:3128", lock, func() { u.check(false) })
	u.field = newField(e.text("proxy.address"), u.url, "")
	u.card = lockedCard(lock, widgets.NewColumn(theme.Small, titled(e.text("proxy.title"), nil), u.choice), u.field.object)
	u.show()
	return u
}

func (u *upstream) own() bool { return u.choice.Value() == upstreamURL }

func (u *upstream) show() {
	setVisible(u.field.object, u.own())
	u.check(false)
}

func (u *upstream) check(late bool) fyne.Focusable {
	_, fault := rules.CheckProxy(u.url.Text)
	if !u.own() || fault == "" || fault == rules.FaultEmpty && !late {
		u.field.remark.Say("", "")
		return nil
	}
	u.field.remark.Say(u.editor.text("error.proxy."+string(fault)), "")
	return u.url
}

func (u *upstream) object() fyne.CanvasObject { return u.card }

func (u *upstream) read(d *draft) {
	if !u.own() {
		d.entry.UpstreamProxy = u.choice.Value()
		return
	}
	if url, fault := rules.CheckProxy(u.url.Text); fault == "" {
		d.entry.UpstreamProxy = url
	}
}
