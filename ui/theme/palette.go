package theme

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// The colour tokens of Torii that the toolkit has no name for. Accent marks
// what can be pressed; Good, Attention and Bad are for state alone.
const (
	ColorGround    = fynetheme.ColorNameBackground
	ColorText      = fynetheme.ColorNameForeground
	ColorAccent    = fynetheme.ColorNamePrimary
	ColorOnAccent  = fynetheme.ColorNameForegroundOnPrimary
	ColorGood      = fynetheme.ColorNameSuccess
	ColorAttention = fynetheme.ColorNameWarning
	ColorBad       = fynetheme.ColorNameError
	ColorHover     = fynetheme.ColorNameHover

	ColorSurface fyne.ThemeColorName = "torii.surface"
	ColorLine    fyne.ThemeColorName = "torii.line"
	// ColorEdge is the line around what can be typed or pressed: darker than
	// ColorLine, so that it can be found.
	ColorEdge fyne.ThemeColorName = "torii.edge"
	// ColorSecond is for second lines, labels and tags.
	ColorSecond fyne.ThemeColorName = "torii.second"
	// ColorTrack is the ground of a switch that is off and of a step to come.
	ColorTrack fyne.ThemeColorName = "torii.track"
	ColorKnob  fyne.ThemeColorName = "torii.knob"
	// ColorScrim lies between the window and a prompt.
	ColorScrim fyne.ThemeColorName = "torii.scrim"
	// ColorFocusRing is drawn around what has the keyboard.
	ColorFocusRing fyne.ThemeColorName = "torii.focus"

	// The tints are a colour at about a tenth on the surface.
	ColorTintNeutral   fyne.ThemeColorName = "torii.tint.neutral"
	ColorTintAccent    fyne.ThemeColorName = "torii.tint.accent"
	ColorTintGood      fyne.ThemeColorName = "torii.tint.good"
	ColorTintAttention fyne.ThemeColorName = "torii.tint.attention"
	ColorTintBad       fyne.ThemeColorName = "torii.tint.bad"
)

// palette is one set of colours.
type palette struct {
	ground, surface, line, edge, text, second color.NRGBA
	accent, onAccent, good, attention, bad    color.NRGBA
	track, knob, scrim, shadow                color.NRGBA
	tint                                      float64 // how much of a colour a tint has
}

// light is the set for bright surroundings.
func light() palette {
	return palette{
		ground: rgb(0xF5F6F3), surface: rgb(0xFFFFFF), line: rgb(0xE2E5E0), edge: rgb(0xC9CFC9),
		text: rgb(0x1B2326), second: rgb(0x5D696D),
		accent: rgb(0x1F5F8B), onAccent: rgb(0xFFFFFF),
		good: rgb(0x1B8A57), attention: rgb(0xB3761B), bad: rgb(0xC0392B),
		track: rgb(0xD9DDD8), knob: rgb(0xFFFFFF),
		scrim: alpha(rgb(0xF5F6F3), 0xB8), shadow: alpha(rgb(0x1B2326), 0x2E),
		tint: 0.10,
	}
}

// dark is the set for dark surroundings.
func dark() palette {
	return palette{
		ground: rgb(0x14191C), surface: rgb(0x1D2427), line: rgb(0x2D363A), edge: rgb(0x46525A),
		text: rgb(0xE8ECEB), second: rgb(0x9AA6A9),
		accent: rgb(0x6BB1DB), onAccent: rgb(0x10181C),
		good: rgb(0x4CC38A), attention: rgb(0xE0B04C), bad: rgb(0xF0776B),
		track: rgb(0x3A454A), knob: rgb(0xF4F6F5),
		scrim: alpha(rgb(0x0C1012), 0xB8), shadow: alpha(rgb(0x000000), 0x80),
		tint: 0.13,
	}
}

// color finds a token; false for one that the set does not have.
func (p palette) color(name fyne.ThemeColorName) (color.Color, bool) {
	if c, ok := p.own(name); ok {
		return c, true
	}
	switch name {
	case fynetheme.ColorNameBackground:
		return p.ground, true
	case fynetheme.ColorNameForeground:
		return p.text, true
	case fynetheme.ColorNamePrimary, fynetheme.ColorNameHyperlink:
		return p.accent, true
	case fynetheme.ColorNameForegroundOnPrimary:
		return p.onAccent, true
	case fynetheme.ColorNameSuccess:
		return p.good, true
	case fynetheme.ColorNameWarning:
		return p.attention, true
	case fynetheme.ColorNameError:
		return p.bad, true
	case fynetheme.ColorNameButton, fynetheme.ColorNameInputBackground, fynetheme.ColorNameMenuBackground,
		fynetheme.ColorNameOverlayBackground, fynetheme.ColorNameHeaderBackground:
		return p.surface, true
	case fynetheme.ColorNameInputBorder:
		return p.edge, true
	case fynetheme.ColorNameSeparator:
		return p.line, true
	case fynetheme.ColorNamePlaceHolder:
		return p.second, true
	case fynetheme.ColorNameHover:
		return alpha(p.text, 0x0D), true
	case fynetheme.ColorNamePressed:
		return alpha(p.text, 0x1A), true
	case fynetheme.ColorNameFocus, fynetheme.ColorNameSelection:
		return alpha(p.accent, 0x40), true
	case fynetheme.ColorNameDisabled:
		return mix(p.second, p.surface, 0.7), true
	case fynetheme.ColorNameScrollBar:
		return alpha(p.second, 0x80), true
	case fynetheme.ColorNameScrollBarBackground:
		return color.NRGBA{}, true
	case fynetheme.ColorNameShadow:
		return p.shadow, true
	}
	return nil, false
}

// own finds the tokens that are Torii's alone.
func (p palette) own(name fyne.ThemeColorName) (color.Color, bool) {
	switch name {
	case ColorSurface:
		return p.surface, true
	case ColorLine:
		return p.line, true
	case ColorEdge:
		return p.edge, true
	case ColorSecond:
		return p.second, true
	case ColorTrack:
		return p.track, true
	case ColorKnob:
		return p.knob, true
	case ColorScrim:
		return p.scrim, true
	case ColorFocusRing:
		return alpha(p.accent, 0x99), true
	case ColorTintNeutral:
		return mix(p.second, p.surface, p.tint), true
	case ColorTintAccent:
		return mix(p.accent, p.surface, p.tint), true
	case ColorTintGood:
		return mix(p.good, p.surface, p.tint), true
	case ColorTintAttention:
		return mix(p.attention, p.surface, p.tint), true
	case ColorTintBad:
		return mix(p.bad, p.surface, p.tint), true
	}
	return nil, false
}

// rgb is an opaque colour from its 24-bit number.
func rgb(number uint32) color.NRGBA {
	return color.NRGBA{R: uint8(number >> 16), G: uint8(number >> 8), B: uint8(number), A: 0xFF}
}

// alpha is a colour at an opacity from 0 to 255.
func alpha(c color.NRGBA, opacity uint8) color.NRGBA {
	c.A = opacity
	return c
}

// mix lays share (0 to 1) of a colour over a ground.
func mix(over, ground color.NRGBA, share float64) color.NRGBA {
	part := func(a, b uint8) uint8 {
		return uint8(math.Round(share*float64(a) + (1-share)*float64(b)))
	}
	return color.NRGBA{R: part(over.R, ground.R), G: part(over.G, ground.G), B: part(over.B, ground.B), A: 0xFF}
}
