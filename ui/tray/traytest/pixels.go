package traytest

import (
	"bytes"
	"image/png"
	"testing"

	"torii/assets"
)

// Pixels are a mark's bytes as a StatusNotifierItem carries them: alpha, red,
// green and blue of each pixel.
func Pixels(t *testing.T, mark assets.Mark) string {
	t.Helper()
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(mark.Tray()))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			r, g, b, a := picture.At(x, y).RGBA()
			all = append(all, byte(a>>8), byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return string(all)
}
