package widgets

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
)

const (
	navBar  float32 = 60 // the height of a bar
	navRail float32 = 96 // the width of a rail
	navRow  float32 = 66 // the height of an item of a rail
	navIcon float32 = 22
	// smallestLabel is the size down to which labels shrink rather than be cut.
	smallestLabel float32 = 8
)

// Place is a page that a Nav leads to.
type Place struct{ Name, Icon, Label string }

// Nav leads to the pages of a window: as a bar for its lower edge, or as a
// rail for its left one.
type Nav struct {
	widget.BaseWidget
	items []*navItem
	rail  bool
	spare float32
}

// NewNav makes a bar. choose hears the name of the place that is wanted; the
// owner sets which one is shown.
func NewNav(places []Place, choose func(name string)) *Nav {
	n := &Nav{}
	for _, p := range places {
		item := &navItem{nav: n, place: p}
		item.OnTapped = func() { choose(p.Name) }
		item.ExtendBaseWidget(item)
		n.items = append(n.items, item)
	}
	n.ExtendBaseWidget(n)
	return n
}

// Set marks the place that is shown; a name that no place has marks none.
func (n *Nav) Set(name string) {
	for _, item := range n.items {
		if chosen := item.place.Name == name; item.chosen != chosen {
			item.chosen = chosen
			item.Refresh()
		}
	}
}

// SetSpare leaves some of a bar's right end to something else.
func (n *Nav) SetSpare(width float32) {
	if n.spare != width {
		n.spare = width
		n.Refresh()
	}
}

// SetRail makes it a rail or a bar.
func (n *Nav) SetRail(rail bool) {
	if n.rail != rail {
		n.rail = rail
		n.Refresh()
	}
}

// Thickness is how much of the window it takes: the height of a bar, the
// width of a rail.
func (n *Nav) Thickness() float32 {
	if n.rail {
		return navRail
	}
	return navBar
}

// CreateRenderer implements fyne.Widget.
func (n *Nav) CreateRenderer() fyne.WidgetRenderer {
	r := &navRenderer{nav: n, ground: canvas.NewRectangle(nil), line: canvas.NewRectangle(nil)}
	r.apply()
	return r
}

type navRenderer struct {
	nav          *Nav
	ground, line *canvas.Rectangle
}

func (r *navRenderer) MinSize() fyne.Size {
	if r.nav.rail {
		return fyne.NewSize(navRail, navRow*float32(len(r.nav.items)))
	}
	return fyne.NewSize(56*float32(len(r.nav.items)), navBar)
}

func (r *navRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	if r.nav.rail {
		r.line.Move(fyne.NewPos(size.Width-1, 0))
		r.line.Resize(fyne.NewSize(1, size.Height))
		r.column(size)
		return
	}
	r.line.Move(fyne.Position{})
	r.line.Resize(fyne.NewSize(size.Width, 1))
	r.row(fyne.NewSize(size.Width-r.nav.spare, size.Height))
}

// row places the items of a bar: a long label has more room than a short one,
// and all of them have the same size.
func (r *navRenderer) row(size fyne.Size) {
	const apart = 6
	n := float32(max(1, len(r.nav.items)))
	room := size.Width - n*apart
	text := r.nav.Theme().Size(theme.SizeLabel)
	for text > smallestLabel && sum(r.widths(text)) > room {
		text -= 0.5
	}
	widths := r.widths(text)
	extra := max(0, room-sum(widths))/n + apart
	var x float32
	for i, item := range r.nav.items {
		item.text = text
		item.Move(fyne.NewPos(x, 0))
		item.Resize(fyne.NewSize(widths[i]+extra, size.Height))
		item.Refresh()
		x += widths[i] + extra
	}
}

// column places the items of a rail.
func (r *navRenderer) column(size fyne.Size) {
	n := float32(max(1, len(r.nav.items)))
	height := min(navRow, (size.Height-theme.Small)/n)
	text := r.nav.Theme().Size(theme.SizeLabel)
	for text > smallestLabel && slices.Max(r.widths(text)) > size.Width-6 {
		text -= 0.5
	}
	for i, item := range r.nav.items {
		item.text = text
		item.Move(fyne.NewPos(0, theme.Small+float32(i)*height))
		item.Resize(fyne.NewSize(size.Width, height))
		item.Refresh()
	}
}

