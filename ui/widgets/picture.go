package widgets

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"torii/assets"
	"torii/ui/theme"
)

// Picture is a one-colour SVG in a colour of the theme.
type Picture struct {
	widget.BaseWidget
	name  string
	svg   []byte
	size  float32
	color fyne.ThemeColorName
}

// NewIcon makes a line icon of assets.Icons, size pixels high and wide.
func NewIcon(name string, size float32, color fyne.ThemeColorName) *Picture {
	p := &Picture{name: name, svg: assets.Icon(name), size: size, color: color}
	p.ExtendBaseWidget(p)
	return p
}

// SetIcon shows another icon of assets.Icons in another colour.
func (p *Picture) SetIcon(name string, color fyne.ThemeColorName) {
	p.set(name, assets.Icon(name), color)
}

// SetColor changes the colour.
func (p *Picture) SetColor(color fyne.ThemeColorName) {
	if p.color != color {
		p.color = color
		p.Refresh()
	}
}

// set changes picture and colour.
func (p *Picture) set(name string, svg []byte, color fyne.ThemeColorName) {
	if p.name != name || p.color != color {
		p.name, p.svg, p.color = name, svg, color
		p.Refresh()
	}
}

// setSize changes how large the picture is.
func (p *Picture) setSize(size float32) {
	if p.size != size {
		p.size = size
		p.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (p *Picture) CreateRenderer() fyne.WidgetRenderer {
	image := canvas.NewImageFromResource(nil)
	image.FillMode = canvas.ImageFillContain
	r := &pictureRenderer{picture: p, image: image}
	r.apply()
	return r
}

type pictureRenderer struct {
	picture *Picture
	image   *canvas.Image
}

func (r *pictureRenderer) Layout(size fyne.Size)        { r.image.Resize(size) }
func (r *pictureRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.image} }
func (r *pictureRenderer) Destroy()                     {}

func (r *pictureRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.picture.size) }

func (r *pictureRenderer) Refresh() {
	r.apply()
	r.image.Refresh()
}

// apply colours the SVG. The colour is part of the resource's name, which is
// what the toolkit keeps drawn pictures under.
func (r *pictureRenderer) apply() {
	hex := theme.Hex(colorOf(r.picture, r.picture.color))
	name := r.picture.name + "-" + strings.TrimPrefix(hex, "#") + ".svg"
	r.image.Resource = fyne.NewStaticResource(name, assets.Colour(r.picture.svg, hex))
}

// Mark is the gate of the state in a tinted circle.
type Mark struct {
	widget.BaseWidget
	picture  *Picture
	tint     fyne.ThemeColorName
	diameter float32
}

// NewMark makes the mark of the disconnected state with a circle of a
// diameter in pixels.
func NewMark(diameter float32) *Mark {
	m := &Mark{picture: &Picture{size: diameter * 0.6}, diameter: diameter}
	m.picture.ExtendBaseWidget(m.picture)
	m.ExtendBaseWidget(m)
	m.Set(assets.MarkDisconnected)
	return m
}

// Set changes the state that the mark shows.
func (m *Mark) Set(mark assets.Mark) {
	color, tint := theme.ColorSecond, theme.ColorTintNeutral
	switch mark {
	case assets.MarkConnecting, assets.MarkNeeds:
		color, tint = theme.ColorAttention, theme.ColorTintAttention
	case assets.MarkConnected:
		color, tint = theme.ColorGood, theme.ColorTintGood
	case assets.MarkFailed:
		color, tint = theme.ColorBad, theme.ColorTintBad
	}
	m.tint = tint
	m.picture.set("mark-"+string(mark), mark.SVG(), color)
	m.Refresh()
}

// SetDiameter changes the size.
func (m *Mark) SetDiameter(diameter float32) {
	if m.diameter != diameter {
		m.diameter = diameter
		m.picture.setSize(diameter * 0.6)
		m.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (m *Mark) CreateRenderer() fyne.WidgetRenderer {
	r := &markRenderer{mark: m, circle: canvas.NewCircle(colorOf(m, m.tint))}
	return r
}

type markRenderer struct {
	mark   *Mark
	circle *canvas.Circle
}

func (r *markRenderer) Layout(size fyne.Size) {
	d := r.mark.diameter
	corner := fyne.NewPos((size.Width-d)/2, (size.Height-d)/2)
	r.circle.Move(corner)
	r.circle.Resize(fyne.NewSquareSize(d))
	r.mark.picture.Move(corner.AddXY(d*0.2, d*0.19))
	r.mark.picture.Resize(fyne.NewSquareSize(d * 0.6))
}

func (r *markRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.mark.diameter) }

func (r *markRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.circle, r.mark.picture}
}

func (r *markRenderer) Destroy() {}

func (r *markRenderer) Refresh() {
	r.circle.FillColor = colorOf(r.mark, r.mark.tint)
	r.circle.Refresh()
	r.mark.picture.Refresh()
}
