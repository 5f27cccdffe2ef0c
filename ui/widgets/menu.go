package widgets

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
)

// MenuItem is one thing that a Menu offers. One without Do cannot be done, and
// Reason says why.
type MenuItem struct {
	Label  string
	Reason string
	Do     func()
	// Apart draws a line above the item.
	Apart bool
	// Checked ticks the item; the keyboard begins there.
	Checked bool
}

// Menu is a list of things to do, over the window. Up and Down walk through
// what can be done, Enter and Space do it, Esc and a press beside it close it.
// One that is higher than the window scrolls.
type Menu struct {
	widget.BaseWidget
	lines  []*menuLine
	scroll *container.Scroll // of the lines
	canvas fyne.Canvas
	before fyne.Focusable
	place  fyne.Position
	right  bool    // place is the upper right corner, not the left one
	least  float32 // the least width
	at     int     // the line that the keyboard is on; -1 for none
}

const (
	menuPad    float32 = 6 // between the menu's edge and its lines
	menuMargin float32 = 8 // between the menu and the window's edge
	menuWidth  float32 = 300
)

// NewMenu makes a menu.
func NewMenu(items []MenuItem) *Menu {
	m := &Menu{at: -1}
	ticks := slices.ContainsFunc(items, func(i MenuItem) bool { return i.Checked })
	column := NewColumn(0)
	for _, item := range items {
		line := newMenuLine(m, item, ticks)
		m.lines = append(m.lines, line)
		column.Add(line)
	}
	m.scroll = container.NewVScroll(column)
	m.ExtendBaseWidget(m)
	return m
}

// Open shows the menu with its upper left corner at a place on the canvas, as
// near as it fits, and gives it the keyboard.
func (m *Menu) Open(c fyne.Canvas, at fyne.Position) { m.open(c, at, false) }

// OpenBelow shows the menu below what was pressed, with right edges together.
func (m *Menu) OpenBelow(c fyne.Canvas, pressed fyne.CanvasObject) {
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(pressed)
	m.open(c, at.AddXY(pressed.Size().Width, pressed.Size().Height+theme.Tight), true)
}

// OpenAcross shows the menu below what was pressed, as wide as that is.
func (m *Menu) OpenAcross(c fyne.Canvas, pressed fyne.CanvasObject) {
	m.least = pressed.Size().Width
	m.OpenBelow(c, pressed)
}

func (m *Menu) open(c fyne.Canvas, at fyne.Position, right bool) {
	m.canvas, m.before, m.place, m.right = c, c.Focused(), at, right
	m.Resize(c.Size())
	c.Overlays().Add(m)
	c.Focus(m)
}

// Close takes the menu away.
func (m *Menu) Close() {
	if m.canvas == nil {
		return
	}
	m.canvas.Overlays().Remove(m)
	if m.before != nil {
		m.canvas.Focus(m.before)
	}
	m.canvas = nil
}

// Items are what the menu offers.
func (m *Menu) Items() []MenuItem {
	var all []MenuItem
	for _, line := range m.lines {
		all = append(all, line.item)
	}
	return all
}

// do closes the menu and does what a line says.
func (m *Menu) do(line *menuLine) {
	if line.item.Do == nil {
		return
	}
	m.Close()
	line.item.Do()
}

// Tapped implements fyne.Tappable: a press beside the menu.
func (m *Menu) Tapped(*fyne.PointEvent) { m.Close() }

// TappedSecondary implements fyne.SecondaryTappable.
func (m *Menu) TappedSecondary(*fyne.PointEvent) { m.Close() }

// FocusGained implements fyne.Focusable.
func (m *Menu) FocusGained() {
	if m.at >= 0 {
		return
	}
	if m.at = slices.IndexFunc(m.lines, func(l *menuLine) bool { return l.item.Checked && l.item.Do != nil }); m.at >= 0 {
		m.mark(m.at)
	} else {
		m.walk(1)
	}
}

// FocusLost implements fyne.Focusable.
func (m *Menu) FocusLost() {}

// TypedRune implements fyne.Focusable.
func (m *Menu) TypedRune(rune) {}

// AcceptsTab implements fyne.Tabbable: Tab walks on in the menu.
func (m *Menu) AcceptsTab() bool { return true }

// TypedKey implements fyne.Focusable.
func (m *Menu) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeyDown, fyne.KeyTab:
		m.walk(1)
	case fyne.KeyUp:
		m.walk(-1)
	case fyne.KeyEscape:
		m.Close()
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		if m.at >= 0 {
			m.do(m.lines[m.at])
		}
	}
}

// walk moves the keyboard to the next line, up or down, that can be done.
func (m *Menu) walk(step int) {
	n := len(m.lines)
	for i := range n {
		at := ((m.at+step*(i+1))%n + n) % n
		if m.at < 0 && step > 0 {
			at = i
		}
		if m.lines[at].item.Do != nil {
			m.mark(at)
			return
		}
	}
}

func (m *Menu) mark(at int) {
	m.at = at
	for i, line := range m.lines {
		line.light(i == at)
	}
	reveal(m.scroll, m.lines[at])
}

// size is how large the card is in a window.
func (m *Menu) size(window fyne.Size) fyne.Size {
	var widest float32
	for _, line := range m.lines {
		widest = max(widest, line.widest())
	}
	width := min(max(widest+2*menuPad, 180), menuWidth)
	width = min(max(width, m.least), window.Width-2*menuMargin)
	height := 2*menuPad + HeightOf(m.scroll.Content, width-2*menuPad)
	return fyne.NewSize(width, min(height, window.Height-2*menuMargin))
}

// CreateRenderer implements fyne.Widget.
func (m *Menu) CreateRenderer() fyne.WidgetRenderer {
	card := NewSurface()
	card.Shadow, card.Radius = true, theme.Corner
	return &menuRenderer{menu: m, card: card}
}

type menuRenderer struct {
	menu *Menu
	card *Surface
}

func (r *menuRenderer) Layout(window fyne.Size) {
	m := r.menu
	size := m.size(window)
	x := m.place.X
	if m.right {
		x -= size.Width
	}
	x = max(menuMargin, min(x, window.Width-size.Width-menuMargin))
	y := max(menuMargin, min(m.place.Y, window.Height-size.Height-menuMargin))
	r.card.Move(fyne.NewPos(x, y))
	r.card.Resize(size)
	m.scroll.Move(fyne.NewPos(x+menuPad, y+menuPad))
	m.scroll.Resize(size.SubtractWidthHeight(2*menuPad, 2*menuPad))
	if m.at >= 0 {
		reveal(m.scroll, m.lines[m.at])
	}
}

func (r *menuRenderer) MinSize() fyne.Size { return fyne.NewSize(100, 100) }

func (r *menuRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.card, r.menu.scroll}
}

func (r *menuRenderer) Destroy() {}

func (r *menuRenderer) Refresh() {
	r.Layout(r.menu.Size())
	canvas.Refresh(r.menu)
}