// widths are the widths of the items' labels at a size: bold, so that a label
// keeps its place when it is chosen.
func (r *navRenderer) widths(text float32) []float32 {
	all := make([]float32, len(r.nav.items))
	for i, item := range r.nav.items {
		all[i] = max(36, Measure(r.nav, item.place.Label, text, fyne.TextStyle{Bold: true}).Width)
	}
	return all
}

func sum(all []float32) (total float32) {
	for _, v := range all {
		total += v
	}
	return total
}

func (r *navRenderer) Objects() []fyne.CanvasObject {
	all := []fyne.CanvasObject{r.ground, r.line}
	for _, item := range r.nav.items {
		all = append(all, item)
	}
	return all
}

func (r *navRenderer) Destroy() {}

func (r *navRenderer) Refresh() {
	r.apply()
	r.Layout(r.nav.Size())
	canvas.Refresh(r.nav)
}

func (r *navRenderer) apply() {
	r.ground.FillColor = colorOf(r.nav, theme.ColorSurface)
	r.line.FillColor = colorOf(r.nav, theme.ColorLine)
}

// navItem is one place: an icon over a label.
type navItem struct {
	pressable
	nav    *Nav
	place  Place
	chosen bool
	text   float32 // the size of the label
}

// CreateRenderer implements fyne.Widget.
func (i *navItem) CreateRenderer() fyne.WidgetRenderer {
	r := &navItemRenderer{item: i, ring: canvas.NewRectangle(nil), pill: canvas.NewRectangle(nil), label: canvas.NewText("", nil),
		icon: NewIcon(i.place.Icon, navIcon, theme.ColorSecond)}
	r.apply()
	return r
}

type navItemRenderer struct {
	item       *navItem
	ring, pill *canvas.Rectangle
	label      *canvas.Text
	icon       *Picture
}

func (r *navItemRenderer) MinSize() fyne.Size { return fyne.NewSize(40, navBar) }

func (r *navItemRenderer) Layout(size fyne.Size) {
	text := r.label.MinSize()
	top := (size.Height - navIcon - 6 - text.Height) / 2
	pill := fyne.NewSize(min(48, size.Width-8), navIcon+6)
	r.pill.Move(fyne.NewPos((size.Width-pill.Width)/2, top-3))
	r.pill.Resize(pill)
	r.icon.Move(fyne.NewPos((size.Width-navIcon)/2, top))
	r.icon.Resize(fyne.NewSquareSize(navIcon))
	r.label.Move(fyne.NewPos(0, top+navIcon+5))
	r.label.Resize(fyne.NewSize(size.Width, text.Height))
	r.ring.Move(fyne.NewPos(3, 3))
	r.ring.Resize(size.SubtractWidthHeight(6, 6))
}

func (r *navItemRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.pill, r.icon, r.label, r.ring}
}

func (r *navItemRenderer) Destroy() {}

func (r *navItemRenderer) Refresh() {
	r.apply()
	r.Layout(r.item.Size())
	canvas.Refresh(r.item)
}

func (r *navItemRenderer) apply() {
	i := r.item
	r.pill.CornerRadius, r.ring.CornerRadius = (navIcon+6)/2, theme.Corner
	color := theme.ColorSecond
	r.pill.FillColor = nil
	switch {
	case i.chosen:
		color = theme.ColorAccent
		r.pill.FillColor = colorOf(i, theme.ColorTintAccent)
	case i.hovered:
		r.pill.FillColor = colorOf(i, theme.ColorHover)
	}
	r.ring.StrokeColor, r.ring.StrokeWidth = nil, 0
	if i.focused {
		r.ring.StrokeColor, r.ring.StrokeWidth = colorOf(i, theme.ColorFocusRing), 2
	}
	r.label.Text, r.label.Alignment = i.place.Label, fyne.TextAlignCenter
	r.label.TextSize = i.text
	set(i, r.label, fyne.TextStyle{Bold: i.chosen})
	r.label.Color = colorOf(i, color)
	r.icon.SetColor(color)
}
