package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"torii/assets"
	"torii/ui/theme"
)

// Rank says how a button stands out.
type Rank int

// The ranks.
const (
	Plain   Rank = iota // a line around it
	Primary             // filled: what most people want here
	Quiet               // nothing around it, for small things inside a card
)

// Button has a text, an icon, or both.
type Button struct {
	pressable
	text string
	icon string
	rank Rank
}

// NewButton makes a button. icon names a picture of assets.Icons; "" for none.
func NewButton(rank Rank, text, icon string, tapped func()) *Button {
	b := &Button{text: text, icon: icon, rank: rank}
	b.OnTapped = tapped
	b.ExtendBaseWidget(b)
	return b
}

// Text is what the button says.
func (b *Button) Text() string { return b.text }

// SetText changes what the button says.
func (b *Button) SetText(text string) {
	if b.text != text {
		b.text = text
		b.Refresh()
	}
}

// SetIcon changes the icon.
func (b *Button) SetIcon(icon string) {
	if b.icon != icon {
		b.icon = icon
		b.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{
		button: b, ring: canvas.NewRectangle(nil), ground: canvas.NewRectangle(nil), shade: canvas.NewRectangle(nil),
		label: canvas.NewText("", nil),
	}
	if b.icon != "" {
		r.icon = NewIcon(b.icon, 16, theme.ColorText)
	}
	r.apply()
	return r
}

type buttonRenderer struct {
	button              *Button
	ring, ground, shade *canvas.Rectangle
	label               *canvas.Text
	icon                *Picture
}

// insets are the spaces at the sides and above and below.
func (r *buttonRenderer) insets() (x, y float32) {
	switch {
	case r.button.rank == Quiet && r.button.text == "":
		return 6, 6
	case r.button.rank == Quiet:
		return 4, 5
	}
	return 16, 9
}

func (r *buttonRenderer) content() fyne.Size {
	size := fyne.NewSize(0, Measure(r.button, "Ég", r.label.TextSize, r.label.TextStyle).Height)
	if r.button.text != "" {
		size.Width = r.label.MinSize().Width
	}
	if r.icon != nil {
		size.Width += 16
		size.Height = max(size.Height, 16)
		if r.button.text != "" {
			size.Width += 6
		}
	}
	return size
}

func (r *buttonRenderer) MinSize() fyne.Size {
	x, y := r.insets()
	return r.content().AddWidthHeight(2*x, 2*y)
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.ring.Move(fyne.NewPos(-3, -3))
	r.ring.Resize(size.AddWidthHeight(6, 6))
	r.ground.Resize(size)
	r.shade.Resize(size)
	content := r.content()
	x := (size.Width - content.Width) / 2
	if r.icon != nil {
		r.icon.Move(fyne.NewPos(x, (size.Height-16)/2))
		r.icon.Resize(fyne.NewSquareSize(16))
		x += 22
	}
	text := r.label.MinSize()
	r.label.Move(fyne.NewPos(x, (size.Height-text.Height)/2))
	r.label.Resize(text)
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	all := []fyne.CanvasObject{r.ring, r.ground, r.shade, r.label}
	if r.icon != nil {
		all = append(all, r.icon)
	}
	return all
}

func (r *buttonRenderer) Destroy() {}

func (r *buttonRenderer) Refresh() {
	r.apply()
	r.Layout(r.button.Size())
	canvas.Refresh(r.button)
}

func (r *buttonRenderer) apply() {
	b := r.button
	text := theme.ColorText
	r.ground.CornerRadius, r.shade.CornerRadius, r.ring.CornerRadius = theme.Corner, theme.Corner, theme.Corner+3
	r.ground.FillColor, r.ground.StrokeColor, r.ground.StrokeWidth = nil, nil, 0
	switch b.rank {
	case Primary:
		text = theme.ColorOnAccent
		r.ground.FillColor = colorOf(b, theme.ColorAccent)
	case Plain:
		r.ground.FillColor = colorOf(b, theme.ColorSurface)
		r.ground.StrokeColor, r.ground.StrokeWidth = colorOf(b, theme.ColorEdge), 1
	case Quiet:
		text = theme.ColorAccent
	}
	if b.disabled {
		text = theme.ColorSecond
		if b.rank == Primary {
			r.ground.FillColor = colorOf(b, theme.ColorTrack)
		}
	}
	r.shade.FillColor = nil
	if b.hovered && !b.disabled {
		r.shade.FillColor = colorOf(b, theme.ColorHover)
	}
	r.ring.StrokeColor, r.ring.StrokeWidth = nil, 0
	if b.focused {
		r.ring.StrokeColor, r.ring.StrokeWidth = colorOf(b, theme.ColorFocusRing), 2
	}
	r.label.Text, r.label.TextSize = b.text, b.Theme().Size(theme.SizeText)
	set(b, r.label, fyne.TextStyle{Bold: true})
	r.label.Color = colorOf(b, text)
	if r.icon != nil {
		r.icon.set(b.icon, assets.Icon(b.icon), text)
	}
}
