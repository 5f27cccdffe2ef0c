package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"torii/ui/theme"
)

const (
	infoSize float32 = 38
	infoIcon float32 = 22
)

// InfoButton is the round information icon at the lower right of a screen.
type InfoButton struct{ pressable }

// NewInfoButton makes the button.
func NewInfoButton(tapped func()) *InfoButton {
	b := &InfoButton{}
	b.OnTapped = tapped
	b.ExtendBaseWidget(b)
	return b
}

// MinSize implements fyne.CanvasObject.
func (b *InfoButton) MinSize() fyne.Size { return fyne.NewSquareSize(infoSize) }

// CreateRenderer implements fyne.Widget.
func (b *InfoButton) CreateRenderer() fyne.WidgetRenderer {
	r := &infoButtonRenderer{button: b, ring: canvas.NewCircle(nil), ground: canvas.NewCircle(nil), shade: canvas.NewCircle(nil),
		icon: NewIcon("info", infoIcon, theme.ColorAccent)}
	r.apply()
	return r
}

type infoButtonRenderer struct {
	button              *InfoButton
	ring, ground, shade *canvas.Circle
	icon                *Picture
}

func (r *infoButtonRenderer) MinSize() fyne.Size { return r.button.MinSize() }

func (r *infoButtonRenderer) Layout(size fyne.Size) {
	r.ring.Move(fyne.NewPos(-3, -3))
	r.ring.Resize(size.AddWidthHeight(6, 6))
	r.ground.Resize(size)
	r.shade.Resize(size)
	r.icon.Move(fyne.NewPos((size.Width-infoIcon)/2, (size.Height-infoIcon)/2))
	r.icon.Resize(fyne.NewSquareSize(infoIcon))
}

func (r *infoButtonRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ring, r.ground, r.shade, r.icon}
}

func (r *infoButtonRenderer) Destroy() {}

func (r *infoButtonRenderer) Refresh() {
	r.apply()
	r.Layout(r.button.Size())
	canvas.Refresh(r.button)
}

func (r *infoButtonRenderer) apply() {
	b := r.button
	r.ground.FillColor = colorOf(b, theme.ColorSurface)
	r.ground.StrokeColor, r.ground.StrokeWidth = colorOf(b, theme.ColorEdge), 1
	r.shade.FillColor = nil
	if b.hovered {
		r.shade.FillColor = colorOf(b, theme.ColorHover)
	}
	r.ring.StrokeColor, r.ring.StrokeWidth = nil, 0
	if b.focused {
		r.ring.StrokeColor, r.ring.StrokeWidth = colorOf(b, theme.ColorFocusRing), 2
	}
	r.icon.SetColor(theme.ColorAccent)
}
