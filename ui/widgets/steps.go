package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
)

// Steps shows how far something with a known number of steps has come.
type Steps struct {
	widget.BaseWidget
	count, current int
}

// NewSteps makes count steps. Before the first Set they take their room and
// show nothing.
func NewSteps(count int) *Steps {
	s := &Steps{count: count, current: -1}
	s.ExtendBaseWidget(s)
	return s
}

// Set says which step (from 0) is under way: those before it are done. -1 is
// nothing under way, and shows nothing.
func (s *Steps) Set(current int) {
	if s.current != current {
		s.current = current
		s.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (s *Steps) CreateRenderer() fyne.WidgetRenderer {
	r := &stepsRenderer{steps: s}
	for range s.count {
		r.bars = append(r.bars, &canvas.Rectangle{CornerRadius: stepHeight / 2})
	}
	r.apply()
	return r
}

const (
	stepHeight float32 = 6
	stepGap    float32 = 6
)

type stepsRenderer struct {
	steps *Steps
	bars  []*canvas.Rectangle
}

func (r *stepsRenderer) Layout(size fyne.Size) {
	n := float32(len(r.bars))
	width := (size.Width - (n-1)*stepGap) / n
	for i, bar := range r.bars {
		bar.Move(fyne.NewPos(float32(i)*(width+stepGap), (size.Height-stepHeight)/2))
		bar.Resize(fyne.NewSize(width, stepHeight))
	}
}

func (r *stepsRenderer) MinSize() fyne.Size {
	return fyne.NewSize(float32(len(r.bars))*(stepHeight+stepGap), stepHeight)
}

func (r *stepsRenderer) Objects() []fyne.CanvasObject {
	all := make([]fyne.CanvasObject, len(r.bars))
	for i, bar := range r.bars {
		all[i] = bar
	}
	return all
}

func (r *stepsRenderer) Destroy() {}

func (r *stepsRenderer) Refresh() {
	r.apply()
	canvas.Refresh(r.steps)
}

func (r *stepsRenderer) apply() {
	for i, bar := range r.bars {
		switch {
		case r.steps.current < 0:
			bar.FillColor = nil
		case i < r.steps.current:
			bar.FillColor = colorOf(r.steps, theme.ColorGood)
		case i == r.steps.current:
			bar.FillColor = colorOf(r.steps, theme.ColorAttention)
		default:
			bar.FillColor = colorOf(r.steps, theme.ColorTrack)
		}
		bar.Refresh()
	}
}
