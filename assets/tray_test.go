package assets

import (
	"bytes"
	"encoding/hex"
	"flag"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"testing"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
)

var update = flag.Bool("update", false, "draw the tray's icons anew from the small marks")

// edge is how far the line around a mark reaches, in pixels of TraySize.
const edge = 3.2

// opening is what a gate with a sign has behind the sign: the edge's colour, so
// that the sign does not drown among edges.
var opening = image.Rect(11, 22, 53, 62)

// draw renders a mark as the tray shows it: its colour where the SVG covers at
// least half of a pixel, the edge's around that, and nothing elsewhere.
func draw(t *testing.T, m Mark) *image.NRGBA {
	t.Helper()
	icon, err := oksvg.ReadIconStream(bytes.NewReader(Colour(m.Small(), m.TrayColour())), oksvg.StrictErrorMode)
	if err != nil {
		t.Fatal(err)
	}
	icon.SetTarget(0, 0, TraySize, TraySize)
	canvas := image.NewRGBA(image.Rect(0, 0, TraySize, TraySize))
	scanner := rasterx.NewScannerGV(TraySize, TraySize, canvas, canvas.Bounds())
	icon.Draw(rasterx.NewDasher(TraySize, TraySize, scanner), 1)
	sharp := image.NewNRGBA(canvas.Bounds())
	within := func(x, y int) bool { return canvas.RGBAAt(x, y).A >= 128 }
	for y := range TraySize {
		for x := range TraySize {
			switch {
			case within(x, y):
				sharp.SetNRGBA(x, y, opaque(t, m.TrayColour()))
			case near(x, y, within), m != MarkDisconnected && image.Pt(x, y).In(opening):
				sharp.SetNRGBA(x, y, opaque(t, TrayEdge))
			}
		}
	}
	return sharp
}

// near reports whether a pixel lies at the edge of those within.
func near(x, y int, within func(x, y int) bool) bool {
	reach := int(math.Ceil(edge))
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			if float64(dx*dx+dy*dy) <= edge*edge && within(x+dx, y+dy) {
				return true
			}
		}
	}
	return false
}

func opaque(t *testing.T, text string) color.NRGBA {
	t.Helper()
	rgb := rgbOf(t, text)
	return color.NRGBA{R: rgb[0], G: rgb[1], B: rgb[2], A: 255}
}

// rgbOf reads "#RRGGBB".
func rgbOf(t *testing.T, text string) []byte {
	t.Helper()
	rgb, err := hex.DecodeString(text[1:])
	if err != nil || len(rgb) != 3 {
		t.Fatalf("%q is no colour", text)
	}
	return rgb
}

// TestTrayIcons holds the PNG files to the SVG they are drawn from. Machines
// round differently, so a few pixels at the edges may differ.
func TestTrayIcons(t *testing.T) {
	for _, m := range Marks() {
		want := draw(t, m)
		if *update {
			var file bytes.Buffer
			if err := png.Encode(&file, want); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile("tray/"+string(m)+".png", file.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := png.Decode(bytes.NewReader(m.Tray()))
		if err != nil {
			t.Fatal(err)
		}
		if got.Bounds() != want.Bounds() {
			t.Fatalf("%s is %v, want %v", m, got.Bounds(), want.Bounds())
		}
		if n := differing(got, want); n > 8 {
			t.Errorf("%s is not what its SVG draws (%d pixels differ); run with -update", m, n)
		}
	}
}

// TestTrayIconsDifferInShape compares the icons as one colour shows them.
func TestTrayIconsDifferInShape(t *testing.T) {
	for i, a := range Marks() {
		for _, b := range Marks()[i+1:] {
			// Two dots of 4 x 4 are the least that an eye tells apart here.
			if n := differing(shape(t, a), shape(t, b)); n < 32 {
				t.Errorf("%s and %s differ in %d pixels only", a, b, n)
			}
		}
	}
}

// TestTrayIconsShowOnEveryPanel measures contrasts (WCAG 2.1, 1.4.11): on each
// ground the mark or its edge stands out, and the mark from its edge as text
// would.
func TestTrayIconsShowOnEveryPanel(t *testing.T) {
	for _, m := range Marks() {
		for _, ground := range []string{"#FFFFFF", "#F5F6F3", "#B0B0B0", "#808080", "#505050", "#333333", "#14191C", "#000000"} {
			c := max(contrast(t, m.TrayColour(), ground), contrast(t, TrayEdge, ground))
			if c < 3 {
				t.Errorf("%s on %s has a contrast of %.1f:1", m, ground, c)
			}
		}
		if c := contrast(t, m.TrayColour(), TrayEdge); c < 4.5 {
			t.Errorf("%s has a contrast of %.1f:1 to its edge", m, c)
		}
	}
}

// shape is a mark without its colour and its edge.
func shape(t *testing.T, m Mark) image.Image {
	t.Helper()
	picture := draw(t, m)
	mark := opaque(t, m.TrayColour())
	black := color.NRGBA{A: 255}
	for y := range TraySize {
		for x := range TraySize {
			if picture.NRGBAAt(x, y) == mark {
				picture.SetNRGBA(x, y, black)
			} else {
				picture.SetNRGBA(x, y, color.NRGBA{})
			}
		}
	}
	return picture
}

// differing counts the pixels in which two pictures differ.
func differing(a, b image.Image) int {
	n := 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r1, g1, b1, a1 := a.At(x, y).RGBA()
			r2, g2, b2, a2 := b.At(x, y).RGBA()
			if r1 != r2 || g1 != g2 || b1 != b2 || a1 != a2 {
				n++
			}
		}
	}
	return n
}

// contrast is the contrast ratio of two colours (WCAG 2.1, relative luminance).
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	first, second := luminance(t, a), luminance(t, b)
	return (max(first, second) + 0.05) / (min(first, second) + 0.05)
}

// luminance is the relative luminance of "#RRGGBB".
func luminance(t *testing.T, text string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(rgbOf(t, text)[i]) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
