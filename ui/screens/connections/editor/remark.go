package editor

import (
	"fyne.io/fyne/v2"

	"torii/ui/theme"
	"torii/ui/widgets"
)

// Remark is a line below a field: what is wrong with it, or a hint. Without
// words it is hidden.
type Remark struct {
	// Object is what stands in a layout.
	Object *fyne.Container
	icon   *widgets.Picture
	text   *widgets.Text
}

// NewRemark makes a remark without words.
func NewRemark() *Remark {
	r := &Remark{icon: widgets.NewIcon("warning", 16, theme.ColorBad), text: widgets.NewText(widgets.Look{Size: theme.SizeLabel}, "")}
	r.Object = widgets.NewTopRow(6, 1, r.icon, r.text)
	r.Object.Hide()
	return r
}

// Say shows a fault; without one a hint; without both nothing.
func (r *Remark) Say(fault, hint string) {
	words, color := fault, theme.ColorBad
	if fault == "" {
		words, color = hint, theme.ColorSecond
	}
	r.text.SetText(words)
	r.text.SetColor(color)
	setVisible(r.icon, fault != "")
	setVisible(r.Object, words != "")
}

// setVisible shows or hides an object.
func setVisible(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}
