package assets

import (
	"bytes"
	"encoding/hex"
	"flag"
	"image"
	"image/png"
	"math"
	"os"
	"testing"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
)

var update = flag.Bool("update", false, "draw the tray's icons anew from the small marks")

// draw renders a mark as the tray shows it: its colour where the SVG covers at
// least half of a pixel, and nothing elsewhere.
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
	rgb := rgbOf(t, m.TrayColour())
	for at := 0; at < len(canvas.Pix); at += 4 {
		if canvas.Pix[at+3] >= 128 {
			copy(sharp.Pix[at:], rgb)
			sharp.Pix[at+3] = 255
		}
	}
	return sharp
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

// shape is a mark without its colour.
func shape(t *testing.T, m Mark) image.Image {
	t.Helper()
	picture := draw(t, m)
	for at := 0; at < len(picture.Pix); at += 4 {
		clear(picture.Pix[at : at+3])
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
