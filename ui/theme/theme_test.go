package theme

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// luminance is the relative luminance of WCAG 2.
func luminance(c color.Color) float64 {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n.R) + 0.7152*linear(n.G) + 0.0722*linear(n.B)
}

func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	if la < lb {
		la, lb = lb, la
	}
	return (la + 0.05) / (lb + 0.05)
}

func TestContrast(t *testing.T) {
	tests := []struct {
		over, ground fyne.ThemeColorName
		least        float64
	}{
		// Text.
		{ColorText, ColorGround, 4.5},
		{ColorText, ColorSurface, 4.5},
		{ColorText, ColorTintBad, 4.5},
		{ColorText, ColorTintAttention, 4.5},
		{ColorSecond, ColorGround, 4.5},
		{ColorSecond, ColorSurface, 4.5},
		{ColorSecond, ColorTintNeutral, 4.5},
		{ColorAccent, ColorSurface, 4.5},
		{ColorOnAccent, ColorAccent, 4.5},
		{ColorBad, ColorSurface, 4.5},
		// Shapes.
		{ColorGood, ColorSurface, 3},
		{ColorGood, ColorTintGood, 3},
		{ColorAttention, ColorSurface, 3},
		{ColorAttention, ColorTintAttention, 3},
		{ColorBad, ColorTintBad, 3},
		{ColorSecond, ColorTintNeutral, 3},
		{ColorGood, ColorKnob, 1.5},
	}
	for _, mode := range []Mode{Light, Dark} {
		th := New(mode)
		for _, tt := range tests {
			got := contrast(th.Color(tt.over, fynetheme.VariantLight), th.Color(tt.ground, fynetheme.VariantLight))
			if got < tt.least {
				t.Errorf("%s: %s on %s has contrast %.2f, want %.1f", mode, tt.over, tt.ground, got, tt.least)
			}
		}
	}
}

func TestSystemFollowsTheDesktop(t *testing.T) {
	th := New(System)
	if l, d := th.Color(ColorGround, fynetheme.VariantLight), th.Color(ColorGround, fynetheme.VariantDark); l == d {
		t.Errorf("the ground is %v in both variants", l)
	}
	if l, d := New(Dark).Color(ColorGround, fynetheme.VariantLight), New(Dark).Color(ColorGround, fynetheme.VariantDark); l != d {
		t.Errorf("dark follows the desktop: %v and %v", l, d)
	}
}

func TestEveryTokenHasAColour(t *testing.T) {
	th := New(Light)
	tokens := []fyne.ThemeColorName{
		ColorGround, ColorText, ColorAccent, ColorOnAccent, ColorGood, ColorAttention, ColorBad, ColorHover, ColorSurface,
		ColorLine, ColorEdge, ColorSecond, ColorTrack, ColorKnob, ColorScrim, ColorFocusRing, ColorTintNeutral, ColorTintAccent,
		ColorTintGood, ColorTintAttention, ColorTintBad,
	}
	for _, name := range tokens {
		if _, _, _, a := th.Color(name, fynetheme.VariantLight).RGBA(); a == 0 {
			t.Errorf("%s is invisible", name)
		}
	}
	// What we do not name still comes from the toolkit.
	if th.Size(fynetheme.SizeNameInlineIcon) == 0 || th.Font(fyne.TextStyle{}) == nil || th.Icon(fynetheme.IconNameCancel) == nil {
		t.Error("the toolkit's own sizes, fonts or icons are lost")
	}
}

func TestHex(t *testing.T) {
	if got := Hex(rgb(0x1F5F8B)); got != "#1F5F8B" {
		t.Errorf("got %s", got)
	}
}
