package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"torii/ui/theme"
)

// Chooser shows which of some options is chosen, and lets choose another one
// from a menu. It does not change by being pressed: its owner hears which
// option is wanted and sets what is.
type Chooser struct {
	pressable
	options []Option
	value   string
	choose  func(value string)
	canvas  func() fyne.Canvas
}

// NewChooser makes a chooser whose menu opens on a canvas. choose hears of the
// value that is wanted, also where it is the one that is chosen already.
func NewChooser(c fyne.Canvas, options []Option, choose func(value string)) *Chooser {
	s := &Chooser{options: options, choose: choose, canvas: func() fyne.Canvas { return c }}
	s.OnTapped = s.open
	s.ExtendBaseWidget(s)
	return s
}

// Value is what is chosen.
func (s *Chooser) Value() string { return s.value }

// Set shows a value as chosen. One that no option has is shown as it is.
func (s *Chooser) Set(value string) {
	if s.value != value {
		s.value = value
		s.Refresh()
	}
}

// Label is what a person reads of the chosen value.
func (s *Chooser) Label() string {
	for _, o := range s.options {
		if o.Value == s.value {
			return o.Label
		}
	}
	return s.value
}

// Menu lists the options, the chosen one ticked.
func (s *Chooser) Menu() []MenuItem {
	items := make([]MenuItem, len(s.options))
	for i, o := range s.options {
		items[i] = MenuItem{Label: o.Label, Checked: o.Value == s.value, Do: func() { s.choose(o.Value) }}
	}
	return items
}

func (s *Chooser) open() { NewMenu(s.Menu()).OpenBelow(s.canvas(), s) }

// CreateRenderer implements fyne.Widget.
func (s *Chooser) CreateRenderer() fyne.WidgetRenderer {
	r := &chooserRenderer{owner: s, ring: canvas.NewRectangle(nil), shade: canvas.NewRectangle(nil),
		label: canvas.NewText("", nil), icon: NewIcon("chevron", chooserIcon, theme.ColorSecond)}
	r.apply()
	return r
}

const (
	chooserIcon    float32 = 16
	chooserPadding float32 = 5
)

type chooserRenderer struct {
	owner       *Chooser
	ring, shade *canvas.Rectangle
	label       *canvas.Text
	icon        *Picture
}

func (r *chooserRenderer) MinSize() fyne.Size {
	text := r.label.MinSize()
	return fyne.NewSize(text.Width+chooserIcon+3*chooserPadding, max(text.Height, chooserIcon)+2*chooserPadding)
}

func (r *chooserRenderer) Layout(size fyne.Size) {
	r.ring.Resize(size)
	r.shade.Resize(size)
	text := r.label.MinSize()
	iconX := size.Width - chooserPadding - chooserIcon
	r.icon.Move(fyne.NewPos(iconX, (size.Height-chooserIcon)/2))
	r.icon.Resize(fyne.NewSquareSize(chooserIcon))
	r.label.Move(fyne.NewPos(iconX-chooserPadding-text.Width, (size.Height-text.Height)/2))
	r.label.Resize(text)
}

func (r *chooserRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.shade, r.label, r.icon, r.ring}
}

func (r *chooserRenderer) Destroy() {}

func (r *chooserRenderer) Refresh() {
	r.apply()
	r.Layout(r.owner.Size())
	canvas.Refresh(r.owner)
}

func (r *chooserRenderer) apply() {
	s := r.owner
	r.ring.CornerRadius, r.shade.CornerRadius = theme.Corner, theme.Corner
	r.shade.FillColor = nil
	if s.hovered && !s.disabled {
		r.shade.FillColor = colorOf(s, theme.ColorHover)
	}
	r.ring.StrokeColor, r.ring.StrokeWidth = nil, 0
	if s.focused {
		r.ring.StrokeColor, r.ring.StrokeWidth = colorOf(s, theme.ColorFocusRing), 2
	}
	r.label.Text, r.label.TextSize = s.Label(), s.Theme().Size(theme.SizeText)
	set(s, r.label, fyne.TextStyle{Bold: true})
	color := theme.ColorAccent
	if s.disabled {
		color = theme.ColorSecond
	}
	r.label.Color = colorOf(s, color)
	r.icon.SetColor(color)
}
