package assets

import (
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"testing"
)

var sheet = flag.String("sheet", "", "write a picture of the tray's icons on light and dark panels, enlarged, to this `file`")

// TestTraySheet draws the tray's icons as panels of the usual sizes show them,
// for a person to look at: go test ./assets -run TestTraySheet -sheet /tmp/s.png
func TestTraySheet(t *testing.T) {
	if *sheet == "" {
		t.Skip("-sheet names no file")
	}
	const zoom, pad = 5, 6 // of a panel's pixels
	sizes := []int{22, 24, 32}
	grounds := []string{"#222222", "#333333", "#EEEEEE", "#FFFFFF"}
	height := 0
	for _, size := range sizes {
		height += size + pad
	}
	width := len(Marks()) * (32 + pad)
	picture := image.NewNRGBA(image.Rect(0, 0, 2*width*zoom, 2*height*zoom))
	for i, ground := range grounds {
		left, top := i%2*width, i/2*height
		fill(picture, image.Rect(left*zoom, top*zoom, (left+width)*zoom, (top+height)*zoom), opaque(t, ground))
		y := top + pad/2
		for _, size := range sizes {
			for j, m := range Marks() {
				x := left + pad/2 + j*(32+pad)
				shrunk := onGround(draw(t, m), size, opaque(t, ground))
				for py := range size {
					for px := range size {
						at := image.Pt((x+px)*zoom, (y+py)*zoom)
						fill(picture, image.Rectangle{at, at.Add(image.Pt(zoom, zoom))}, shrunk.NRGBAAt(px, py))
					}
				}
			}
			y += size + pad
		}
	}
	file, err := os.Create(*sheet)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, picture); err != nil {
		t.Fatal(err)
	}
}

func fill(picture *image.NRGBA, where image.Rectangle, with color.NRGBA) {
	for y := where.Min.Y; y < where.Max.Y; y++ {
		for x := where.Min.X; x < where.Max.X; x++ {
			picture.SetNRGBA(x, y, with)
		}
	}
}

// onGround shrinks an icon over a ground as panels do: each pixel is the mean
// of what it covers.
func onGround(icon *image.NRGBA, size int, ground color.NRGBA) *image.NRGBA {
	const fine = 8 // samples of a pixel, each way
	small := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			var r, g, b int
			for sy := range fine {
				for sx := range fine {
					c := icon.NRGBAAt((x*fine+sx)*TraySize/(size*fine), (y*fine+sy)*TraySize/(size*fine))
					if c.A == 0 {
						c = ground
					}
					r, g, b = r+int(c.R), g+int(c.G), b+int(c.B)
				}
			}
			n := fine * fine
			small.SetNRGBA(x, y, color.NRGBA{R: uint8(r / n), G: uint8(g / n), B: uint8(b / n), A: 255})
		}
	}
	return small
}
