package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"torii/ui/theme"
)

// pressInset is the space above and below the content of a card that can be
// pressed: a card of one row is lower than others.
const pressInset float32 = 13

// cardHeight is how high such a card is.
func cardHeight(content fyne.CanvasObject, width float32) float32 {
	return HeightOf(content, width-2*theme.Inside) + 2*pressInset
}

// cardRenderer draws a card that can be pressed: its ground, a shade under the
// mouse, and a ring while it has the keyboard.
type cardRenderer struct {
	card        fyne.Widget
	state       *pressable // the card's
	content     fyne.CanvasObject
	chosen      func() bool
	outset      float32 // of the ring from the card's edge
	ground      *Surface
	shade, ring *canvas.Rectangle
}

func newCardRenderer(card fyne.Widget, state *pressable, content fyne.CanvasObject, outset float32, chosen func() bool) *cardRenderer {
	r := &cardRenderer{card: card, state: state, content: content, outset: outset, chosen: chosen,
		ground: NewSurface(), shade: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil)}
	r.apply()
	return r
}

func (r *cardRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	r.shade.Resize(size)
	r.ring.Move(fyne.NewPos(-r.outset, -r.outset))
	r.ring.Resize(size.AddWidthHeight(2*r.outset, 2*r.outset))
	r.content.Move(fyne.NewPos(theme.Inside, pressInset))
	r.content.Resize(size.SubtractWidthHeight(2*theme.Inside, 2*pressInset))
}

func (r *cardRenderer) MinSize() fyne.Size {
	return r.content.MinSize().AddWidthHeight(2*theme.Inside, 2*pressInset)
}

func (r *cardRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.shade, r.content, r.ring}
}

func (r *cardRenderer) Destroy() {}

func (r *cardRenderer) Refresh() {
	r.apply()
	r.ground.Refresh()
	r.content.Refresh()
	canvas.Refresh(r.card)
}

func (r *cardRenderer) apply() {
	s := r.state
	r.ground.Line, r.ground.LineWidth = theme.ColorLine, 1
	if r.chosen() {
		r.ground.Line, r.ground.LineWidth = theme.ColorAccent, 1.5
	}
	r.shade.CornerRadius, r.ring.CornerRadius = theme.Radius, theme.Radius+r.outset
	r.shade.FillColor = nil
	if s.hovered && !s.disabled {
		r.shade.FillColor = colorOf(s, theme.ColorHover)
	}
	r.ring.StrokeColor, r.ring.StrokeWidth = nil, 0
	if s.focused {
		r.ring.StrokeColor, r.ring.StrokeWidth = colorOf(s, theme.ColorFocusRing), 2
	}
}
