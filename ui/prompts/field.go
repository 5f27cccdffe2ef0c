package prompts

import (
	"strings"

	"fyne.io/fyne/v2"

	"torii/i18n"
	"torii/tunnel"
	"torii/ui/widgets"
)

// field is one input of a login form.
type field struct {
	name   string
	kind   tunnel.FieldKind
	object fyne.CanvasObject
	entry  *widgets.Entry  // every kind but FieldSelect
	choice *widgets.Select // FieldSelect
}

// newField makes the input for a field, with the gateway's label or, where it
// has none, one of ours.
func newField(texts *i18n.Catalogue, f tunnel.Field) *field {
	made := &field{name: f.Name, kind: f.Kind}
	label := strings.TrimRight(strings.TrimSpace(f.Label), ":： ")
	if label == "" {
		label = texts.Text("prompt.field." + labelKey(f.Kind))
	}
	if f.Kind == tunnel.FieldSelect {
		var options []widgets.Option
		for _, o := range f.Options {
			options = append(options, widgets.Option{Value: o.Value, Label: o.Label})
		}
		made.choice = widgets.NewSelect(options, f.Value)
		made.object = widgets.NewLabelled(label, made.choice)
		return made
	}
	made.entry = widgets.NewEntry(f.Kind == tunnel.FieldPassword || f.Kind == tunnel.FieldNewPassword)
	made.entry.Fill(f.Value)
	if f.Kind == tunnel.FieldCode {
		made.entry.SetPlaceHolder(texts.Text("prompt.field.code-hint"))
	}
	made.object = widgets.NewLabelled(label, made.entry)
	return made
}

// labelKey names a kind in the catalogue.
func labelKey(kind tunnel.FieldKind) string {
	switch kind {
	case tunnel.FieldPassword, tunnel.FieldSelect, tunnel.FieldNewPassword:
		return string(kind)
	case tunnel.FieldCode:
		return "one-time"
	}
	return "text"
}

// value is what was filled in. A code that was pasted may have blanks in it.
func (f *field) value() string {
	switch {
	case f.choice != nil:
		return f.choice.Value()
	case f.kind == tunnel.FieldCode:
		return strings.Join(strings.Fields(f.entry.Text), "")
	}
	return f.entry.Text
}

// empty reports whether nothing was filled in.
func (f *field) empty() bool { return f.choice == nil && f.entry.Text == "" }

// focus is what gets the keyboard.
func (f *field) focus() fyne.Focusable {
	if f.choice != nil {
		return f.choice
	}
	return f.entry
}

func (f *field) onEscape(do func()) {
	if f.choice != nil {
		f.choice.OnEscape = do
	} else {
		f.entry.OnEscape = do
	}
}

func (f *field) onEnter(do func()) {
	if f.entry != nil {
		f.entry.OnSubmitted = func(string) { do() }
	}
}

// hold keeps the field from being changed while an answer is on its way.
func (f *field) hold(held bool) {
	var w fyne.Disableable = f.entry
	if f.choice != nil {
		w = f.choice
	}
	if held {
		w.Disable()
	} else {
		w.Enable()
	}
}

// clear forgets what was typed, when the prompt goes.
func (f *field) clear() {
	if f.entry != nil {
		f.entry.SetText("")
	}
}
