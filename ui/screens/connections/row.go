package connections

import (
	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/ui/screens/connections/rules"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// row is the card of an entry.
type row struct {
	screen *Connections
	id     string
	card   *widgets.ListCard

	mark         *widgets.Picture
	name, server *widgets.Text
	role         *widgets.Text // active or enabled
	tag          *widgets.Tag
	more         *widgets.Button
}

// roleGap is between the role of an entry and its server.
const roleGap float32 = 6

func (c *Connections) newRow(id string) *row {
	r := &row{
		screen: c, id: id,
		mark:   widgets.NewSmallMark(26),
		name:   widgets.NewText(widgets.Look{Bold: true}, ""),
		role:   widgets.NewText(widgets.Look{Size: theme.SizeSecond, Bold: true, Whole: true}, ""),
		server: widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, ""),
		tag:    widgets.NewTag(theme.ColorTintNeutral, ""),
	}
	r.more = widgets.NewButton(widgets.Quiet, "", "more", func() { r.menu(nil) })
	second := widgets.NewTopRow(roleGap, 1, r.role, r.server)
	words := &fyne.Container{Layout: &besideOrBelow{natural: r.natural}, Objects: []fyne.CanvasObject{widgets.NewColumn(1, r.name, second), r.tag.Object}}
	r.card = widgets.NewListCard(widgets.NewRow(theme.Between, 1, r.mark, widgets.NewRow(theme.Tight, 0, words, r.more)))
	r.card.OnTapped = func() { c.choose(id) }
	r.card.OnOpened = func() { c.connect(id) }
	r.card.OnMenu = func(at fyne.Position) { r.menu(&at) }
	r.card.OnWalked = func(step int) { c.walk(r, step) }
	return r
}

// show shows an entry and how it stands.
func (r *row) show(e api.Entry, s status) {
	texts := r.screen.deps.Texts
	r.mark.SetMark(s.mark)
	r.name.SetText(e.Name)
	r.server.SetText(rules.AddressOf(e).Shown())
	words := ""
	switch {
	case s.active:
		words = texts.Text("connections.status.active")
		r.role.SetColor(theme.ColorAccent)
	case s.enabled:
		words = texts.Text("connections.status.enabled")
		r.role.SetColor(theme.ColorText)
	}
	r.role.SetText(words)
	setVisible(r.role, words != "")
	tag := ""
	if s.words != "" {
		tag = texts.Text("connections.status." + s.words)
	}
	r.tag.Set(s.tint, tag)
	r.card.SetChosen(s.active)
}

// natural is the width at which no line of the words is broken.
func (r *row) natural() float32 {
	width := func(words string, size fyne.ThemeSizeName, bold bool) float32 {
		return widgets.Measure(r.card, words, r.card.Theme().Size(size), fyne.TextStyle{Bold: bold}).Width
	}
	second := width(r.server.Text(), theme.SizeSecond, false)
	if r.role.Visible() {
		second += width(r.role.Text(), theme.SizeSecond, true) + roleGap
	}
	return max(width(r.name.Text(), theme.SizeText, true), second)
}

// besideOrBelow puts a tag at the right of words that stay whole then, or
// that have much room; and else below them.
type besideOrBelow struct{ natural func() float32 }

// enough is the width at which words may be broken beside a tag.
const enough float32 = 320

func (l *besideOrBelow) beside(tag fyne.CanvasObject, width float32) bool {
	rest := width - tag.MinSize().Width - theme.Small
	return rest >= enough || rest >= l.natural()
}

func (l *besideOrBelow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(80, l.HeightFor(objects, enough))
}

// HeightFor implements widgets.HeightLayout.
func (l *besideOrBelow) HeightFor(objects []fyne.CanvasObject, width float32) float32 {
	words, tag := objects[0], objects[1]
	switch {
	case !tag.Visible():
		return widgets.HeightOf(words, width)
	case l.beside(tag, width):
		return max(widgets.HeightOf(words, width-tag.MinSize().Width-theme.Small), tag.MinSize().Height)
	}
	return widgets.HeightOf(words, width) + 5 + tag.MinSize().Height
}

func (l *besideOrBelow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	words, tag := objects[0], objects[1]
	width := size.Width
	tagSize := tag.MinSize()
	if tag.Visible() && l.beside(tag, width) {
		width -= tagSize.Width + theme.Small
		tag.Move(fyne.NewPos(size.Width-tagSize.Width, (size.Height-tagSize.Height)/2))
	} else {
		tag.Move(fyne.NewPos(0, widgets.HeightOf(words, width)+5))
	}
	tag.Resize(tagSize)
	height := widgets.HeightOf(words, width)
	top := float32(0)
	if tag.Visible() && width < size.Width {
		top = (size.Height - height) / 2
	}
	words.Move(fyne.NewPos(0, top))
	words.Resize(fyne.NewSize(width, height))
}
