package widgets

import (
	"fyne.io/fyne/v2"

	"torii/ui/theme"
)

const (
	wideBoard float32 = 720 // from this width on, two columns
	halfBoard float32 = 440 // at most
	oneBoard  float32 = 560 // at most
	// boardFoot is free below the last card, so that one sees where a page ends.
	boardFoot float32 = 60
)

// board puts a head above two stacks of cards: below each other in a narrow
// window, beside each other in a wide one.
type board struct{}

// NewBoard makes the content of a page: a head over two stacks of cards.
func NewBoard(head, left, right fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: board{}, Objects: []fyne.CanvasObject{head, left, right}}
}

func (b board) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(320, b.HeightFor(objects, 320))
}

// HeightFor implements HeightLayout.
func (b board) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	_, bottom := b.places(objects, width)
	return bottom
}

// place is where one part of a board stands.
type place struct {
	at   fyne.Position
	size fyne.Size
}

// places are the places of the three parts, and the height of it all.
func (b board) places(objects []fyne.CanvasObject, width float32) (all [3]place, bottom float32) {
	columns, whole := 1, min(oneBoard, width-2*theme.Edge)
	each := whole
	if width >= wideBoard {
		columns = 2
		each = min(halfBoard, (width-2*theme.Edge-theme.Between)/2)
		whole = 2*each + theme.Between
	}
	x, y := (width-whole)/2, theme.Edge
	set := func(i int, x, y, width float32) float32 {
		all[i] = place{fyne.NewPos(x, y), fyne.NewSize(width, HeightOf(objects[i], width))}
		return y + all[i].size.Height
	}
	y = set(0, x, y, whole) + theme.Between
	first := set(1, x, y, each)
	if columns == 2 {
		return all, max(first, set(2, x+each+theme.Between, y, each)) + boardFoot
	}
	last := set(2, x, first+theme.Between, each)
	if all[2].size.Height == 0 {
		last = first
	}
	return all, last + boardFoot
}

func (b board) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	all, _ := b.places(objects, size.Width)
	for i, o := range objects {
		o.Move(all[i].at)
		o.Resize(all[i].size)
	}
}

// NewHead is the title of a page with what can be done at its right.
func NewHead(title string, actions ...fyne.CanvasObject) *fyne.Container {
	objects := append([]fyne.CanvasObject{NewText(Look{Size: theme.SizePage, Bold: true}, title)}, actions...)
	return NewRow(theme.Small, 0, objects...)
}

// NewTitled puts a small title above a card.
func NewTitled(title string, card fyne.CanvasObject) *fyne.Container {
	return NewColumn(theme.Small, NewText(Look{Size: theme.SizeSecond, Color: theme.ColorSecond, Bold: true}, title), card)
}
