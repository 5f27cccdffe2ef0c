package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
)

// Surface is a rounded rectangle in colours of the theme.
type Surface struct {
	widget.BaseWidget
	Fill, Line fyne.ThemeColorName // "" draws none
	Radius     float32
	LineWidth  float32
	Shadow     bool
}

// NewSurface makes the ground of a card.
func NewSurface() *Surface {
	s := &Surface{Fill: theme.ColorSurface, Line: theme.ColorLine, Radius: theme.Radius, LineWidth: 1}
	s.ExtendBaseWidget(s)
	return s
}

// NewBlock makes a rounded rectangle without a line.
func NewBlock(fill fyne.ThemeColorName, radius float32) *Surface {
	s := &Surface{Fill: fill, Radius: radius}
	s.ExtendBaseWidget(s)
	return s
}

// SetLine changes the colour of the line.
func (s *Surface) SetLine(name fyne.ThemeColorName) {
	if s.Line != name {
		s.Line = name
		s.Refresh()
	}
}

// SetFill changes the colour of the ground.
func (s *Surface) SetFill(name fyne.ThemeColorName) {
	if s.Fill != name {
		s.Fill = name
		s.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (s *Surface) CreateRenderer() fyne.WidgetRenderer {
	r := &surfaceRenderer{surface: s, rect: canvas.NewRectangle(nil)}
	r.apply()
	return r
}

type surfaceRenderer struct {
	surface *Surface
	rect    *canvas.Rectangle
}

func (r *surfaceRenderer) Layout(size fyne.Size)        { r.rect.Resize(size) }
func (r *surfaceRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *surfaceRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect} }
func (r *surfaceRenderer) Destroy()                     {}

func (r *surfaceRenderer) Refresh() {
	r.apply()
	r.rect.Refresh()
}

func (r *surfaceRenderer) apply() {
	s := r.surface
	r.rect.CornerRadius = s.Radius
	r.rect.FillColor, r.rect.StrokeColor, r.rect.StrokeWidth = nil, nil, 0
	if s.Fill != "" {
		r.rect.FillColor = colorOf(s, s.Fill)
	}
	if s.Line != "" {
		r.rect.StrokeColor, r.rect.StrokeWidth = colorOf(s, s.Line), s.LineWidth
	}
	if s.Shadow {
		r.rect.Shadow = canvas.Shadow{Color: colorOf(s, shadowName), BlurRadius: 28, Offset: fyne.NewPos(0, 8)}
	}
}

// inset lays a ground under content, with space between their edges.
type inset struct{ pad float32 }

// NewCard puts content on a card's ground.
func NewCard(content fyne.CanvasObject) *fyne.Container { return NewCardOn(NewSurface(), content) }

// NewCardOn puts content on a ground of one's own.
func NewCardOn(ground *Surface, content fyne.CanvasObject) *fyne.Container {
	return NewInset(theme.Inside, ground, content)
}

// NewInset puts content on a ground with pad pixels between their edges.
func NewInset(pad float32, ground, content fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: inset{pad: pad}, Objects: []fyne.CanvasObject{ground, content}}
}

func (i inset) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[1].MinSize().AddWidthHeight(2*i.pad, 2*i.pad)
}

func (i inset) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	return HeightOf(objects[1], width-2*i.pad) + 2*i.pad
}

func (i inset) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.Position{})
	objects[0].Resize(size)
	objects[1].Move(fyne.NewPos(i.pad, i.pad))
	objects[1].Resize(size.SubtractWidthHeight(2*i.pad, 2*i.pad))
}
