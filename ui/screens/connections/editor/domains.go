package editor

import (
	"strings"

	"fyne.io/fyne/v2"

	"torii/i18n"
	"torii/ui/screens/connections/rules"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// domainList is one of the three lists: its domains, and a line to add one or
// to change one.
type domainList struct {
	demand *onDemand
	list   rules.List
	object *fyne.Container
	rows   *fyne.Container

	add    *widgets.Button // "Add Domain"
	adder  *fyne.Container // holds add
	form   *fyne.Container
	entry  *widgets.Entry
	take   *widgets.Button // takes over what was typed
	remark *Remark
	old    string // the domain that is being changed; "" adds one
}

// key is the list's part of message keys.
func key(list rules.List) string { return strings.ReplaceAll(string(list), "_", "-") }

func newDomainList(d *onDemand, list rules.List) *domainList {
	e := d.editor
	l := &domainList{demand: d, list: list, rows: widgets.NewColumn(theme.Tight), remark: NewRemark()}
	l.add = e.newButton(widgets.Quiet, e.text("on-demand.add"), "plus", func() { l.open("") })
	l.entry = e.newEntry("", e.text("on-demand.domain-example"), "", func() { l.judge(false) })
	l.entry.OnSubmitted = func(string) { l.submit() }
	l.entry.OnEscape = l.close
	l.take = e.newButton(widgets.Plain, e.text("on-demand.take"), "", l.submit)
	stop := widgets.NewButton(widgets.Quiet, e.text("on-demand.stop"), "", l.close)
	l.take.OnEscape, stop.OnEscape = l.close, l.close
	l.form = widgets.NewColumn(theme.Small, l.entry, l.remark.Object, widgets.NewFlow(theme.Small, l.take, stop))
	l.form.Hide()
	title := widgets.NewText(widgets.Look{Size: theme.SizeSecond, Bold: true}, e.text("on-demand.list."+key(list)))
	head := widgets.NewColumn(1, title, small(e.text("on-demand.about-list."+key(list))))
	l.adder = widgets.NewFlow(0, widgets.NewOutdent(4, l.add)) // its plus stands below the words above
	l.object = widgets.NewColumn(6, head, l.rows, l.form, l.adder)
	return l
}

// show brings the domains up to date.
func (l *domainList) show() {
	l.rows.Objects = nil
	server := l.demand.server()
	for _, domain := range rules.Of(l.demand.value, l.list) {
		l.rows.Objects = append(l.rows.Objects, l.newRow(domain, domain == server))
	}
	setVisible(l.rows, len(l.rows.Objects) > 0)
	setVisible(l.adder, l.demand.locked == "" && !l.form.Visible())
	l.rows.Refresh()
}

// domainPad is between the edge of a domain's line and what it holds.
const domainPad float32 = 5

// newRow is the line of a domain.
func (l *domainList) newRow(domain string, server bool) fyne.CanvasObject {
	words := widgets.NewColumn(0, widgets.NewText(widgets.Look{Size: theme.SizeSecond, Mono: true}, domain))
	if server {
		words.Add(small(l.demand.editor.text("on-demand.server")))
	}
	ground := widgets.NewBlock(theme.ColorTintNeutral, theme.Corner)
	if l.demand.locked != "" {
		return widgets.NewInset(theme.Small, ground, words)
	}
	var more *widgets.Button
	more = l.demand.editor.newButton(widgets.Quiet, "", "more", func() {
		widgets.NewMenu(l.items(domain)).OpenBelow(l.demand.editor.deps.Canvas, more)
	})
	return widgets.NewInset(domainPad, ground, widgets.NewRow(theme.Tight, 1, widgets.NewText(widgets.Look{Whole: true}, ""), words, more))
}

// items are what can be done with a domain.
func (l *domainList) items(domain string) []widgets.MenuItem {
	e := l.demand.editor
	change := func(do func()) func() {
		return func() {
			e.changed()
			do()
			e.deps.Canvas.Focus(l.add) // the row is another one now, or gone
		}
	}
	items := []widgets.MenuItem{{Label: e.text("on-demand.change"), Do: func() { l.open(domain) }}}
	for _, to := range []rules.List{rules.Never, rules.IfNeeded, rules.Always} {
		if to == l.list {
			continue
		}
		label := e.deps.Texts.Text("connections.editor.on-demand.move", i18n.Values{"List": e.text("on-demand.list." + key(to))})
		items = append(items, widgets.MenuItem{Label: label, Do: change(func() { l.demand.set(rules.Move(l.demand.value, domain, to)) })})
	}
	return append(items, widgets.MenuItem{Label: e.text("on-demand.remove"), Apart: true,
		Do: change(func() { l.demand.set(rules.Remove(l.demand.value, domain)) })})
}

// open shows the line to type in, for a new domain or for one that is changed.
func (l *domainList) open(old string) {
	for _, other := range l.demand.lists {
		other.hide()
	}
	l.old = old
	l.entry.Fill(old)
	l.entry.Refresh()
	l.judge(false)
	l.form.Show()
	l.demand.refresh()
	l.demand.editor.deps.Canvas.Focus(l.entry)
	widgets.Reveal(l.demand.editor.deps.Canvas, l.form)
}

func (l *domainList) hide() {
	l.form.Hide()
	l.entry.Text = ""
	l.old = ""
	l.remark.Say("", "")
}

// close gives up what is being typed.
func (l *domainList) close() {
	l.hide()
	l.demand.refresh()
	l.demand.editor.deps.Canvas.Focus(l.add)
}

// judge says what is wrong with what was typed.
func (l *domainList) judge(late bool) rules.Fault {
	_, on, fault := rules.Add(l.demand.value, l.list, l.entry.Text, l.old)
	if fault == "" || fault == rules.FaultEmpty && !late {
		l.remark.Say("", l.demand.editor.text("on-demand.domain-hint"))
		return fault
	}
	values := i18n.Values{"List": l.demand.editor.text("on-demand.list." + key(on))}
	l.remark.Say(l.demand.editor.deps.Texts.Text("connections.editor.error.domain."+string(fault), values), "")
	return fault
}

// submit takes over what was typed, and waits for the next one after a new
// domain.
func (l *domainList) submit() {
	e := l.demand.editor
	if l.judge(true) != "" {
		e.relayout()
		return
	}
	e.changed()
	value, _, _ := rules.Add(l.demand.value, l.list, l.entry.Text, l.old)
	changed := l.old != ""
	l.entry.Text, l.old = "", ""
	l.entry.CursorColumn = 0
	l.entry.Refresh()
	l.demand.set(value)
	if changed {
		l.close()
	}
}

// check takes over a domain that was typed and not yet added, and gives the
// line to type in where it has a fault.
func (l *domainList) check() fyne.Focusable {
	if !l.form.Visible() || strings.TrimSpace(l.entry.Text) == "" {
		return nil
	}
	if l.judge(true) != "" {
		return l.entry
	}
	l.submit()
	return nil
}
