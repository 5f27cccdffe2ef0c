package widgets

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"torii/ui/theme"
)

// Stand is where a switch stands.
type Stand int

// Where it can stand.
const (
	Off Stand = iota
	// Middle is on the way; a press there cancels.
	Middle
	On
)

const (
	switchWidth  float32 = 84
	switchHeight float32 = 44
	knobInset    float32 = 5
	moveTime             = 150 * time.Millisecond
)

// Switch is the big switch of Home. It does not move by being pressed: whoever
// owns it hears of the press and sets where it stands.
type Switch struct {
	pressable
	stand Stand

	// at runs from 0 (off) to 1 (on) and follows stand in an animation;
	// from is the colour of the track that the animation began with.
	at       float32
	from     color.Color
	progress float32
	moving   *fyne.Animation
}

// NewSwitch makes a switch that is off.
func NewSwitch(tapped func()) *Switch {
	s := &Switch{progress: 1}
	s.OnTapped = tapped
	s.ExtendBaseWidget(s)
	return s
}

// Stands is where the switch stands or moves to.
func (s *Switch) Stands() Stand { return s.stand }

// Set moves the switch.
func (s *Switch) Set(to Stand) {
	if s.stand == to {
		return
	}
	s.from = s.track()
	s.stand = to
	start, end := s.at, float32(to)/2
	if s.moving != nil {
		s.moving.Stop()
	}
	s.moving = fyne.NewAnimation(moveTime, func(done float32) {
		s.progress = done
		s.at = start + (end-start)*done
		s.Refresh()
	})
	s.moving.Curve = fyne.AnimationEaseOut
	s.moving.Start()
}

// settled is the colour of the track where it stands now.
func (s *Switch) settled() color.Color {
	switch s.stand {
	case Middle:
		return colorOf(s, theme.ColorAttention)
	case On:
		return colorOf(s, theme.ColorGood)
	}
	return colorOf(s, theme.ColorTrack)
}

// track is the colour of the track at this moment.
func (s *Switch) track() color.Color {
	if s.from == nil || s.progress >= 1 {
		return s.settled()
	}
	return blend(s.from, s.settled(), s.progress)
}

// MinSize implements fyne.CanvasObject.
func (s *Switch) MinSize() fyne.Size { return fyne.NewSize(switchWidth, switchHeight) }

// CreateRenderer implements fyne.Widget.
func (s *Switch) CreateRenderer() fyne.WidgetRenderer {
	r := &switchRenderer{
		owner: s, ring: canvas.NewRectangle(nil), track: canvas.NewRectangle(nil), knob: canvas.NewCircle(nil),
	}
	r.apply()
	return r
}

type switchRenderer struct {
	owner *Switch
	ring  *canvas.Rectangle
	track *canvas.Rectangle
	knob  *canvas.Circle
}

func (r *switchRenderer) Layout(fyne.Size) {
	r.ring.Move(fyne.NewPos(-4, -4))
	r.ring.Resize(fyne.NewSize(switchWidth+8, switchHeight+8))
	r.track.Resize(fyne.NewSize(switchWidth, switchHeight))
	diameter := switchHeight - 2*knobInset
	r.knob.Move(fyne.NewPos(knobInset+(switchWidth-2*knobInset-diameter)*r.owner.at, knobInset))
	r.knob.Resize(fyne.NewSquareSize(diameter))
}

func (r *switchRenderer) MinSize() fyne.Size { return r.owner.MinSize() }

func (r *switchRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ring, r.track, r.knob}
}

func (r *switchRenderer) Destroy() {
	if r.owner.moving != nil {
		r.owner.moving.Stop()
	}
}

func (r *switchRenderer) Refresh() {
	r.apply()
	r.Layout(r.owner.Size())
	canvas.Refresh(r.owner)
}

func (r *switchRenderer) apply() {
	s := r.owner
	r.ring.CornerRadius, r.track.CornerRadius = switchHeight/2+4, switchHeight/2
	r.ring.StrokeColor, r.ring.StrokeWidth = nil, 0
	if s.focused {
		r.ring.StrokeColor, r.ring.StrokeWidth = colorOf(s, theme.ColorFocusRing), 2
	}
	track, knob := s.track(), colorOf(s, theme.ColorKnob)
	switch {
	case s.disabled:
		ground := colorOf(s, theme.ColorSurface)
		track, knob = blend(track, ground, 0.5), blend(knob, ground, 0.4)
	case s.hovered:
		track = blend(track, colorOf(s, theme.ColorText), 0.06)
	}
	r.track.FillColor, r.knob.FillColor = track, knob
	r.knob.Shadow = canvas.Shadow{Color: color.NRGBA{A: 0x38}, BlurRadius: 4, Offset: fyne.NewPos(0, 1)}
}
