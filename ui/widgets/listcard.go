package widgets

import (
	"fyne.io/fyne/v2"
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
func (c *ListCard) HeightFor(width float32) float32 { return cardHeight(c.content, width) }

// CreateRenderer implements fyne.Widget. The ring stands around the card,
// whose own edge tells the chosen one.
func (c *ListCard) CreateRenderer() fyne.WidgetRenderer {
	return newCardRenderer(c, &c.pressable, c.content, 3, func() bool { return c.chosen })
}
