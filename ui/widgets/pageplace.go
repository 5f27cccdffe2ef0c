package widgets

import "fyne.io/fyne/v2"

// Offset is how far the page is scrolled down, in device-independent pixels.
func (p *Page) Offset() float32 { return p.scroll.Offset.Y }

// ScrollTo scrolls to an offset, as far as the content goes.
func (p *Page) ScrollTo(offset float32) { p.scroll.ScrollToOffset(fyne.NewPos(0, offset)) }
