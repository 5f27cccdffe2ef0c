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

// onDemand is Connect On Demand with its three lists (000, "Connect On
// Demand").
type onDemand struct {
	editor      *Editor
	certificate *certificate
	card        fyne.CanvasObject
	row         *switchRow
	needs       *Remark         // a certificate is needed
	more        *fyne.Container // lists and test box
	lists       []*domainList
	probe       *widgets.Entry
	answer      *Remark

	value  api.OnDemand
	locked string
}

func newOnDemand(e *Editor, c *certificate) *onDemand {
	d := &onDemand{editor: e, certificate: c, needs: NewRemark(), answer: NewRemark()}
	if e.draft.entry.OnDemand != nil {
		d.value = *e.draft.entry.OnDemand
	}
	d.locked = e.lock("on_demand")
	if d.locked == "" && e.draft.entry.Origin != api.OriginUser {
		d.locked = e.text("on-demand.profile") // 000: the person's own entries only
	}
	d.row = e.newToggle(e.text("on-demand.title"), e.text("on-demand.about"), notYet(e.deps.Texts), d.value.Enabled, d.locked, d.toggled)
	var lists []fyne.CanvasObject
	for _, list := range []rules.List{rules.Never, rules.IfNeeded, rules.Always} {
		l := newDomainList(d, list)
		d.lists = append(d.lists, l)
		lists = append(lists, l.object)
	}
	d.probe = e.newEntry("", e.text("on-demand.probe-example"), "", d.ask)
	d.probe.OnSubmitted = nil // nothing to save
	probe := newField(e.text("on-demand.probe"), d.probe, "")
	d.answer = probe.remark
	d.more = widgets.NewColumn(theme.Edge, append(lists, probe.object)...)
	d.card = lockedCard(d.locked, d.row.object, d.needs.Object, d.more)
	d.refresh()
	return d
}

func (d *onDemand) object() fyne.CanvasObject { return d.card }

// toggled switches it on or off. Switched on, the server goes on Never.
func (d *onDemand) toggled() {
	d.value.Enabled = d.row.toggle.On()
	if d.value.Enabled {
		if a, fault := rules.ParseAddress(d.editor.basics.address.Text); fault == "" {
			d.value = rules.Protect(d.value, a.Host)
		}
	}
	d.refresh()
}

// follow hears of another server address.
func (d *onDemand) follow(before, after string) {
	if !d.value.Enabled || d.locked != "" {
		return
	}
	if before == "" {
		d.set(rules.Protect(d.value, after))
		return
	}
	d.set(rules.Follow(d.value, before, after))
}

// set changes the lists.
func (d *onDemand) set(value api.OnDemand) {
	d.value = value
	d.refresh()
}

// refresh brings the card up to date. It cannot be switched on without a
// certificate; off it can always be switched.
func (d *onDemand) refresh() {
	need := !d.certificate.given()
	d.row.toggle.SetDisabled(d.locked != "" || need && !d.value.Enabled)
	switch {
	case need && d.value.Enabled:
		d.needs.Say(d.editor.text("error.certificate"), "")
	case need:
		d.needs.Say("", d.editor.text("on-demand.needs"))
	default:
		d.needs.Say("", "")
	}
	kept := len(d.value.Never)+len(d.value.IfNeeded)+len(d.value.Always) > 0
	setVisible(d.more, d.value.Enabled || kept)
	for _, l := range d.lists {
		l.show()
	}
	d.ask()
	d.editor.relayout()
}

// ask says which list the typed name would hit.
func (d *onDemand) ask() {
	name := strings.TrimSpace(d.probe.Text)
	if name == "" {
		d.answer.Say("", d.editor.text("on-demand.probe-hint"))
		return
	}
	list, rule := rules.Hit(d.value, name)
	key := "connections.editor.on-demand.hit." + strings.ReplaceAll(string(list), "_", "-")
	d.answer.Say("", d.editor.deps.Texts.Text(key, i18n.Values{"Rule": rule}))
}

// server is the server's name in the form of the lists; "" for an address.
func (d *onDemand) server() string {
	a, fault := rules.ParseAddress(d.editor.basics.address.Text)
	if fault != "" {
		return ""
	}
	domain, fault := rules.ParseDomain(a.Host)
	if fault != "" {
		return ""
	}
	return domain
}

// check wants a certificate, and nothing half typed.
func (d *onDemand) check(bool) fyne.Focusable {
	if d.locked != "" {
		return nil
	}
	for _, l := range d.lists {
		if wrong := l.check(); wrong != nil {
			return wrong
		}
	}
	if d.value.Enabled && !d.certificate.given() {
		if d.certificate.choice.Disabled() {
			return d.row.toggle
		}
		return d.certificate.choice
	}
	return nil
}

// read keeps an entry that never had it without.
func (d *onDemand) read(made *draft) {
	v := d.value
	if made.entry.OnDemand == nil && !v.Enabled && len(v.Never)+len(v.IfNeeded)+len(v.Always) == 0 {
		return
	}
	made.entry.OnDemand = &v
}
