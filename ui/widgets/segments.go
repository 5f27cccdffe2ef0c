package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"torii/ui/theme"
)

// Segments chooses one of a few options that all stand there. The arrow keys
// move the choice.
type Segments struct {
	pressable
	options []Option
	chosen  int
	choose  func(value string)
}

// NewSegments makes a choice with the first option chosen. choose hears of
// each other choice; the segments show it by themselves.
func NewSegments(options []Option, choose func(value string)) *Segments {
	s := &Segments{options: options, choose: choose}
	s.ExtendBaseWidget(s)
	return s
}

// Value is what is chosen; "" without options.
func (s *Segments) Value() string {
	if len(s.options) == 0 {
		return ""
	}
	return s.options[s.chosen].Value
}

// Set chooses an option by its value; nobody hears of it. One that there is
// not changes nothing.
func (s *Segments) Set(value string) {
	for place, o := range s.options {
		if o.Value == value && place != s.chosen {
			s.chosen = place
			s.Refresh()
		}
	}
}

// pick chooses an option by its place, where there is one.
func (s *Segments) pick(place int) {
	if place < 0 || place >= len(s.options) || place == s.chosen || s.disabled {
		return
	}
	s.chosen = place
	s.Refresh()
	s.choose(s.Value())
}

// Tapped implements fyne.Tappable.
func (s *Segments) Tapped(at *fyne.PointEvent) {
	if at != nil && len(s.options) > 0 && s.Size().Width > 0 {
		s.pick(int(at.Position.X / (s.Size().Width / float32(len(s.options)))))
	}
}

// TypedKey implements fyne.Focusable.
func (s *Segments) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeyLeft, fyne.KeyUp:
		s.pick(s.chosen - 1)
	case fyne.KeyRight, fyne.KeyDown:
		s.pick(s.chosen + 1)
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		if len(s.options) > 0 {
			s.pick((s.chosen + 1) % len(s.options))
		}
	default:
		s.pressable.TypedKey(key)
	}
}

// CreateRenderer implements fyne.Widget.
func (s *Segments) CreateRenderer() fyne.WidgetRenderer {
	r := &segmentsRenderer{owner: s, ground: canvas.NewRectangle(nil), mark: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil)}
	for range s.options {
		r.labels = append(r.labels, canvas.NewText("", nil))
	}
	r.apply()
	return r
}

type segmentsRenderer struct {
	owner              *Segments
	ground, mark, ring *canvas.Rectangle
	labels             []*canvas.Text
}

const segmentsInset float32 = 3

func (r *segmentsRenderer) MinSize() fyne.Size {
	var widest, height float32
	for _, l := range r.labels {
		size := Measure(r.owner, l.Text, l.TextSize, fyne.TextStyle{Bold: true})
		widest, height = max(widest, size.Width), max(height, size.Height)
	}
	return fyne.NewSize(float32(len(r.labels))*(widest+20), height+14)
}

func (r *segmentsRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	r.ring.Resize(size)
	each := size.Width / float32(max(1, len(r.labels)))
	r.mark.Move(fyne.NewPos(float32(r.owner.chosen)*each+segmentsInset, segmentsInset))
	r.mark.Resize(fyne.NewSize(each-2*segmentsInset, size.Height-2*segmentsInset))
	for i, l := range r.labels {
		height := l.MinSize().Height
		l.Move(fyne.NewPos(float32(i)*each, (size.Height-height)/2))
		l.Resize(fyne.NewSize(each, height))
	}
}

func (r *segmentsRenderer) Objects() []fyne.CanvasObject {
	all := []fyne.CanvasObject{r.ground, r.mark}
	for _, l := range r.labels {
		all = append(all, l)
	}
	return append(all, r.ring)
}

func (r *segmentsRenderer) Destroy() {}

func (r *segmentsRenderer) Refresh() {
	r.apply()
	r.Layout(r.owner.Size())
	canvas.Refresh(r.owner)
}

func (r *segmentsRenderer) apply() {
	s := r.owner
	r.ground.CornerRadius, r.ring.CornerRadius, r.mark.CornerRadius = theme.Corner, theme.Corner, theme.Corner-segmentsInset
	r.ground.FillColor = colorOf(s, theme.ColorTintNeutral)
	r.mark.FillColor = colorOf(s, theme.ColorSurface)
	r.mark.StrokeColor, r.mark.StrokeWidth = colorOf(s, theme.ColorEdge), 1
	r.ring.StrokeColor, r.ring.StrokeWidth = nil, 0
	if s.focused {
		r.ring.StrokeColor, r.ring.StrokeWidth = colorOf(s, theme.ColorFocusRing), 2
	}
	for i, l := range r.labels {
		l.Text, l.TextSize, l.Alignment = s.options[i].Label, s.Theme().Size(theme.SizeSecond), fyne.TextAlignCenter
		set(s, l, fyne.TextStyle{Bold: i == s.chosen})
		l.Color = colorOf(s, theme.ColorSecond)
		if i == s.chosen {
			l.Color = colorOf(s, theme.ColorText)
		}
	}
}
