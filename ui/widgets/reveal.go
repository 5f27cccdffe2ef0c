package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Reveal scrolls what an object stands in until all of the object, or its
// beginning, can be seen.
func Reveal(c fyne.Canvas, o fyne.CanvasObject) {
	root := c.Content()
	if top := c.Overlays().Top(); top != nil {
		root = top
	}
	if s := scrollOf(root, o, nil); s != nil {
		reveal(s, o)
	}
}

// revealMargin is the space that Reveal leaves around an object that was cut.
const revealMargin float32 = 24

func reveal(s *container.Scroll, o fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(s).Y
	below := top + o.Size().Height - s.Size().Height // how much is cut there
	offset := s.Offset.Y
	switch {
	case top < 0:
		offset += top - revealMargin
	case below > 0:
		offset += min(top-revealMargin, below+revealMargin)
	default:
		return
	}
	offset = max(0, min(offset, s.Content.MinSize().Height-s.Size().Height))
	s.ScrollToOffset(fyne.NewPos(s.Offset.X, offset))
}

// revealFocused reveals what has just got the keyboard: the toolkit lets Tab
// walk to things that are scrolled out of sight.
func revealFocused() {
	for _, w := range fyne.CurrentApp().Driver().AllWindows() {
		if o, ok := w.Canvas().Focused().(fyne.CanvasObject); ok {
			Reveal(w.Canvas(), o)
		}
	}
}

// FocusGained implements fyne.Focusable.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	revealFocused()
}

// FocusGained implements fyne.Focusable.
func (s *Select) FocusGained() {
	s.Select.FocusGained()
	revealFocused()
}

// FocusGained implements fyne.Focusable.
func (c *Check) FocusGained() {
	c.Check.FocusGained()
	revealFocused()
}

// scrollOf finds the innermost scroller above an object; nil for none.
func scrollOf(o, wanted fyne.CanvasObject, inside *container.Scroll) *container.Scroll {
	if o == wanted {
		return inside
	}
	if o == nil || !o.Visible() {
		return nil
	}
	var children []fyne.CanvasObject
	switch o := o.(type) {
	case *container.Scroll:
		inside = o
		children = []fyne.CanvasObject{o.Content}
	case *fyne.Container:
		children = o.Objects
	case inner:
		children = o.inner()
	}
	for _, child := range children {
		if found := scrollOf(child, wanted, inside); found != nil {
			return found
		}
	}
	return nil
}

// inner is a widget that other objects stand in.
type inner interface{ inner() []fyne.CanvasObject }

func (p *Page) inner() []fyne.CanvasObject      { return []fyne.CanvasObject{p.scroll} }
func (s *Sheet) inner() []fyne.CanvasObject     { return []fyne.CanvasObject{s.head, s.scroll, s.foot} }
func (c *PressCard) inner() []fyne.CanvasObject { return []fyne.CanvasObject{c.content} }
func (c *ListCard) inner() []fyne.CanvasObject  { return []fyne.CanvasObject{c.content} }
func (d *Divided) inner() []fyne.CanvasObject   { return d.objects }
