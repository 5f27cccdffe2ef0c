package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
)

// Entry is a line of text to be typed. Enter goes to OnSubmitted, Esc to
// OnEscape.
type Entry struct {
	widget.Entry
	OnEscape func() `json:"-"`
}

// NewEntry makes an entry; password hides what is typed behind a button that
// reveals it, by mouse and by keyboard.
func NewEntry(password bool) *Entry {
	e := &Entry{}
	e.Password = password
	e.ExtendBaseWidget(e)
	if password {
		e.addEye()
	}
	return e
}

// addEye adds the button that reveals a password. The toolkit's own one cannot
// be reached by keyboard.
func (e *Entry) addEye() {
	eye := NewButton(Quiet, "", "eye-off", nil)
	eye.OnTapped = func() {
		if e.Disabled() {
			return
		}
		e.Password = !e.Password
		eye.SetIcon(map[bool]string{true: "eye-off", false: "eye"}[e.Password])
		e.Refresh()
		if c := fyne.CurrentApp().Driver().CanvasForObject(e); c != nil {
			c.Focus(e)
		}
	}
	eye.OnEscape = func() {
		if e.OnEscape != nil {
			e.OnEscape()
		}
	}
	e.ActionItem = eye
}

// Fill puts a text into the entry, with the cursor behind it.
func (e *Entry) Fill(text string) {
	e.Text = text
	e.CursorColumn = len([]rune(text))
}

// TypedKey implements fyne.Focusable.
func (e *Entry) TypedKey(key *fyne.KeyEvent) {
	if key.Name == fyne.KeyEscape && e.OnEscape != nil {
		e.OnEscape()
		return
	}
	if isHelp(key) {
		toWindow(key)
		return
	}
	e.Entry.TypedKey(key)
}

// Option is one thing to choose: what a program calls it and what a person reads.
type Option struct{ Value, Label string }

// Select chooses one of several options.
type Select struct {
	widget.Select
	OnEscape func()             `json:"-"`
	OnChosen func(value string) `json:"-"`

	options []Option
}

// NewSelect makes a choice with the option of a value chosen; the first one
// where none has it. Labels that occur twice are told apart by their value.
func NewSelect(options []Option, value string) *Select {
	s := &Select{}
	s.take(options, value)
	s.OnChanged = func(string) {
		if s.OnChosen != nil {
			s.OnChosen(s.Value())
		}
	}
	s.ExtendBaseWidget(s)
	return s
}

// SetOptions puts other options in place of those that were there. Nothing is
// called.
func (s *Select) SetOptions(options []Option, value string) {
	s.take(options, value)
	s.Refresh()
}

// take takes over options and chooses one.
func (s *Select) take(options []Option, value string) {
	s.options, s.Options, s.Selected = nil, nil, ""
	seen := map[string]bool{}
	for _, o := range options {
		if o.Label == "" || seen[o.Label] {
			o.Label += " (" + o.Value + ")"
		}
		seen[o.Label] = true
		s.options = append(s.options, o)
		s.Options = append(s.Options, o.Label)
	}
	chosen := 0
	for i, o := range s.options {
		if o.Value == value {
			chosen = i
		}
	}
	if len(s.options) > 0 {
		s.Selected = s.options[chosen].Label
	}
}

// Value is the value of the chosen option; "" for none.
func (s *Select) Value() string {
	for _, o := range s.options {
		if o.Label == s.Selected {
			return o.Value
		}
	}
	return ""
}

// TypedKey implements fyne.Focusable.
func (s *Select) TypedKey(key *fyne.KeyEvent) {
	if key.Name == fyne.KeyEscape && s.OnEscape != nil {
		s.OnEscape()
		return
	}
	if isHelp(key) {
		toWindow(key)
		return
	}
	s.Select.TypedKey(key)
}

// CreateRenderer implements fyne.Widget: the toolkit's own with a line around
// it, as entries have.
func (s *Select) CreateRenderer() fyne.WidgetRenderer {
	r := &selectRenderer{WidgetRenderer: s.Select.CreateRenderer(), owner: s, line: canvas.NewRectangle(nil)}
	r.apply()
	return r
}

type selectRenderer struct {
	fyne.WidgetRenderer
	owner *Select
	line  *canvas.Rectangle
}

func (r *selectRenderer) apply() {
	r.line.CornerRadius, r.line.StrokeWidth = theme.Corner, 1
	r.line.StrokeColor = colorOf(r.owner, theme.ColorEdge)
}

func (r *selectRenderer) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.line.Resize(size)
}

func (r *selectRenderer) Objects() []fyne.CanvasObject {
	return append(append([]fyne.CanvasObject{}, r.WidgetRenderer.Objects()...), r.line)
}

func (r *selectRenderer) Refresh() {
	r.apply()
	r.WidgetRenderer.Refresh()
	r.line.Refresh()
}

// Check is a box to tick.
type Check struct {
	widget.Check
	OnEscape func() `json:"-"`
}

// NewCheck makes a box that is not ticked.
func NewCheck(text string) *Check {
	c := &Check{}
	c.Text = text
	c.ExtendBaseWidget(c)
	return c
}

// TypedKey implements fyne.Focusable.
func (c *Check) TypedKey(key *fyne.KeyEvent) {
	if key.Name == fyne.KeyEscape && c.OnEscape != nil {
		c.OnEscape()
		return
	}
	if isHelp(key) {
		toWindow(key)
		return
	}
	c.Check.TypedKey(key)
}

// NewLabelled puts a label above something to be filled in.
func NewLabelled(label string, field fyne.CanvasObject) *fyne.Container {
	return NewColumn(theme.Tight, NewText(Look{Size: theme.SizeLabel, Color: theme.ColorSecond}, label), field)
}
