package editor

import (
	"slices"

	"fyne.io/fyne/v2"

	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// part is one card of the page.
type part interface {
	// object is the card.
	object() fyne.CanvasObject
	// read takes over what was filled in, as far as it makes sense.
	read(d *draft)
	// check says in words what is wrong, and gives the first field that is;
	// nil for none. late also finds what is still empty.
	check(late bool) fyne.Focusable
}

// field is an input with a label above it, a remark below it, and a line that
// says who has locked it.
type field struct {
	object *fyne.Container
	remark *Remark
}

// newField stacks them. locked is why the input cannot be changed; "" when it can.
func newField(label string, input fyne.CanvasObject, locked string) *field {
	f := &field{remark: NewRemark()}
	objects := []fyne.CanvasObject{widgets.NewLabelled(label, input)}
	if locked != "" {
		objects = append(objects, newLock(locked))
	}
	f.object = widgets.NewColumn(5, append(objects, f.remark.Object)...)
	return f
}

// newLock is a line that says why something cannot be changed.
func newLock(words string) fyne.CanvasObject {
	return widgets.NewTopRow(6, 1, widgets.NewIcon("lock", 16, theme.ColorSecond), small(words))
}

func small(words string) *widgets.Text {
	return widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond}, words)
}

// switchRow is a toggle with a title and a line about it.
type switchRow struct {
	object *fyne.Container
	toggle *widgets.Toggle
	about  *widgets.Text
}

// newSwitchRow makes one; changed hears of each move. tag, where not nil,
// stands behind the title.
func newSwitchRow(title, about string, tag *widgets.Tag, on bool, changed func(on bool)) *switchRow {
	s := &switchRow{about: small(about)}
	s.toggle = widgets.NewToggle(nil)
	s.toggle.Set(on)
	s.toggle.OnTapped = func() {
		s.toggle.Set(!s.toggle.On())
		changed(s.toggle.On())
	}
	s.object = widgets.NewRow(theme.Between, 0, widgets.NewColumn(2, titled(title, tag), s.about), s.toggle)
	return s
}

// titled is the title of a card with a tag behind it, or below it where it is
// narrow.
func titled(title string, tag *widgets.Tag) fyne.CanvasObject {
	words := widgets.NewText(widgets.Look{Bold: true}, title)
	if tag == nil {
		return words
	}
	return widgets.NewFlow(theme.Small, widgets.NewText(widgets.Look{Bold: true, Whole: true}, title), tag.Object)
}

// notYet marks what the engine does not do yet.
func notYet(texts *i18n.Catalogue) *widgets.Tag {
	return widgets.NewTag(theme.ColorTintAttention, texts.Text("connections.editor.not-yet.tag"))
}

// lock is why one of some fields of the entry (by their JSON names) cannot be
// changed; "" when it can.
func (e *Editor) lock(fields ...string) string {
	for _, f := range fields {
		if slices.Contains(e.draft.entry.Locked, f) {
			return e.lockedBy()
		}
	}
	return ""
}

func (e *Editor) lockedBy() string {
	if e.draft.entry.LockedBy == "" {
		return e.text("locked.somebody")
	}
	return e.deps.Texts.Text("connections.editor.locked.by", i18n.Values{"Name": e.draft.entry.LockedBy})
}

// text says a message of the editor.
func (e *Editor) text(key string) string { return e.deps.Texts.Text("connections.editor." + key) }

// newEntry makes a line to type in: Enter saves, Esc leaves, each change is
// checked at once.
func (e *Editor) newEntry(text, example, locked string, changed func()) *widgets.Entry {
	w := widgets.NewEntry(false)
	w.Fill(text)
	w.SetPlaceHolder(example)
	w.OnEscape = e.cancel
	w.OnSubmitted = func(string) { e.save() }
	w.OnChanged = func(string) {
		e.changed()
		changed()
		e.relayout()
	}
	if locked != "" {
		w.Disable()
	}
	return w
}

// newSelect makes a choice.
func (e *Editor) newSelect(options []widgets.Option, value, locked string, changed func()) *widgets.Select {
	w := widgets.NewSelect(options, value)
	w.OnEscape = e.cancel
	w.OnChosen = func(string) {
		e.changed()
		changed()
		e.relayout()
	}
	if locked != "" {
		w.Disable()
	}
	return w
}

// newToggle makes a switchRow of the page.
func (e *Editor) newToggle(title, about string, tag *widgets.Tag, on bool, locked string, changed func()) *switchRow {
	s := newSwitchRow(title, about, tag, on, func(bool) {
		e.changed()
		changed()
		e.relayout()
	})
	s.toggle.OnEscape = e.cancel
	s.toggle.SetDisabled(locked != "")
	return s
}

// newButton makes a button that Esc leaves by.
func (e *Editor) newButton(rank widgets.Rank, text, icon string, do func()) *widgets.Button {
	b := widgets.NewButton(rank, text, icon, do)
	b.OnEscape = e.cancel
	return b
}
