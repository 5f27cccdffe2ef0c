package editor

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// ipsec is Connect with IPsec (000, "IPsec").
type ipsec struct {
	editor         *Editor
	card           fyne.CanvasObject
	row            *switchRow
	more           *fyne.Container // what belongs to it
	authentication *widgets.Select
	identity       *widgets.Entry
	identityField  *field
}

func newIPsec(e *Editor) *ipsec {
	p := &ipsec{editor: e}
	was := api.IPsec{}
	if e.draft.entry.IPsec != nil {
		was = *e.draft.entry.IPsec
	}
	lock := e.lock("ipsec")
	p.row = e.newToggle(e.text("ipsec.title"), e.text("ipsec.about"), notYet(e.deps.Texts), was.Enabled, lock, p.show)
	var options []widgets.Option
	for _, way := range api.IPsecAuthentications() {
		options = append(options, widgets.Option{Value: way, Label: way})
	}
	if was.Authentication != "" && !slices.Contains(api.IPsecAuthentications(), was.Authentication) {
		options = append(options, widgets.Option{Value: was.Authentication, Label: was.Authentication})
	}
	options[0].Label = e.text("ipsec.default")
	p.authentication = e.newSelect(options, was.Authentication, lock, p.show)
	p.identity = e.newEntry(was.Identity, "", lock, func() {})
	p.identityField = newField(e.text("ipsec.identity"), p.identity, "")
	p.identityField.remark.Say("", e.text("ipsec.identity-hint"))
	p.more = widgets.NewColumn(theme.Between, newField(e.text("ipsec.authentication"), p.authentication, "").object, p.identityField.object)
	p.card = lockedCard(lock, p.row.object, p.more)
	p.show()
	return p
}

// identified reports whether the authentication goes with an IKE identity: the
// last three of the list do.
func (p *ipsec) identified() bool {
	all := api.IPsecAuthentications()
	return slices.Contains(all[len(all)-3:], p.authentication.Value())
}

func (p *ipsec) show() {
	setVisible(p.more, p.row.toggle.On())
	setVisible(p.identityField.object, p.identified())
}

func (p *ipsec) object() fyne.CanvasObject { return p.card }

func (p *ipsec) check(bool) fyne.Focusable { return nil }

// read keeps an entry that never had IPsec without.
func (p *ipsec) read(d *draft) {
	if d.entry.IPsec == nil && !p.row.toggle.On() {
		return
	}
	made := api.IPsec{Enabled: p.row.toggle.On(), Authentication: p.authentication.Value()}
	if p.identified() {
		made.Identity = strings.TrimSpace(p.identity.Text)
	}
	d.entry.IPsec = &made
}
