package theme

import (
	"testing"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

func TestHighContrast(t *testing.T) {
	texts := []fyne.ThemeColorName{ColorText, ColorSecond, ColorAccent, ColorBad, ColorGood, ColorAttention}
	grounds := []fyne.ThemeColorName{ColorGround, ColorSurface, ColorTintNeutral, ColorTintAccent, ColorTintGood, ColorTintAttention, ColorTintBad}
	th := New(Contrast)
	for variant, name := range map[fyne.ThemeVariant]string{fynetheme.VariantLight: "light", fynetheme.VariantDark: "dark"} {
		for _, over := range texts {
			for _, ground := range grounds {
				if got := contrast(th.Color(over, variant), th.Color(ground, variant)); got < 7 {
					t.Errorf("%s: %s on %s has contrast %.2f, want 7", name, over, ground, got)
				}
			}
		}
		if got := contrast(th.Color(ColorOnAccent, variant), th.Color(ColorAccent, variant)); got < 7 {
			t.Errorf("%s: the text of a button has contrast %.2f, want 7", name, got)
		}
		for _, shape := range []fyne.ThemeColorName{ColorLine, ColorEdge, ColorTrack} {
			least := 4.5
			if shape == ColorTrack {
				least = 2.5 // the knob tells how it stands, at 4.5 and more
			}
			if got := contrast(th.Color(shape, variant), th.Color(ColorSurface, variant)); got < least {
				t.Errorf("%s: %s on a card has contrast %.2f, want %.1f", name, shape, got, least)
			}
		}
		if got := contrast(th.Color(ColorKnob, variant), th.Color(ColorTrack, variant)); got < 4.5 {
			t.Errorf("%s: the knob has contrast %.2f, want 4.5", name, got)
		}
	}
	if th.Color(ColorGround, fynetheme.VariantLight) == th.Color(ColorGround, fynetheme.VariantDark) {
		t.Error("high contrast does not follow the desktop")
	}
}
