package assets

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
)

var update = flag.Bool("update", false, "draw the tray's icons anew from the small marks")

// draw renders a mark as the tray shows it.
func draw(t *testing.T, m Mark) *image.RGBA {
	t.Helper()
	icon, err := oksvg.ReadIconStream(bytes.NewReader(Colour(m.Small(), m.TrayColour())), oksvg.StrictErrorMode)
	if err != nil {
		t.Fatal(err)
	}
	icon.SetTarget(0, 0, TraySize, TraySize)
	canvas := image.NewRGBA(image.Rect(0, 0, TraySize, TraySize))
	scanner := rasterx.NewScannerGV(TraySize, TraySize, canvas, canvas.Bounds())
	icon.Draw(rasterx.NewDasher(TraySize, TraySize, scanner), 1)
	return canvas
}

// TestTrayIcons holds the PNG files to the SVG they are drawn from. Renderers
// of different machines may round differently, so a pixel may be a little off.
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
		if off := difference(got, want); off > 8 {
			t.Errorf("%s is not what its SVG draws (off by %d of 255 at a pixel); run with -update", m, off)
		}
	}
}

// TestTrayIconsDifferInShape compares the icons as one colour shows them.
func TestTrayIconsDifferInShape(t *testing.T) {
	for i, a := range Marks() {
		for _, b := range Marks()[i+1:] {
			pixels := 0
			first, second := draw(t, a), draw(t, b)
			for at := 3; at < len(first.Pix); at += 4 { // the alpha bytes
				if math.Abs(float64(first.Pix[at])-float64(second.Pix[at])) > 128 {
					pixels++
				}
			}
			// Two dots of 4 x 4 are the least that an eye tells apart here.
			if pixels < 32 {
				t.Errorf("%s and %s differ in %d pixels only", a, b, pixels)
			}
		}
	}
}

// TestTrayColoursShowOnEveryPanel measures the contrast to the lightest and
// the darkest ground.
func TestTrayColoursShowOnEveryPanel(t *testing.T) {
	for _, m := range Marks() {
		for _, ground := range []string{"#FFFFFF", "#F5F6F3", "#14191C", "#000000"} {
			if c := contrast(t, m.TrayColour(), ground); c < 3 {
				t.Errorf("%s on %s has a contrast of %.1f:1", m, ground, c)
			}
		}
	}
}

// difference is the largest difference of a colour byte between two pictures.
func difference(a, b image.Image) int {
	most := 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r1, g1, b1, a1 := a.At(x, y).RGBA()
			r2, g2, b2, a2 := b.At(x, y).RGBA()
			for _, pair := range [][2]uint32{{r1, r2}, {g1, g2}, {b1, b2}, {a1, a2}} {
				most = max(most, int(math.Abs(float64(pair[0])-float64(pair[1])))/257)
			}
		}
	}
	return most
}

// contrast is the contrast ratio of two colours (WCAG 2.1, relative luminance).
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	first, second := luminance(t, a), luminance(t, b)
	return (max(first, second) + 0.05) / (min(first, second) + 0.05)
}

// luminance is the relative luminance of "#RRGGBB".
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	bits, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(b uint64) float64 {
		c := float64(b&0xFF) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(bits>>16) + 0.7152*linear(bits>>8) + 0.0722*linear(bits)
}
