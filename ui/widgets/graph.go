package widgets

import (
	"image"
	"image/color"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
)

// Graph draws two rows of values over the same time, the newest at the right:
// the first as a line over a tint, the second as a dotted line, so that they
// differ by shape and not by colour alone. Both have the same scale.
type Graph struct {
	widget.BaseWidget
	first, second []float64
	height        float32
}

// NewGraph makes an empty graph of a height in pixels.
func NewGraph(height float32) *Graph {
	g := &Graph{height: height}
	g.ExtendBaseWidget(g)
	return g
}

// Set draws other values. Both rows have the same length; negative values
// count as 0.
func (g *Graph) Set(first, second []float64) {
	if slices.Equal(g.first, first) && slices.Equal(g.second, second) {
		return
	}
	g.first, g.second = slices.Clone(first), slices.Clone(second)
	g.Refresh()
}

// Top is the value at the upper edge: the largest of both rows.
func (g *Graph) Top() float64 { return highest(g.first, g.second) }

// highest is the largest value; 0 for none.
func highest(rows ...[]float64) float64 {
	var top float64
	for _, row := range rows {
		for _, v := range row {
			top = max(top, v)
		}
	}
	return top
}

// CreateRenderer implements fyne.Widget.
func (g *Graph) CreateRenderer() fyne.WidgetRenderer {
	r := &graphRenderer{graph: g}
	r.raster = canvas.NewRaster(r.draw)
	r.apply()
	return r
}

type graphRenderer struct {
	graph              *Graph
	raster             *canvas.Raster
	ink, below, dotted color.NRGBA
	grid               color.NRGBA
}

func (r *graphRenderer) Layout(size fyne.Size)        { r.raster.Resize(size) }
func (r *graphRenderer) MinSize() fyne.Size           { return fyne.NewSize(100, r.graph.height) }
func (r *graphRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.raster} }
func (r *graphRenderer) Destroy()                     {}

func (r *graphRenderer) Refresh() {
	r.apply()
	r.raster.Refresh()
}

func (r *graphRenderer) apply() {
	plain := func(name fyne.ThemeColorName) color.NRGBA {
		return color.NRGBAModel.Convert(colorOf(r.graph, name)).(color.NRGBA)
	}
	r.ink, r.dotted, r.grid = plain(theme.ColorAccent), plain(theme.ColorText), plain(theme.ColorLine)
	r.below = r.ink
	r.below.A = 0x22
}

// draw paints w by h pixels.
func (r *graphRenderer) draw(w, h int) image.Image {
	picture := image.NewNRGBA(image.Rect(0, 0, w, h))
	unit := max(1, float64(h)/float64(r.graph.height)) // pixels for each device-independent one
	for _, y := range []int{0, h / 2, h - 1} {
		for x := range w {
			picture.SetNRGBA(x, min(y, h-1), r.grid)
		}
	}
	top := max(r.graph.Top(), 1)
	first, second := places(r.graph.first, w, float64(h), top, unit), places(r.graph.second, w, float64(h), top, unit)
	for x, y := range first {
		for py := int(max(0, y)); py < h; py++ {
			picture.SetNRGBA(x, py, over(r.below, picture.NRGBAAt(x, py)))
		}
	}
	r.stroke(picture, first, r.ink, 0.8*unit, 0)
	r.stroke(picture, second, r.dotted, 0.7*unit, int(3*unit))
	return picture
}

// stroke paints a line, half its thickness given in pixels, with dashes of a
// length; 0 leaves no gaps.
func (r *graphRenderer) stroke(picture *image.NRGBA, places []float64, ink color.NRGBA, half float64, dash int) {
	h := picture.Bounds().Dy()
	for x, y := range places {
		if dash > 0 && x/dash%2 == 1 {
			continue
		}
		// A steep line is thicker measured upwards than across.
		slope := places[min(len(places)-1, x+1)] - places[max(0, x-1)]
		thick := half * math.Hypot(1, slope/2)
		for py := max(0, int(y-thick-1)); py <= min(h-1, int(y+thick+1)); py++ {
			cover := max(0, min(1, thick+0.5-math.Abs(float64(py)+0.5-y)))
			c := ink
			c.A = uint8(255 * cover)
			picture.SetNRGBA(x, py, over(c, picture.NRGBAAt(x, py)))
		}
	}
}

// places are where a row's line runs from the top, for each column of pixels.
// Fewer than two values draw nothing.
func places(values []float64, w int, h, top, unit float64) []float64 {
	if len(values) < 2 {
		return nil
	}
	all := make([]float64, w)
	for x := range all {
		at := float64(x) / max(1, float64(w-1)) * float64(len(values)-1)
		i := min(int(at), len(values)-2)
		share := at - float64(i)
		v := max(0, values[i])*(1-share) + max(0, values[i+1])*share
		all[x] = h - 1.5*unit - v/top*(h-3*unit)
	}
	return all
}

// over lays a colour over another one.
func over(c, ground color.NRGBA) color.NRGBA {
	a, b := float64(c.A)/255, float64(ground.A)/255
	out := a + b*(1-a)
	if out == 0 {
		return color.NRGBA{}
	}
	part := func(x, y uint8) uint8 { return uint8((float64(x)*a+float64(y)*b*(1-a))/out + 0.5) }
	return color.NRGBA{R: part(c.R, ground.R), G: part(c.G, ground.G), B: part(c.B, ground.B), A: uint8(out*255 + 0.5)}
}
