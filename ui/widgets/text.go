package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
)

// Look says how a text is set. The zero value is plain text of 14 in the text
// colour that wraps and stands at the left.
type Look struct {
	Size  fyne.ThemeSizeName  // "" is theme.SizeText
	Color fyne.ThemeColorName // "" is theme.ColorText
	Bold  bool
	Mono  bool
	Align fyne.TextAlign
	// Single keeps the text on one line; what does not fit ends in an ellipsis.
	Single bool
	// Whole keeps the text on one line and never shortens it: the text asks
	// for its width.
	Whole bool
}

// Text is a text that wraps between words, and in Chinese, Japanese and Korean
// between characters.
type Text struct {
	widget.BaseWidget
	look Look
	text string
}

// NewText makes a text.
func NewText(look Look, text string) *Text {
	if look.Size == "" {
		look.Size = theme.SizeText
	}
	if look.Color == "" {
		look.Color = theme.ColorText
	}
	t := &Text{look: look, text: text}
	t.ExtendBaseWidget(t)
	return t
}

// Text is what the text says.
func (t *Text) Text() string { return t.text }

// SetText changes what the text says.
func (t *Text) SetText(text string) {
	if t.text == text {
		return
	}
	t.text = text
	t.Refresh()
}

// SetColor changes the colour.
func (t *Text) SetColor(name fyne.ThemeColorName) {
	if t.look.Color == name {
		return
	}
	t.look.Color = name
	t.Refresh()
}

// MinSize implements fyne.CanvasObject.
func (t *Text) MinSize() fyne.Size {
	if t.look.Whole {
		return t.measure(t.text)
	}
	width := min(t.measure(t.text).Width, 24)
	return fyne.NewSize(width, t.HeightFor(max(width, t.Size().Width)))
}

// HeightFor implements HeightForWidth.
func (t *Text) HeightFor(width float32) float32 {
	return float32(len(t.lines(width))) * t.measure("Ég").Height
}

// lines breaks the text for a width.
func (t *Text) lines(width float32) []string {
	switch {
	case t.look.Whole:
		return []string{t.text}
	case t.look.Single:
		return []string{ellipsis(t.text, width, t.width)}
	}
	return wrap(t.text, width, t.width)
}

func (t *Text) width(s string) float32 { return t.measure(s).Width }

func (t *Text) measure(s string) fyne.Size {
	return Measure(t, s, t.Theme().Size(t.look.Size), t.style())
}

func (t *Text) style() fyne.TextStyle {
	return fyne.TextStyle{Bold: t.look.Bold, Monospace: t.look.Mono}
}

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{text: t}
	r.Refresh()
	return r
}

type textRenderer struct {
	text    *Text
	objects []fyne.CanvasObject
}

func (r *textRenderer) Layout(fyne.Size) { r.set() }

func (r *textRenderer) MinSize() fyne.Size { return r.text.MinSize() }

func (r *textRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *textRenderer) Destroy() {}

func (r *textRenderer) Refresh() {
	r.set()
	canvas.Refresh(r.text)
}

// set lays the lines out, with as many canvas texts as there are lines.
func (r *textRenderer) set() {
	t := r.text
	size := t.Size()
	if size.Width == 0 {
		size.Width = t.MinSize().Width
	}
	lines := t.lines(size.Width)
	height := t.measure("Ég").Height
	for len(r.objects) < len(lines) {
		r.objects = append(r.objects, canvas.NewText("", nil))
	}
	r.objects = r.objects[:len(lines)]
	for i, line := range lines {
		c := r.objects[i].(*canvas.Text)
		c.Text, c.TextSize, c.Alignment = line, t.Theme().Size(t.look.Size), t.look.Align
		set(t, c, t.style())
		c.Color = colorOf(t, t.look.Color)
		c.Move(fyne.NewPos(0, float32(i)*height))
		c.Resize(fyne.NewSize(size.Width, height))
		c.Refresh()
	}
}
