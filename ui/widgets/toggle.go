package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"torii/ui/theme"
)

const (
	toggleWidth  float32 = 44
	toggleHeight float32 = 26
	toggleInset  float32 = 3
)

// Toggle is the small switch of a setting. As the big one does, it moves only
// when its owner sets it.
type Toggle struct {
	pressable
	on bool
}

// NewToggle makes a toggle that is off.
func NewToggle(tapped func()) *Toggle {
	t := &Toggle{}
	t.OnTapped = tapped
	t.ExtendBaseWidget(t)
	return t
}

// On reports how the toggle stands.
func (t *Toggle) On() bool { return t.on }

// Set moves the toggle.
func (t *Toggle) Set(on bool) {
	if t.on != on {
		t.on = on
		t.Refresh()
	}
}

// MinSize implements fyne.CanvasObject.
func (t *Toggle) MinSize() fyne.Size { return fyne.NewSize(toggleWidth, toggleHeight) }

// CreateRenderer implements fyne.Widget.
func (t *Toggle) CreateRenderer() fyne.WidgetRenderer {
	r := &toggleRenderer{owner: t, ring: canvas.NewRectangle(nil), track: canvas.NewRectangle(nil), knob: canvas.NewCircle(nil)}
	r.apply()
	return r
}

type toggleRenderer struct {
	owner       *Toggle
	ring, track *canvas.Rectangle
	knob        *canvas.Circle
}

func (r *toggleRenderer) Layout(fyne.Size) {
	r.ring.Move(fyne.NewPos(-3, -3))
	r.ring.Resize(fyne.NewSize(toggleWidth+6, toggleHeight+6))
	r.track.Resize(fyne.NewSize(toggleWidth, toggleHeight))
	diameter := toggleHeight - 2*toggleInset
	x := toggleInset
	if r.owner.on {
		x = toggleWidth - toggleInset - diameter
	}
	r.knob.Move(fyne.NewPos(x, toggleInset))
	r.knob.Resize(fyne.NewSquareSize(diameter))
}

func (r *toggleRenderer) MinSize() fyne.Size { return r.owner.MinSize() }

func (r *toggleRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ring, r.track, r.knob}
}

func (r *toggleRenderer) Destroy() {}

func (r *toggleRenderer) Refresh() {
	r.apply()
	r.Layout(r.owner.Size())
	canvas.Refresh(r.owner)
}

func (r *toggleRenderer) apply() {
	t := r.owner
	r.ring.CornerRadius, r.track.CornerRadius = toggleHeight/2+3, toggleHeight/2
	r.ring.StrokeColor, r.ring.StrokeWidth = nil, 0
	if t.focused {
		r.ring.StrokeColor, r.ring.StrokeWidth = colorOf(t, theme.ColorFocusRing), 2
	}
	// Off is told from on by the knob's place and by a line, not by colour alone.
	track, knob, edge := colorOf(t, theme.ColorTrack), colorOf(t, theme.ColorKnob), colorOf(t, theme.ColorSecond)
	if t.on {
		track = colorOf(t, theme.ColorGood)
		edge = track
	}
	ground := colorOf(t, theme.ColorSurface)
	switch {
	case t.disabled:
		track, knob, edge = blend(track, ground, 0.5), blend(knob, ground, 0.4), blend(edge, ground, 0.6)
	case t.hovered:
		track = blend(track, colorOf(t, theme.ColorText), 0.06)
	}
	r.track.FillColor, r.knob.FillColor = track, knob
	r.track.StrokeColor, r.track.StrokeWidth = edge, 1
}
