//go:build screenshots

package certificates

import (
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"

	"torii/ui/screens/screentest"
	"torii/ui/theme"
)

var (
	out   = flag.String("out", "", "folder for the pictures")
	scale = flag.Float64("scale", 1, "pixels a device-independent pixel")
	only  = flag.String("only", "", "draws only pictures whose name matches this pattern")
)

// TestScreenshots draws the screen in all that it can look like, for people to
// look at.
func TestScreenshots(t *testing.T) {
	if *out == "" {
		t.Skip("no -out")
	}
	wanted, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]fyne.Size{"": screentest.Normal, "small-": screentest.Small, "wide-": screentest.Wide}
	for _, mode := range []theme.Mode{theme.Light, theme.Dark} {
		for _, language := range []string{"en", "ja-JP", "de-DE"} {
			for prefix, size := range sizes {
				for _, s := range scenes() {
					name := string(mode) + "-" + language + "/" + prefix + "certificates-" + s.name + ".png"
					if wanted.MatchString(name) {
						shoot(t, filepath.Join(*out, name), newBench(t, mode, language, size), s)
					}
				}
			}
		}
	}
}

func shoot(t *testing.T, file string, b *bench, s scene) {
	b.window.Canvas().(software.WindowlessCanvas).SetScale(float32(*scale))
	s.play(b)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, b.window.Canvas().Capture()); err != nil {
		t.Fatal(err)
	}
}
