//go:build screenshots

package connections

import (
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"

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
	sizes := map[string]fyne.Size{"": normal, "small-": small, "wide-": wide}
	for _, mode := range []theme.Mode{theme.Light, theme.Dark} {
		for _, language := range []string{"en", "ja-JP"} {
			for prefix, size := range sizes {
				for _, s := range scenes() {
					name := string(mode) + "-" + language + "/" + prefix + "connections-" + s.name + ".png"
					if wanted.MatchString(name) {
						shoot(t, filepath.Join(*out, name), newBenchIn(t, size, mode, language), s)
					}
				}
			}
		}
	}
}

func shoot(t *testing.T, file string, b *bench, s scene) {
	b.canvas().(software.WindowlessCanvas).SetScale(float32(*scale))
	b.act(s)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, b.canvas().Capture()); err != nil {
		t.Fatal(err)
	}
}
