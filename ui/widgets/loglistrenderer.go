package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"golang.org/x/text/width"

	"torii/ui/theme"
)

const (
	barRoom   float32 = 14 // where the scroll bar is taken hold of
	barWidth  float32 = 5
	barLeast  float32 = 24
	columnGap float32 = 10
)

// CreateRenderer implements fyne.Widget.
func (l *LogList) CreateRenderer() fyne.WidgetRenderer {
	r := &logRenderer{list: l, mark: canvas.NewRectangle(nil), bar: canvas.NewRectangle(nil), ring: canvas.NewRectangle(nil)}
	r.ring.StrokeWidth = 2
	r.ring.CornerRadius, r.bar.CornerRadius = 4, barWidth/2
	r.lines = container.NewWithoutLayout(r.mark)
	r.clip = container.NewClip(r.lines)
	r.Refresh()
	return r
}

// barHeight is how long the scroll bar is.
func (l *LogList) barHeight() float32 {
	height := l.Size().Height
	return max(barLeast, height*height/max(1, float32(len(l.rows))*l.rowHeight()))
}

// logRenderer has as many lines on the canvas as fit into the list. A line that
// leaves at one edge comes back at the other, and the rest only move: drawing
// letters is what costs.
type logRenderer struct {
	list            *LogList
	lines           *fyne.Container
	clip            *container.Clip
	mark, bar, ring *canvas.Rectangle
	pool            []*logLine
}

// logLine is a line on the canvas.
type logLine struct {
	time, level, text *canvas.Text
	row               LogRow
	room              int // columns
	drawn             bool
}

func (r *logRenderer) Layout(fyne.Size)   { r.place() }
func (r *logRenderer) MinSize() fyne.Size { return r.list.MinSize() }
func (r *logRenderer) Destroy()           {}

func (r *logRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.clip, r.bar, r.ring}
}

func (r *logRenderer) Refresh() {
	l := r.list
	r.mark.FillColor = colorOf(l, theme.ColorTintAccent)
	r.bar.FillColor = colorOf(l, theme.ColorEdge)
	r.ring.StrokeColor = colorOf(l, theme.ColorFocusRing)
	r.place()
	canvas.Refresh(l)
}

// place puts the lines where they belong.
func (r *logRenderer) place() {
	l, size := r.list, r.list.Size()
	height := l.rowHeight()
	r.fill(int(size.Height/height) + 2)
	r.clip.Resize(size)
	r.lines.Resize(size)
	mono := fyne.TextStyle{Monospace: true}
	one := Measure(l, "0", l.size(), mono).Width
	var level float32
	for _, word := range l.levels {
		level = max(level, Measure(l, word, l.size(), mono).Width)
	}
	first := int(l.offset / height)
	r.mark.Hide()
	for i := range r.pool {
		index := first + i
		line := r.pool[index%len(r.pool)]
		if index >= len(l.rows) {
			line.show(false)
			continue
		}
		row, y := l.rows[index], float32(index)*height-l.offset
		at := columnGap / 2
		line.time.Move(fyne.NewPos(at, y))
		at += float32(len(row.Time))*one + columnGap
		line.level.Move(fyne.NewPos(at, y))
		at += level + columnGap
		line.text.Move(fyne.NewPos(at, y))
		line.draw(l, row, max(1, int((size.Width-at-barRoom)/one)))
		if index == l.chosen {
			r.mark.Move(fyne.NewPos(0, y))
			r.mark.Resize(fyne.NewSize(size.Width, height))
			r.mark.Show()
		}
	}
	r.frame(size)
}

// frame places the scroll bar and the ring that tells of the keyboard.
func (r *logRenderer) frame(size fyne.Size) {
	l := r.list
	r.ring.Move(fyne.NewPos(-4, -4))
	r.ring.Resize(size.AddWidthHeight(8, 8))
	r.ring.Hidden = !l.focused
	r.bar.Hidden = l.furthest() == 0
	if r.bar.Hidden {
		return
	}
	height := min(l.barHeight(), size.Height)
	r.bar.Resize(fyne.NewSize(barWidth, height))
	r.bar.Move(fyne.NewPos(size.Width-barWidth-4, (size.Height-height)*l.offset/l.furthest()))
}

// fill has as many lines as the list is high.
func (r *logRenderer) fill(count int) {
	if len(r.pool) == count {
		return
	}
	r.pool, r.lines.Objects = nil, []fyne.CanvasObject{r.mark}
	for range count {
		line := &logLine{time: canvas.NewText("", nil), level: canvas.NewText("", nil), text: canvas.NewText("", nil)}
		r.pool = append(r.pool, line)
		r.lines.Objects = append(r.lines.Objects, line.time, line.level, line.text)
	}
}

// draw draws the letters anew where they are others.
func (line *logLine) draw(l *LogList, row LogRow, room int) {
	line.show(true)
	second, ink, grave := colorOf(l, theme.ColorSecond), colorOf(l, theme.ColorText), colorOf(l, row.Color)
	if line.drawn && line.row == row && line.room == room && line.text.Color == ink && line.level.Color == grave && line.text.TextSize == l.size() {
		return
	}
	line.row, line.room, line.drawn = row, room, true
	line.time.Text, line.level.Text, line.text.Text = row.Time, row.Level, shorten(row.Text, room)
	line.time.Color, line.level.Color, line.text.Color = second, grave, ink
	for _, t := range []*canvas.Text{line.time, line.level, line.text} {
		t.TextSize = l.size()
		set(l, t, fyne.TextStyle{Monospace: true})
		t.Resize(t.MinSize())
		t.Refresh()
	}
}

func (line *logLine) show(visible bool) {
	for _, t := range []*canvas.Text{line.time, line.level, line.text} {
		t.Hidden = !visible
	}
}

// shorten cuts a text to a number of columns, of which Chinese, Japanese and
// Korean characters take two.
func shorten(text string, columns int) string {
	taken, end := 0, 0 // end is where an ellipsis still has room
	for i, r := range text {
		if taken <= columns-1 {
			end = i
		}
		taken++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			taken++
		}
		if taken > columns {
			return text[:end] + "…"
		}
	}
	return text
}
