package welcome

import (
	"fyne.io/fyne/v2"

	"torii/ui/theme"
	"torii/ui/widgets"
)

// note is a tinted box with words in it; hidden without words.
type note struct {
	object *fyne.Container
	text   *widgets.Text
}

func newNote(fill fyne.ThemeColorName) *note {
	n := &note{text: widgets.NewText(widgets.Look{Size: theme.SizeSecond}, "")}
	n.object = widgets.NewInset(10, widgets.NewBlock(fill, theme.Corner), n.text)
	n.object.Hide()
	return n
}

func (n *note) say(words string) {
	n.text.SetText(words)
	setVisible(n.object, words != "")
}

// setVisible shows or hides an object.
func setVisible(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}

// centre keeps a narrow column in the middle: a little above half of the height
// where there is room, or from a fixed height on downwards, so that a field does
// not move under what is typed.
type centre struct{ fixed bool }

const widest float32 = 460

func (centre) width(width float32) float32 { return min(widest, width-2*theme.Edge) }

// MinSize implements fyne.Layout.
func (c centre) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(320, c.HeightFor(objects, 320))
}

// HeightFor implements widgets.HeightLayout.
func (c centre) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return theme.Edge + widgets.HeightOf(objects[0], c.width(width)) + theme.Edge
}

// Layout implements fyne.Layout.
func (c centre) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := c.width(size.Width)
	height := widgets.HeightOf(objects[0], width)
	top := (size.Height - height) * 2 / 5
	if c.fixed {
		top = min(size.Height/9, size.Height-height-theme.Edge)
	}
	objects[0].Move(fyne.NewPos((size.Width-width)/2, max(theme.Edge, top)))
	objects[0].Resize(fyne.NewSize(width, height))
}
