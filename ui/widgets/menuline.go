package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
)

// menuLine is one line of a menu.
type menuLine struct {
	widget.BaseWidget
	menu          *Menu
	item          MenuItem
	tick          *Picture // nil in a menu that ticks nothing
	label, reason *Text
	lit           bool
}

var _ desktop.Hoverable = (*menuLine)(nil)

// newMenuLine makes a line, with room for a tick where ticks are drawn.
func newMenuLine(m *Menu, item MenuItem, ticks bool) *menuLine {
	l := &menuLine{menu: m, item: item}
	if ticks {
		l.tick = NewIcon("tick", menuTick, theme.ColorAccent)
		l.tick.Hidden = !item.Checked
	}
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
	menuTick  float32 = 16
)

// left is where the words begin.
func (l *menuLine) left() float32 {
	if l.tick == nil {
		return menuLineX
	}
	return menuLineX + menuTick + 6
}

// inner is how much width is left for the words.
func (l *menuLine) inner(width float32) float32 { return width - l.left() - menuLineX }

func (l *menuLine) top() float32 {
	if l.item.Apart {
		return menuApart
	}
	return 0
}

func (l *menuLine) widest() float32 {
	return max(l.label.width(l.label.text), min(l.reason.width(l.reason.text), 220)) + l.left() + menuLineX
}

// HeightFor implements HeightForWidth.
func (l *menuLine) HeightFor(width float32) float32 {
	height := l.top() + 2*menuLineY + l.label.HeightFor(l.inner(width))
	if l.reason.Visible() {
		height += l.reason.HeightFor(l.inner(width))
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
	inner := l.inner(size.Width)
	height := l.label.HeightFor(inner)
	if l.tick != nil {
		l.tick.Move(fyne.NewPos(menuLineX, top+(size.Height-top-menuTick)/2))
		l.tick.Resize(fyne.NewSquareSize(menuTick))
	}
	l.label.Move(fyne.NewPos(l.left(), top+menuLineY))
	l.label.Resize(fyne.NewSize(inner, height))
	l.reason.Move(fyne.NewPos(l.left(), top+menuLineY+height))
	l.reason.Resize(fyne.NewSize(inner, l.reason.HeightFor(inner)))
}

func (r *menuLineRenderer) MinSize() fyne.Size {
	return fyne.NewSize(r.line.widest(), r.line.HeightFor(r.line.widest()))
}

func (r *menuLineRenderer) Objects() []fyne.CanvasObject {
	all := []fyne.CanvasObject{r.rule, r.shade, r.line.label, r.line.reason}
	if r.line.tick != nil {
		all = append(all, r.line.tick)
	}
	return all
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
