package settings

import (
	"slices"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// The values of a switch.
const (
	on  = "on"
	off = "off"
)

// row is one setting: its name, a line about it, what has to be known of it,
// and a switch or a chooser.
type row struct {
	deps     Deps
	relayout func()
	object   fyne.CanvasObject

	toggle  *widgets.Toggle
	chooser *widgets.Chooser
	locked  *widgets.Text
	trouble *widgets.Text

	setting api.Setting
	wanted  *string // the value of a change that is under way
}

func newRow(deps Deps, setting api.Setting, relayout func()) *row {
	r := &row{deps: deps, relayout: relayout, setting: setting}
	t := deps.Texts
	name, about := setting.Key, ""
	if t.Has("settings.name." + setting.Key) {
		name, about = t.Text("settings.name."+setting.Key), t.Text("settings.about."+setting.Key)
	}
	small := widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond}
	words := widgets.NewColumn(2, widgets.NewText(widgets.Look{}, name))
	if about != "" {
		words.Add(widgets.NewText(small, about))
	}
	if setting.Key == "language" && deps.NoFont != "" {
		words.Add(widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorBad}, deps.NoFont))
	}
	if notYet(setting.Key) {
		words.Add(widgets.NewText(widgets.Look{Size: theme.SizeLabel, Bold: true}, t.Text("settings.not-yet")))
	}
	r.locked = widgets.NewText(small, "")
	r.trouble = widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorBad}, "")
	r.locked.Hide()
	r.trouble.Hide()
	words.Add(r.locked)
	words.Add(r.trouble)
	r.object = widgets.NewRow(theme.Between, 0, words, r.control())
	r.show(setting)
	return r
}

// control is what changes the setting.
func (r *row) control() fyne.CanvasObject {
	if len(r.setting.Values) == 2 && slices.Contains(r.setting.Values, on) && slices.Contains(r.setting.Values, off) {
		r.toggle = widgets.NewToggle(func() {
			if r.toggle.On() {
				r.change(off)
			} else {
				r.change(on)
			}
		})
		return r.toggle
	}
	r.chooser = widgets.NewChooser(r.deps.Canvas, r.options(), r.change)
	return r.chooser
}

// options are what can be chosen, in words.
func (r *row) options() []widgets.Option {
	t := r.deps.Texts
	var all []widgets.Option
	if r.setting.Key == "language" {
		all = append(all, widgets.Option{Value: "", Label: t.Text("settings.value.language.system")})
		for _, tag := range i18n.Languages() {
			all = append(all, widgets.Option{Value: tag, Label: r.called(tag)})
		}
		return all
	}
	for _, value := range r.setting.Values {
		label, key := value, "settings.value."+r.setting.Key+"."+value
		if t.Has(key) {
			label = t.Text(key)
		}
		all = append(all, widgets.Option{Value: value, Label: label})
	}
	return all
}

// called is what a language is called: by itself, or in English where that
// name cannot be drawn.
func (r *row) called(tag string) string {
	own := i18n.OwnName(tag)
	if r.deps.Draws == nil || r.deps.Draws(own) {
		return own
	}
	return theme.InEnglish(tag)
}

// show follows the agent. While a change is under way, the value that is
// wanted stays.
func (r *row) show(setting api.Setting) {
	r.setting = setting
	r.stand()
	locked := ""
	if setting.LockedBy != "" {
		locked = r.deps.Texts.Text("settings.locked", i18n.Values{"Who": setting.LockedBy})
	}
	say(r.locked, locked)
}

// stand brings switch or chooser to the value that is, or is wanted.
func (r *row) stand() {
	value := r.setting.Value
	if r.wanted != nil {
		value = *r.wanted
	}
	if r.toggle != nil {
		r.toggle.Set(value == on)
		r.toggle.SetDisabled(r.setting.LockedBy != "")
		return
	}
	if r.setting.Key == "language" && value != "" {
		value, _ = i18n.Match(value) // toriictl takes any locale
	}
	r.chooser.Set(value)
	r.chooser.SetDisabled(r.setting.LockedBy != "")
}

// change asks for another value. A second press waits until the first one has
// come to something.
func (r *row) change(value string) {
	if r.wanted != nil || value == r.setting.Value {
		return
	}
	r.wanted = &value
	say(r.trouble, "")
	r.stand()
	r.relayout()
	r.deps.Calls.Set(r.setting.Key, value, func(now api.Setting, err error) {
		r.wanted = nil
		if err != nil {
			say(r.trouble, r.deps.Explain(err))
		} else if now.Key == r.setting.Key {
			r.setting = now
		}
		r.stand()
		r.relayout()
	})
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
