package widgets

import "fyne.io/fyne/v2"

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
func (c *PressCard) HeightFor(width float32) float32 { return cardHeight(c.content, width) }

// CreateRenderer implements fyne.Widget.
func (c *PressCard) CreateRenderer() fyne.WidgetRenderer {
	return newCardRenderer(c, &c.pressable, c.content, 0, func() bool { return false })
}
