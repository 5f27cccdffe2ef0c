package welcome

import (
	"strings"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/screens/connections/editor"
	"torii/ui/screens/connections/rules"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// connect is the third step: a name for the connection, who logs in, and in.
func (w *Welcome) connect() []fyne.CanvasObject {
	address, _ := rules.ParseAddress(w.draft.address)
	if w.draft.name == "" {
		w.draft.name = w.freeName(address.Host)
	}
	remark := editor.NewRemark()
	var name, user *widgets.Entry
	say := func() bool {
		fault, hint := editor.CheckName(w.deps.Texts, w.state.Entries, "", name.Text)
		remark.Say(fault, hint)
		w.page.Relayout()
		return fault == ""
	}
	save := func(then func()) func() {
		return func() {
			if !say() {
				w.deps.Canvas.Focus(name)
				return
			}
			w.save(address, then)
		}
	}
	connect := save(w.deps.Connect)
	name = w.entry(w.draft.name, w.deps.Texts.Text("connections.editor.name-example"), func() {
		w.draft.name = name.Text
		say()
	}, func() { w.deps.Canvas.Focus(user) })
	user = w.entry(w.draft.user, w.deps.Texts.Text("connections.editor.user-example"), func() { w.draft.user = user.Text }, connect)
	on := w.button(widgets.Primary, w.text("connect.do"), "", connect)
	w.first = on
	return []fyne.CanvasObject{
		w.head(w.text("connect.title"), w.text("connect.about", i18n.Values{"Address": address.Shown()})), w.trouble.object,
		widgets.NewColumn(6, widgets.NewLabelled(w.deps.Texts.Text("connections.editor.name"), name), remark.Object),
		widgets.NewLabelled(w.deps.Texts.Text("connections.editor.user"), user),
		widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond}, w.text("connect.password")),
		w.foot(on, w.button(widgets.Plain, w.text("connect.save"), "", save(func() {}))),
	}
}

// freeName is the host's name, or one like it that no entry has.
func (w *Welcome) freeName(host string) string {
	if rules.Taken(w.state.Entries, "", host) {
		return rules.CopyName(w.state.Entries, host)
	}
	return host
}

// save saves the entry, makes it the active one, leaves, and then does the rest.
func (w *Welcome) save(address rules.Address, then func()) {
	if w.held {
		return
	}
	w.hold(true)
	w.trouble.say("")
	entry := editor.Fresh()
	entry.Name, entry.User = strings.TrimSpace(w.draft.name), strings.TrimSpace(w.draft.user)
	entry.Host, entry.Port, entry.Path = address.Host, address.Port, address.Path
	saved := &api.Entry{}
	w.deps.Call(api.MethodAddEntry, entry, saved, func(err error) {
		if err != nil {
			w.fail(err)
			return
		}
		w.deps.Call(api.MethodChoose, api.EntryRef{Entry: saved.ID}, nil, func(err error) {
			if err != nil { // it is saved; Home shows which one is active
				then = func() {}
			}
			w.finish(then)
		})
	})
}
