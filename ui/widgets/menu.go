package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
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
}

// Menu is a list of things to do, over the window. Up and Down walk through
// what can be done, Enter and Space do it, Esc and a press beside it close it.
type Menu struct {
	widget.BaseWidget
	lines  []*menuLine
	canvas fyne.Canvas
	before fyne.Focusable
	place  fyne.Position
	right  bool // place is the upper right corner, not the left one
	at     int  // the line that the keyboard is on; -1 for none
}

const (
	menuPad    float32 = 6 // between the menu's edge and its lines
	menuMargin float32 = 8 // between the menu and the window's edge
	menuWidth  float32 = 300
)

// NewMenu makes a menu.
func NewMenu(items []MenuItem) *Menu {
	m := &Menu{at: -1}
	for _, item := range items {
		m.lines = append(m.lines, newMenuLine(m, item))
	}
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
	if m.at < 0 {
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
}

// size is how large the card is in a window.
func (m *Menu) size(window fyne.Size) fyne.Size {
	var widest float32
	for _, line := range m.lines {
		widest = max(widest, line.widest())
	}
	width := min(max(widest+2*menuPad, 180), menuWidth, window.Width-2*menuMargin)
	height := 2 * menuPad
	for _, line := range m.lines {
		height += line.HeightFor(width - 2*menuPad)
	}
	return fyne.NewSize(width, height)
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
	y += menuPad
	for _, line := range m.lines {
		height := line.HeightFor(size.Width - 2*menuPad)
		line.Move(fyne.NewPos(x+menuPad, y))
		line.Resize(fyne.NewSize(size.Width-2*menuPad, height))
		y += height
	}
}

func (r *menuRenderer) MinSize() fyne.Size { return fyne.NewSize(100, 100) }

func (r *menuRenderer) Objects() []fyne.CanvasObject {
	all := []fyne.CanvasObject{r.card}
	for _, line := range r.menu.lines {
		all = append(all, line)
	}
	return all
}

func (r *menuRenderer) Destroy() {}

func (r *menuRenderer) Refresh() {
	r.Layout(r.menu.Size())
	canvas.Refresh(r.menu)
}

// menuLine is one line of a menu.
type menuLine struct {
	widget.BaseWidget
	menu          *Menu
	item          MenuItem
	label, reason *Text
	lit           bool
}

var _ desktop.Hoverable = (*menuLine)(nil)

func newMenuLine(m *Menu, item MenuItem) *menuLine {
	l := &menuLine{menu: m, item: item}
	color := theme.ColorText
	if item.Do == nil {
		color = theme.ColorSecond
	}
	l.label = NewText(Look{Color: color}, item.Label)
	l.reason = NewText(Look{Size: theme.SizeLabel, Color: theme.ColorSecond}, item.Reason)
	if item.Reason == "" {
		l.reason.Hide()
	}
	l.ExtendBaseWidget(l)
	return l
}

const (
	menuLineX float32 = 10
	menuLineY float32 = 7
	menuApart float32 = 9 // of a line that stands apart: the rule and the space around it
)

func (l *menuLine) top() float32 {
	if l.item.Apart {
		return menuApart
	}
	return 0
}

func (l *menuLine) widest() float32 {
	return max(l.label.width(l.label.text), min(l.reason.width(l.reason.text), 220)) + 2*menuLineX
}

// HeightFor implements HeightForWidth.
func (l *menuLine) HeightFor(width float32) float32 {
	height := l.top() + 2*menuLineY + l.label.HeightFor(width-2*menuLineX)
	if l.reason.Visible() {
		height += l.reason.HeightFor(width - 2*menuLineX)
	}
	return height
}

func (l *menuLine) light(lit bool) {
	if l.lit != lit {
		l.lit = lit
		l.Refresh()
	}
}

// Tapped implements fyne.Tappable.
func (l *menuLine) Tapped(*fyne.PointEvent) { l.menu.do(l) }

// MouseIn implements desktop.Hoverable: the keyboard goes on from here.
func (l *menuLine) MouseIn(*desktop.MouseEvent) {
	for i, line := range l.menu.lines {
		if line == l && l.item.Do != nil {
			l.menu.mark(i)
		}
	}
}

// MouseMoved implements desktop.Hoverable.
func (l *menuLine) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (l *menuLine) MouseOut() {}

// CreateRenderer implements fyne.Widget.
func (l *menuLine) CreateRenderer() fyne.WidgetRenderer {
	r := &menuLineRenderer{line: l, rule: canvas.NewRectangle(nil), shade: canvas.NewRectangle(nil)}
	r.apply()
	return r
}

type menuLineRenderer struct {
	line        *menuLine
	rule, shade *canvas.Rectangle
}

func (r *menuLineRenderer) Layout(size fyne.Size) {
	l := r.line
	top := l.top()
	r.rule.Move(fyne.NewPos(menuLineX, (top-1)/2))
	r.rule.Resize(fyne.NewSize(size.Width-2*menuLineX, 1))
	r.shade.Move(fyne.NewPos(0, top))
	r.shade.Resize(fyne.NewSize(size.Width, size.Height-top))
	inner := size.Width - 2*menuLineX
	height := l.label.HeightFor(inner)
	l.label.Move(fyne.NewPos(menuLineX, top+menuLineY))
	l.label.Resize(fyne.NewSize(inner, height))
	l.reason.Move(fyne.NewPos(menuLineX, top+menuLineY+height))
	l.reason.Resize(fyne.NewSize(inner, l.reason.HeightFor(inner)))
}

func (r *menuLineRenderer) MinSize() fyne.Size {
	return fyne.NewSize(r.line.widest(), r.line.HeightFor(r.line.widest()))
}

func (r *menuLineRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.rule, r.shade, r.line.label, r.line.reason}
}

func (r *menuLineRenderer) Destroy() {}

func (r *menuLineRenderer) Refresh() {
	r.apply()
	canvas.Refresh(r.line)
}

func (r *menuLineRenderer) apply() {
	l := r.line
	r.rule.FillColor, r.rule.Hidden = colorOf(l, theme.ColorLine), !l.item.Apart
	r.shade.FillColor = nil
	r.shade.CornerRadius = 6
	if l.lit {
		r.shade.FillColor = colorOf(l, theme.ColorTintAccent)
	}
}
