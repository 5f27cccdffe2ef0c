package widgets

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"torii/ui/theme"
)

// themed is a widget that knows its theme.
type themed interface{ Theme() fyne.Theme }

// colorOf looks a colour token up in the theme of a widget.
func colorOf(w themed, name fyne.ThemeColorName) color.Color {
	return w.Theme().Color(name, fyne.CurrentApp().Settings().ThemeVariant())
}

// Measure is how large a line of text is in the theme of a widget.
func Measure(w themed, text string, size float32, style fyne.TextStyle) fyne.Size {
	measured, _ := fyne.CurrentApp().Driver().RenderedTextSize(text, size, style, theme.Face(w.Theme(), style))
	return measured
}

// set gives a text its style, and with it the font of a widget's theme.
func set(w themed, t *canvas.Text, style fyne.TextStyle) {
	t.TextStyle, t.FontSource = style, theme.Face(w.Theme(), style)
}

// blend is the colour between a and b; share runs from 0 (a) to 1 (b).
func blend(a, b color.Color, share float32) color.Color {
	from := color.NRGBAModel.Convert(a).(color.NRGBA)
	to := color.NRGBAModel.Convert(b).(color.NRGBA)
	part := func(x, y uint8) uint8 { return uint8(float32(x) + (float32(y)-float32(x))*share + 0.5) }
	return color.NRGBA{R: part(from.R, to.R), G: part(from.G, to.G), B: part(from.B, to.B), A: part(from.A, to.A)}
}

// shadowName is the colour of a shadow.
const shadowName = fynetheme.ColorNameShadow
