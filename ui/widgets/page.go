package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Page scrolls its content where it is higher than the window. The content
// gets the page's width, and as much height as it needs.
type Page struct {
	widget.BaseWidget
	content  fyne.CanvasObject
	scroll   *container.Scroll
	min      fyne.Size
	onResize func(fyne.Size)
}

// NewPage makes a page that may become as small as min. onResize, where not
// nil, hears of a new size before the content is laid out for it.
func NewPage(content fyne.CanvasObject, min fyne.Size, onResize func(fyne.Size)) *Page {
	p := &Page{content: content, min: min, onResize: onResize}
	p.scroll = container.NewVScroll(&fyne.Container{Layout: &pageLayout{page: p}, Objects: []fyne.CanvasObject{content}})
	p.ExtendBaseWidget(p)
	return p
}

// Relayout lays the content out again after it changed.
func (p *Page) Relayout() {
	p.scroll.Content.Refresh()
	p.scroll.Refresh()
}

// ScrollToTop shows the beginning.
func (p *Page) ScrollToTop() { p.scroll.ScrollToTop() }

// Resize implements fyne.CanvasObject.
func (p *Page) Resize(size fyne.Size) {
	if p.onResize != nil && size != p.Size() {
		p.onResize(size)
	}
	p.BaseWidget.Resize(size)
}

// MinSize implements fyne.CanvasObject.
func (p *Page) MinSize() fyne.Size { return p.min }

// HeightFor implements HeightForWidth.
func (p *Page) HeightFor(width float32) float32 { return HeightOf(p.content, width) }

// CreateRenderer implements fyne.Widget.
func (p *Page) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.scroll) }

// pageLayout tells the scroller the height for the page's width.
type pageLayout struct{ page *Page }

func (l *pageLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	width := l.page.Size().Width
	return fyne.NewSize(0, HeightOf(l.page.content, width))
}

func (l *pageLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.Position{})
	objects[0].Resize(fyne.NewSize(size.Width, max(size.Height, HeightOf(objects[0], size.Width))))
}
