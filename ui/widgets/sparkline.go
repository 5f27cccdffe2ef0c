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

// Sparkline draws the last values of something as a line over a tint, the
// newest at the right. It is drawn anew only when a value comes.
type Sparkline struct {
	widget.BaseWidget
	values []float64
	keep   int
}

// NewSparkline makes a sparkline of keep values (two at least).
func NewSparkline(keep int) *Sparkline {
	s := &Sparkline{keep: max(2, keep)}
	s.ExtendBaseWidget(s)
	return s
}

// Add appends a value; negative ones count as 0.
func (s *Sparkline) Add(value float64) {
	s.values = append(s.values, max(0, value))
	if len(s.values) > s.keep {
		s.values = slices.Delete(s.values, 0, len(s.values)-s.keep)
	}
	s.Refresh()
}

// Clear forgets all values.
func (s *Sparkline) Clear() {
	if len(s.values) > 0 {
		s.values = nil
		s.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (s *Sparkline) CreateRenderer() fyne.WidgetRenderer {
	r := &sparklineRenderer{line: s}
	r.raster = canvas.NewRaster(r.draw)
	r.apply()
	return r
}

type sparklineRenderer struct {
	line       *Sparkline
	raster     *canvas.Raster
	ink, below color.NRGBA
}

func (r *sparklineRenderer) Layout(size fyne.Size)        { r.raster.Resize(size) }
func (r *sparklineRenderer) MinSize() fyne.Size           { return fyne.NewSize(60, 48) }
func (r *sparklineRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.raster} }
func (r *sparklineRenderer) Destroy()                     {}

func (r *sparklineRenderer) Refresh() {
	r.apply()
	r.raster.Refresh()
}

func (r *sparklineRenderer) apply() {
	r.ink = color.NRGBAModel.Convert(colorOf(r.line, theme.ColorAccent)).(color.NRGBA)
	r.below = r.ink
	r.below.A = 0x22
}

// draw paints w by h pixels: every column of pixels is below, on or above the
// line, with soft edges.
func (r *sparklineRenderer) draw(w, h int) image.Image {
	picture := image.NewNRGBA(image.Rect(0, 0, w, h))
	heights := r.heights(w, float64(h))
	half := math.Max(0.75, float64(h)/48*0.8) // half the line's thickness
	for x := range w {
		y := heights[x]
		// A steep line is thicker measured upwards than across.
		slope := heights[min(w-1, x+1)] - heights[max(0, x-1)]
		thick := half * math.Hypot(1, slope/2)
		for py := range h {
			distance := math.Abs(float64(py) + 0.5 - y)
			cover := math.Max(0, math.Min(1, thick+0.5-distance))
			c := r.ink
			c.A = uint8(255 * cover)
			if float64(py) > y && c.A < r.below.A {
				c = r.below
			}
			picture.SetNRGBA(x, py, c)
		}
	}
	return picture
}

// heights are the places of the line from the top, for each column of pixels.
func (r *sparklineRenderer) heights(w int, h float64) []float64 {
	values := make([]float64, r.line.keep)
	copy(values[len(values)-len(r.line.values):], r.line.values)
	top := max(slices.Max(values), 1)
	all := make([]float64, w)
	for x := range all {
		place := float64(x) / math.Max(1, float64(w-1)) * float64(len(values)-1)
		i := min(int(place), len(values)-2)
		share := place - float64(i)
		v := values[i]*(1-share) + values[i+1]*share
		all[x] = (h - 2) - v/top*(h-5)
	}
	return all
}
