package editor

import (
	"strings"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/screens/connections/rules"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// basics are description, server and user.
type basics struct {
	editor                  *Editor
	card                    fyne.CanvasObject
	name, address, user     *widgets.Entry
	nameField, addressField *field
	host                    string // of the server, as last understood
}

func newBasics(e *Editor) *basics {
	b := &basics{editor: e, host: e.draft.entry.Host}
	was := e.draft.entry
	nameLock, addressLock, userLock := e.lock("name"), e.lock("host", "port", "path"), e.lock("user")
	if nameLock == "" && e.draft.running {
		nameLock = e.text("name-running")
	}
	address := ""
	if was.Host != "" {
		address = rules.AddressOf(was).String()
	}
	b.name = e.newEntry(was.Name, e.text("name-example"), nameLock, func() { b.checkName(false) })
	b.address = e.newEntry(address, e.text("address-example"), addressLock, b.addressChanged)
	b.user = e.newEntry(was.User, e.text("user-example"), userLock, func() {})
	b.nameField = newField(e.text("name"), b.name, nameLock)
	b.addressField = newField(e.text("address"), b.address, addressLock)
	user := newField(e.text("user"), b.user, userLock)
	b.card = widgets.NewCard(widgets.NewColumn(theme.Between, b.nameField.object, b.addressField.object, user.object))
	b.check(false)
	return b
}

func (b *basics) object() fyne.CanvasObject { return b.card }

// addressChanged checks the address, and takes the server on the list Never
// along.
func (b *basics) addressChanged() {
	b.checkAddress(false)
	if a, fault := rules.ParseAddress(b.address.Text); fault == "" {
		b.editor.demand.follow(b.host, a.Host)
		b.host = a.Host
	}
}

func (b *basics) check(late bool) fyne.Focusable {
	nameRight, addressRight := b.checkName(late), b.checkAddress(late)
	switch {
	case !nameRight && !b.name.Disabled():
		return b.name
	case !addressRight && !b.address.Disabled():
		return b.address
	}
	return nil
}

func (b *basics) checkName(late bool) bool {
	fault, hint := CheckName(b.editor.deps.Texts, b.editor.draft.state.Entries, b.editor.ID(), b.name.Text)
	if !late && strings.TrimSpace(b.name.Text) == "" {
		fault = ""
	}
	b.nameField.remark.Say(fault, hint)
	return fault == ""
}

// CheckName says in words what is wrong with a name, or a hint about it.
func CheckName(texts *i18n.Catalogue, entries []api.Entry, id, name string) (fault, hint string) {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return texts.Text("connections.editor.error.no-name"), ""
	case rules.Taken(entries, id, name):
		return texts.Text("connections.editor.error.taken"), ""
	case rules.Columns(name) > rules.WidestName:
		return "", texts.Text("connections.editor.long-name", i18n.Values{"Columns": rules.Columns(name), "Limit": rules.WidestName})
	}
	return "", ""
}

func (b *basics) checkAddress(late bool) bool {
	fault, hint := CheckAddress(b.editor.deps.Texts, b.address.Text, late)
	b.addressField.remark.Say(fault, hint)
	_, wrong := rules.ParseAddress(b.address.Text)
	return wrong == ""
}

// CheckAddress says in words what is wrong with a server address, or how it is
// understood. That nothing was typed is wrong when it is late only.
func CheckAddress(texts *i18n.Catalogue, address string, late bool) (fault, hint string) {
	a, wrong := rules.ParseAddress(address)
	switch {
	case wrong == rules.FaultEmpty && !late:
		return "", texts.Text("connections.editor.address-hint")
	case wrong != "":
		return texts.Text("connections.editor.error.address." + string(wrong)), ""
	}
	return "", understood(texts, a)
}

// understood says how a port or a group was taken; "" for a server alone.
func understood(texts *i18n.Catalogue, a rules.Address) string {
	values := i18n.Values{"Host": a.Host, "Port": a.Port, "Group": a.Path}
	key := ""
	switch {
	case a.Port != 0 && a.Path != "":
		key = "port-group"
	case a.Port != 0:
		key = "port"
	case a.Path != "":
		key = "group"
	default:
		return ""
	}
	return texts.Text("connections.editor.understood."+key, values)
}

func (b *basics) read(d *draft) {
	d.entry.Name = strings.TrimSpace(b.name.Text)
	d.entry.User = strings.TrimSpace(b.user.Text)
	if a, fault := rules.ParseAddress(b.address.Text); fault == "" {
		d.entry.Host, d.entry.Port, d.entry.Path = a.Host, a.Port, a.Path
	}
}
