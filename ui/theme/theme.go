package theme

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// Mode chooses a set of colours.
type Mode string

// The modes.
const (
	// System follows the desktop's setting, also while the window is open.
	System Mode = ""
	Light  Mode = "light"
	Dark   Mode = "dark"
	// Contrast is a pair of sets with at least 7:1 that follows the desktop.
	Contrast Mode = "contrast"
)

// The sizes of text that the toolkit has no name for, beside its own
// (text 14, caption 12).
const (
	SizeState  fyne.ThemeSizeName = "torii.state" // 24: the state on Home
	SizePage   fyne.ThemeSizeName = "torii.page"  // 20: the title of a page
	SizeTitle  fyne.ThemeSizeName = "torii.title" // 17: the title of a prompt
	SizeText                      = fynetheme.SizeNameText
	SizeSecond fyne.ThemeSizeName = "torii.second" // 13: second lines
	SizeLabel                     = fynetheme.SizeNameCaptionText
)

// Spacing, in device-independent pixels.
const (
	Edge    float32 = 16 // between the window's edge and a card
	Between float32 = 12 // between cards
	Inside  float32 = 16 // between a card's line and what it holds
	Tight   float32 = 4
	Small   float32 = 8
	Radius  float32 = 14 // of cards
	Corner  float32 = 9  // of buttons and fields
)

// torii is the theme: Torii's tokens over the toolkit's own.
type torii struct {
	base   fyne.Theme
	mode   Mode
	faces  faces
	family string // of the language's forms; "" where any will do
}

// New makes the theme of the window.
func New(mode Mode) fyne.Theme {
	return &torii{base: fynetheme.DefaultTheme(), mode: mode, faces: bundled()}
}

// Color implements fyne.Theme.
func (t *torii) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	set, variant := t.set(variant)
	if c, ok := set.color(name); ok {
		return c
	}
	return t.base.Color(name, variant)
}

// set is the set of colours for what the desktop wants, and whether it is for
// dark or bright surroundings.
func (t *torii) set(variant fyne.ThemeVariant) (palette, fyne.ThemeVariant) {
	darkly := t.mode == Dark || t.mode != Light && variant == fynetheme.VariantDark
	switch {
	case t.mode == Contrast && darkly:
		return contrastDark(), fynetheme.VariantDark
	case t.mode == Contrast:
		return contrastLight(), fynetheme.VariantLight
	case darkly:
		return dark(), fynetheme.VariantDark
	}
	return light(), fynetheme.VariantLight
}

// Size implements fyne.Theme.
func (t *torii) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case SizeState:
		return 24
	case SizePage:
		return 20
	case SizeTitle:
		return 17
	case SizeText:
		return 14
	case SizeSecond:
		return 13
	case SizeLabel:
		return 12
	case fynetheme.SizeNameInputRadius, fynetheme.SizeNameButtonRadius, fynetheme.SizeNameSelectionRadius:
		return Corner
	case fynetheme.SizeNameCardRadius, fynetheme.SizeNameDialogRadius:
		return Radius
	case fynetheme.SizeNamePopupRadius, fynetheme.SizeNameMenuRadius:
		return Corner
	case fynetheme.SizeNameScrollBarSmall:
		return 4
	case fynetheme.SizeNameScrollBar:
		return 8
	}
	return t.base.Size(name)
}

// Font implements fyne.Theme. What is typed has the forms of the language, too.
func (t *torii) Font(style fyne.TextStyle) fyne.Resource {
	if t.family != "" && !style.Monospace && !style.Symbol {
		return Face(t, style)
	}
	return t.base.Font(style)
}

// Icon implements fyne.Theme.
func (t *torii) Icon(name fyne.ThemeIconName) fyne.Resource { return t.base.Icon(name) }

// Hex writes a colour as "#RRGGBB", for pictures that take a colour as text.
func Hex(c color.Color) string {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	return fmt.Sprintf("#%02X%02X%02X", n.R, n.G, n.B)
}
