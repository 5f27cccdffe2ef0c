package diagnostics

import (
	"strings"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Calls are the calls that the screen makes. None of them may block; each
// done is called later, on the toolkit's goroutine, or never where the window
// has closed.
type Calls interface {
	// System asks for the system information.
	System(done func([]api.Fact, error))
	// Set changes a setting and brings back what it is then.
	Set(key, value string, done func(api.Setting, error))
	// Copy puts text on the clipboard.
	Copy(text string)
	// OpenCertificates, OpenDoctor and OpenLogs show the screens below this one.
	OpenCertificates()
	OpenDoctor()
	OpenLogs()
}

// Deps are what the screen needs.
type Deps struct {
	Texts *i18n.Catalogue
	Calls Calls
	// Explain puts an error of a call into words.
	Explain func(error) string
}

// debugLogs is the key of the switch.
const debugLogs = "debug-logs"

// Diagnostics is the screen.
type Diagnostics struct {
	deps  Deps
	page  *widgets.Page
	first *widgets.PressCard // of the ways to other screens
	copy  *widgets.Button

	facts  []api.Fact
	asking bool
	praise int // seconds for which the button still says "Copied"
	system *fyne.Container
	note   *widgets.Text
	again  *widgets.Button
	foot   *fyne.Container // of again

	logs    *widgets.Toggle
	locked  *widgets.Text
	trouble *widgets.Text
	folder  *widgets.Fact
	setting api.Setting
	wanted  *string // the value of a change that is under way
}

// New builds the screen.
func New(deps Deps) *Diagnostics {
	d := &Diagnostics{deps: deps}
	t := deps.Texts
	d.copy = widgets.NewButton(widgets.Plain, t.Text("diagnostics.copy.do"), "copy", d.copyAll)
	d.copy.SetDisabled(true)
	d.first = d.way(t.Text("diagnostics.certificates.name"), t.Text("diagnostics.certificates.text"), "shield", deps.Calls.OpenCertificates)
	ways := widgets.NewColumn(theme.Between, d.first,
		d.way(t.Text("diagnostics.check.name"), t.Text("diagnostics.check.text"), "pulse", deps.Calls.OpenDoctor),
		d.way(t.Text("logs.way.name"), t.Text("logs.way.text"), "list", deps.Calls.OpenLogs))
	left := widgets.NewColumn(theme.Edge, ways, d.systemCard())
	right := widgets.NewColumn(theme.Edge, d.logsCard())
	d.page = widgets.NewPage(widgets.NewBoard(widgets.NewHead(t.Text("diagnostics.title"), d.copy), left, right), fyne.NewSize(320, 320), nil)
	d.stand()
	return d
}

// way is a card that leads to another screen.
func (d *Diagnostics) way(name, about, icon string, open func()) *widgets.PressCard {
	return widgets.NewPressCard(widgets.NewRow(theme.Between, 1,
		widgets.NewIcon(icon, 20, theme.ColorSecond),
		widgets.NewColumn(1, widgets.NewText(widgets.Look{Bold: true}, name),
			widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, about)),
		widgets.NewIcon("chevron", 18, theme.ColorSecond)), open)
}

// systemCard is the card with the system information.
func (d *Diagnostics) systemCard() fyne.CanvasObject {
	t := d.deps.Texts
	d.note = widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, t.Text("diagnostics.wait"))
	d.again = widgets.NewButton(widgets.Plain, t.Text("diagnostics.again"), "", d.ask)
	d.foot = widgets.NewFlow(theme.Small, d.again)
	d.foot.Hide()
	d.system = widgets.NewColumn(theme.Small, d.note, d.foot)
	return widgets.NewTitled(t.Text("diagnostics.system"), widgets.NewCard(d.system))
}

// logsCard is the card with the switch.
func (d *Diagnostics) logsCard() fyne.CanvasObject {
	t := d.deps.Texts
	small := widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond}
	d.logs = widgets.NewToggle(d.toggle)
	d.locked = widgets.NewText(small, "")
	d.trouble = widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorBad}, "")
	d.locked.Hide()
	d.trouble.Hide()
	d.folder = widgets.NewFact(t.Text("system.state"))
	words := widgets.NewColumn(2, widgets.NewText(widgets.Look{}, t.Text("diagnostics.logs.name")),
		widgets.NewText(small, t.Text("diagnostics.logs.text")), d.locked, d.trouble)
	return widgets.NewTitled(t.Text("diagnostics.logs.title"),
		widgets.NewCard(widgets.NewDivided(10, widgets.NewRow(theme.Between, 0, words, d.logs), d.folder)))
}

// Object is what stands in the window.
func (d *Diagnostics) Object() fyne.CanvasObject { return d.page }

// FocusTarget is what has the keyboard when the screen is opened: what stands
// at its top, so that nothing is scrolled out of sight.
func (d *Diagnostics) FocusTarget() fyne.Focusable { return d.first }

