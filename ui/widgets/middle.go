package widgets

import (
	"fyne.io/fyne/v2"

	"torii/ui/theme"
)

// middle keeps a single column in the middle of a page, no wider than can be
// read well, with the edge of a page around it.
type middle struct{}

// NewMiddle makes the content of a page that has one column.
func NewMiddle(content fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: middle{}, Objects: []fyne.CanvasObject{content}}
}

const widestMiddle float32 = 640

func (middle) width(width float32) float32 { return min(widestMiddle, width-2*theme.Edge) }

func (m middle) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(320, m.HeightFor(objects, 320))
}

// HeightFor implements HeightLayout.
func (m middle) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return theme.Edge + HeightOf(objects[0], m.width(width)) + boardFoot
}

func (m middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := m.width(size.Width)
	objects[0].Move(fyne.NewPos((size.Width-width)/2, theme.Edge))
	objects[0].Resize(fyne.NewSize(width, HeightOf(objects[0], width)))
}
