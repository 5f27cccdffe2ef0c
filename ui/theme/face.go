package theme

import (
	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"
)

// face is a font of the window's own texts. The toolkit looks for letters that
// it lacks among the system's fonts of the family that it is named after
// (fontconfig's generic families), and only then.
type face struct {
	family string
	font   fyne.Resource
}

// Name implements fyne.Resource.
func (f *face) Name() string { return f.family }

// Content implements fyne.Resource.
func (f *face) Content() []byte { return f.font.Content() }

// faces are the fonts of a theme, by weight and kind.
type faces struct{ regular, bold, mono *face }

// bundled are the fonts that come with the toolkit.
func bundled() faces {
	return faces{
		regular: &face{"sans-serif", fynetheme.DefaultTextFont()},
		bold:    &face{"sans-serif", fynetheme.DefaultTextBoldFont()},
		mono:    &face{"monospace", fynetheme.DefaultTextMonospaceFont()},
	}
}

// Face is the source of a text of ours in a style; nil for another theme than
// ours. A text without a source makes the toolkit read three more fonts for
// each style, one of them the system's for its language, which alone is 30 MB
// in Chinese, Japanese and Korean, and look through all of the system's fonts
// before the first letter is drawn.
func Face(of fyne.Theme, style fyne.TextStyle) fyne.Resource {
	t, ok := of.(*torii)
	switch {
	case !ok:
		return nil
	case style.Monospace:
		return t.faces.mono
	case style.Bold:
		return t.faces.bold
	}
	return t.faces.regular
}