// Show is called when the screen comes into view: what it says may have
// changed since it was last asked for.
func (d *Diagnostics) Show() { d.ask() }

// Hide is called when another screen takes its place.
func (d *Diagnostics) Hide() {}

// Tick is called about once a second.
func (d *Diagnostics) Tick() {
	if d.praise--; d.praise == 0 {
		d.copy.SetText(d.deps.Texts.Text("diagnostics.copy.do"))
		d.page.Relayout()
	}
}

// Update shows a new State.
func (d *Diagnostics) Update(state api.State) {
	for _, setting := range state.Settings {
		if setting.Key != debugLogs || setting.Value == d.setting.Value && setting.LockedBy == d.setting.LockedBy && d.setting.Key != "" {
			continue
		}
		d.setting = setting
		d.stand()
		d.page.Relayout()
	}
}

// ask asks the agent for the system information.
func (d *Diagnostics) ask() {
	if d.asking {
		return
	}
	d.asking = true
	d.again.SetDisabled(true)
	d.deps.Calls.System(func(facts []api.Fact, err error) {
		d.asking = false
		d.again.SetDisabled(false)
		if err != nil {
			say(d.note, d.deps.Explain(err))
			d.foot.Show()
		} else {
			say(d.note, "")
			d.foot.Hide()
			d.show(facts)
		}
		d.page.Relayout()
	})
}

// show writes the system information.
func (d *Diagnostics) show(facts []api.Fact) {
	d.facts = facts
	d.copy.SetDisabled(len(facts) == 0)
	var rows []fyne.CanvasObject
	for _, f := range facts {
		row := widgets.NewFact(d.label(f))
		row.Set(d.value(f))
		rows = append(rows, row)
		if f.Key == "state" {
			d.folder.Set(f.Value)
		}
	}
	d.system.Objects = []fyne.CanvasObject{d.note, d.foot, widgets.NewDivided(7, rows...)}
	d.system.Refresh()
}

// label is what a fact is about, in words where there are some.
func (d *Diagnostics) label(f api.Fact) string {
	if d.deps.Texts.Has("system." + f.Key) {
		return d.deps.Texts.Text("system." + f.Key)
	}
	return f.Key
}

// value is what a fact says. Some answer with words of their own, which are put
// into a person's.
func (d *Diagnostics) value(f api.Fact) string {
	t := d.deps.Texts
	switch f.Key {
	case "helper", "keyring", "notifications":
		if key := "diagnostics." + f.Key + "." + f.Value; t.Has(key) {
			return t.Text(key)
		}
		if key := "error." + f.Value + ".message"; t.Has(key) {
			return t.Text(key, i18n.Values{"Gateway": "", "Detail": ""})
		}
	}
	return f.Value
}

// copyAll puts the system information on the clipboard, as text.
func (d *Diagnostics) copyAll() {
	var b strings.Builder
	for _, f := range d.facts {
		b.WriteString(d.label(f) + ": " + d.value(f) + "\n")
	}
	d.deps.Calls.Copy(b.String())
	d.praise = 3
	d.copy.SetText(d.deps.Texts.Text("diagnostics.copy.done"))
	d.page.Relayout()
}

// stand brings the switch to the value that is, or is wanted.
func (d *Diagnostics) stand() {
	value := d.setting.Value
	if d.wanted != nil {
		value = *d.wanted
	}
	d.logs.Set(value == "on")
	d.logs.SetDisabled(d.setting.Key == "" || d.setting.LockedBy != "")
	locked := ""
	if d.setting.LockedBy != "" {
		locked = d.deps.Texts.Text("diagnostics.locked", i18n.Values{"Who": d.setting.LockedBy})
	}
	say(d.locked, locked)
}

// toggle asks for the other value.
func (d *Diagnostics) toggle() {
	if d.wanted != nil {
		return
	}
	value := "on"
	if d.logs.On() {
		value = "off"
	}
	d.wanted = &value
	say(d.trouble, "")
	d.stand()
	d.deps.Calls.Set(debugLogs, value, func(now api.Setting, err error) {
		d.wanted = nil
		if err != nil {
			say(d.trouble, d.deps.Explain(err))
		} else if now.Key == debugLogs {
			d.setting = now
		}
		d.stand()
		d.page.Relayout()
	})
}

// Help explains what is in view.
func (d *Diagnostics) Help() []widgets.Topic {
	t := d.deps.Texts
	var all []widgets.Topic
	for _, key := range []string{"system", "logs", "device"} {
		all = append(all, widgets.Topic{Name: t.Text("diagnostics.help." + key + ".name"), Text: t.Text("diagnostics.help." + key + ".text")})
	}
	return all
}

// say shows a text, or hides it where it is empty.
func say(t *widgets.Text, text string) {
	t.SetText(text)
	if text == "" {
		t.Hide()
	} else {
		t.Show()
	}
}
