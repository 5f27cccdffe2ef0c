package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"torii/ui/theme"
)

// PressCard is a card that can be pressed as a whole.
type PressCard struct {
	pressable
	content fyne.CanvasObject
}

// NewPressCard puts content on a card that can be pressed.
func NewPressCard(content fyne.CanvasObject, tapped func()) *PressCard {
	c := &PressCard{content: content}
	c.OnTapped = tapped
	c.ExtendBaseWidget(c)
	return c
}

// HeightFor implements HeightForWidth.
func (c *PressCard) HeightFor(width float32) float32 {
	return HeightOf(c.content, width-2*theme.Inside) + 2*pressInset
}

// pressInset is the space above and below the content: a card of one row is
// lower than others.
const pressInset float32 = 13

// CreateRenderer implements fyne.Widget.
func (c *PressCard) CreateRenderer() fyne.WidgetRenderer {
	r := &pressCardRenderer{card: c, ground: NewSurface(), shade: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil)}
	r.apply()
	return r
}

type pressCardRenderer struct {
	card        *PressCard
	ground      *Surface
	shade, ring *canvas.Rectangle
}

func (r *pressCardRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	r.shade.Resize(size)
	r.ring.Resize(size)
	r.card.content.Move(fyne.NewPos(theme.Inside, pressInset))
	r.card.content.Resize(size.SubtractWidthHeight(2*theme.Inside, 2*pressInset))
}

func (r *pressCardRenderer) MinSize() fyne.Size {
	return r.card.content.MinSize().AddWidthHeight(2*theme.Inside, 2*pressInset)
}

func (r *pressCardRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.shade, r.card.content, r.ring}
}

func (r *pressCardRenderer) Destroy() {}

func (r *pressCardRenderer) Refresh() {
	r.apply()
	r.ground.Refresh()
	r.card.content.Refresh()
	canvas.Refresh(r.card)
}

func (r *pressCardRenderer) apply() {
	c := r.card
	r.shade.CornerRadius, r.ring.CornerRadius = theme.Radius, theme.Radius
	r.shade.FillColor = nil
	if c.hovered && !c.disabled {
		r.shade.FillColor = colorOf(c, theme.ColorHover)
	}
	r.ring.StrokeColor, r.ring.StrokeWidth = nil, 0
	if c.focused {
		r.ring.StrokeColor, r.ring.StrokeWidth = colorOf(c, theme.ColorFocusRing), 2
	}
}
