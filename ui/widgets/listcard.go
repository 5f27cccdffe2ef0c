package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"

	"torii/ui/theme"
)

// ListCard is a card of a list of things to open: a press chooses it, a double
// press or Enter opens it, and the second mouse button or the menu key shows
// what else can be done with it.
type ListCard struct {
	pressable
	// OnOpened is called for a double press and for Enter; nil does nothing.
	OnOpened func()
	// OnMenu is called with the place on the canvas where a menu belongs; nil
	// does nothing.
	OnMenu func(at fyne.Position)
	// OnWalked is called for Up (-1) and Down (1); nil does nothing.
	OnWalked func(step int)

	content fyne.CanvasObject
	chosen  bool
}

var (
	_ fyne.DoubleTappable    = (*ListCard)(nil)
	_ fyne.SecondaryTappable = (*ListCard)(nil)
)

// NewListCard puts content on such a card.
func NewListCard(content fyne.CanvasObject) *ListCard {
	c := &ListCard{content: content}
	c.ExtendBaseWidget(c)
	return c
}

// SetChosen decides whether the card is the chosen one of its list.
func (c *ListCard) SetChosen(chosen bool) {
	if c.chosen != chosen {
		c.chosen = chosen
		c.Refresh()
	}
}

// DoubleTapped implements fyne.DoubleTappable.
func (c *ListCard) DoubleTapped(*fyne.PointEvent) {
	if !c.disabled && c.OnOpened != nil {
		c.OnOpened()
	}
}

// TappedSecondary implements fyne.SecondaryTappable.
func (c *ListCard) TappedSecondary(at *fyne.PointEvent) { c.menu(at.AbsolutePosition) }

func (c *ListCard) menu(at fyne.Position) {
	if !c.disabled && c.OnMenu != nil {
		c.OnMenu(at)
	}
}

// TypedKey implements fyne.Focusable.
func (c *ListCard) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeyUp, fyne.KeyDown:
		step := 1
		if key.Name == fyne.KeyUp {
			step = -1
		}
		if c.OnWalked != nil {
			c.OnWalked(step)
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		c.DoubleTapped(nil)
	case desktop.KeyMenu:
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(c)
		c.menu(at.AddXY(theme.Inside, c.Size().Height/2))
	default:
		c.pressable.TypedKey(key)
	}
}

// HeightFor implements HeightForWidth.
func (c *ListCard) HeightFor(width float32) float32 {
	return HeightOf(c.content, width-2*theme.Inside) + 2*pressInset
}

// CreateRenderer implements fyne.Widget.
func (c *ListCard) CreateRenderer() fyne.WidgetRenderer {
	r := &listCardRenderer{card: c, ground: NewSurface(), shade: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil)}
	r.apply()
	return r
}

type listCardRenderer struct {
	card        *ListCard
	ground      *Surface
	shade, ring *canvas.Rectangle
}

func (r *listCardRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	r.shade.Resize(size)
	r.ring.Move(fyne.NewPos(-3, -3))
	r.ring.Resize(size.AddWidthHeight(6, 6))
	r.card.content.Move(fyne.NewPos(theme.Inside, pressInset))
	r.card.content.Resize(size.SubtractWidthHeight(2*theme.Inside, 2*pressInset))
}

func (r *listCardRenderer) MinSize() fyne.Size {
	return r.card.content.MinSize().AddWidthHeight(2*theme.Inside, 2*pressInset)
}

func (r *listCardRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ring, r.ground, r.shade, r.card.content}
}

func (r *listCardRenderer) Destroy() {}

func (r *listCardRenderer) Refresh() {
	r.apply()
	r.ground.Refresh()
	r.card.content.Refresh()
	canvas.Refresh(r.card)
}

func (r *listCardRenderer) apply() {
	c := r.card
	r.ground.Line, r.ground.LineWidth = theme.ColorLine, 1
	if c.chosen {
		r.ground.Line, r.ground.LineWidth = theme.ColorAccent, 1.5
	}
	r.shade.CornerRadius, r.ring.CornerRadius = theme.Radius, theme.Radius+3
	r.shade.FillColor = nil
	if c.hovered && !c.disabled {
		r.shade.FillColor = colorOf(c, theme.ColorHover)
	}
	r.ring.StrokeColor, r.ring.StrokeWidth = nil, 0
	if c.focused {
		r.ring.StrokeColor, r.ring.StrokeWidth = colorOf(c, theme.ColorFocusRing), 2
	}
}
