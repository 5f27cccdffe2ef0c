package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
)

const (
	sheetWidth  float32 = 440 // at most
	sheetMargin float32 = 14
	sheetPad    float32 = 20
)

// Sheet is what a prompt stands on: a card over the dimmed window, with a head
// and a foot that stay and a body that scrolls where it does not fit.
type Sheet struct {
	widget.BaseWidget
	head, body, foot fyne.CanvasObject
	scroll           *container.Scroll
	overlays         fyne.OverlayStack
}

// NewSheet makes a sheet.
func NewSheet(head, body, foot fyne.CanvasObject) *Sheet {
	s := &Sheet{head: head, body: body, foot: foot}
	s.scroll = container.NewVScroll(&fyne.Container{Layout: &sheetBody{sheet: s}, Objects: []fyne.CanvasObject{body}})
	s.ExtendBaseWidget(s)
	return s
}

// Open lays the sheet over a canvas.
func (s *Sheet) Open(c fyne.Canvas) {
	s.overlays = c.Overlays()
	s.Resize(c.Size())
	s.overlays.Add(s)
}

// Close takes the sheet away, and whatever it opened above itself.
func (s *Sheet) Close() {
	if s.overlays != nil {
		s.overlays.Remove(s)
		s.overlays = nil
	}
}

// Relayout lays the sheet out again after something in it changed.
func (s *Sheet) Relayout() { s.Refresh() }

// CreateRenderer implements fyne.Widget.
func (s *Sheet) CreateRenderer() fyne.WidgetRenderer {
	card := NewSurface()
	card.Shadow = true
	return &sheetRenderer{sheet: s, scrim: canvas.NewRectangle(colorOf(s, theme.ColorScrim)), card: card}
}

// sheetBody gives the body the width of the card.
type sheetBody struct{ sheet *Sheet }

func (l *sheetBody) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, HeightOf(l.sheet.body, l.sheet.scroll.Size().Width-2*bodySide)+2*bodyInset)
}

func (l *sheetBody) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(bodySide, bodyInset))
	objects[0].Resize(size.SubtractWidthHeight(2*bodySide, 2*bodyInset))
}

// The scrolling part is larger than what it holds: room for the rings around
// what has the keyboard, and at the sides for the scroll bar.
const (
	bodyInset float32 = 4
	bodySide  float32 = 12
)

type sheetRenderer struct {
	sheet *Sheet
	scrim *canvas.Rectangle
	card  *Surface
}

func (r *sheetRenderer) Layout(size fyne.Size) {
	s := r.sheet
	r.scrim.Resize(size)
	width := min(sheetWidth, size.Width-2*sheetMargin)
	inner := width - 2*sheetPad
	head, foot := HeightOf(s.head, inner), HeightOf(s.foot, inner)
	body := HeightOf(s.body, inner) + 2*bodyInset
	const gap = theme.Between
	fixed := head + foot + 2*gap + 2*sheetPad
	body = min(body, max(40, size.Height-2*sheetMargin-fixed))
	height := fixed + body
	x, y := (size.Width-width)/2, max(sheetMargin, (size.Height-height)/2)

	r.card.Move(fyne.NewPos(x, y))
	r.card.Resize(fyne.NewSize(width, height))
	place := func(o fyne.CanvasObject, top, height, bleed float32) {
		o.Move(fyne.NewPos(x+sheetPad-bleed, y+top))
		o.Resize(fyne.NewSize(inner+2*bleed, height))
	}
	place(s.head, sheetPad, head, 0)
	place(s.scroll, sheetPad+head+gap, body, bodySide)
	place(s.foot, sheetPad+head+2*gap+body, foot, 0)
}

func (r *sheetRenderer) MinSize() fyne.Size { return fyne.NewSize(200, 200) }

func (r *sheetRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.scrim, r.card, r.sheet.head, r.sheet.scroll, r.sheet.foot}
}

func (r *sheetRenderer) Destroy() {}

func (r *sheetRenderer) Refresh() {
	r.scrim.FillColor = colorOf(r.sheet, theme.ColorScrim)
	r.card.Refresh()
	r.Layout(r.sheet.Size())
	r.sheet.scroll.Content.Refresh()
	r.sheet.scroll.Refresh()
	canvas.Refresh(r.sheet)
}
