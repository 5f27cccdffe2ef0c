package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"torii/ui/theme"
)

// LogRow is a line of a LogList.
type LogRow struct {
	Time  string
	Level string              // in a person's words
	Color fyne.ThemeColorName // of the level, which its word tells too
	Text  string
}

// LogList shows many lines of text of the same height, of which only those in
// view exist on the canvas. It stays at the end while the person is there. One
// line may be chosen, by the mouse or by the arrows, Page Up and Down, Home
// and End.
type LogList struct {
	widget.BaseWidget
	// OnChosen is called with the index of the line that is chosen now; -1 for
	// none.
	OnChosen func(int)
	// OnEscape is called for Esc; nil does nothing.
	OnEscape func()

	rows    []LogRow
	levels  []string // all words, for the column's width
	chosen  int
	offset  float32 // of the upper edge from the top of the first line
	away    bool    // the person has left the end
	focused bool
	pulling bool // the scroll bar
}

var (
	_ desktop.Mouseable = (*LogList)(nil)
	_ fyne.Draggable    = (*LogList)(nil)
	_ fyne.Focusable    = (*LogList)(nil)
	_ fyne.Scrollable   = (*LogList)(nil)
)

// NewLogList makes an empty list. levels are the words that rows may have for
// their level.
func NewLogList(levels ...string) *LogList {
	l := &LogList{levels: levels, chosen: -1}
	l.ExtendBaseWidget(l)
	return l
}

// Set shows other rows, of which the first is the one that had the index gone.
func (l *LogList) Set(rows []LogRow, gone int) {
	l.rows = rows
	l.offset -= float32(gone) * l.rowHeight()
	lost := false
	if l.chosen >= 0 {
		l.chosen -= gone
		lost = l.chosen < 0 || l.chosen >= len(rows)
	}
	if lost {
		l.chosen = -1
	}
	l.settle()
	if lost && l.OnChosen != nil {
		l.OnChosen(-1)
	}
}

// Chosen is the index of the line that is chosen; -1 for none.
func (l *LogList) Chosen() int { return l.chosen }

// Choose chooses a line and brings it into view.
func (l *LogList) Choose(index int) {
	if len(l.rows) == 0 {
		return
	}
	index = max(0, min(index, len(l.rows)-1))
	height, top := l.rowHeight(), float32(index)*l.rowHeight()
	changed := index != l.chosen
	l.chosen = index
	if changed && l.OnChosen != nil {
		l.OnChosen(index) // which may make the list lower
	}
	switch {
	case top < l.offset:
		l.scroll(top)
	case top+height > l.offset+l.Size().Height:
		l.scroll(top + height - l.Size().Height)
	default:
		l.Refresh()
	}
}

// AtEnd reports whether new lines come into view by themselves.
func (l *LogList) AtEnd() bool { return !l.away }

// scroll moves the upper edge, as the person wants.
func (l *LogList) scroll(offset float32) {
	l.offset = offset
	l.away = offset < l.furthest()-1
	l.settle()
}

// settle keeps the edge within the lines, and at the end where it belongs.
func (l *LogList) settle() {
	if !l.away {
		l.offset = l.furthest()
	}
	l.offset = max(0, min(l.offset, l.furthest()))
	l.Refresh()
}

// furthest is the offset at the end.
func (l *LogList) furthest() float32 {
	return max(0, float32(len(l.rows))*l.rowHeight()-l.Size().Height)
}

// size is the size of the letters.
func (l *LogList) size() float32 { return l.Theme().Size(theme.SizeLabel) }

func (l *LogList) rowHeight() float32 {
	return Measure(l, "Ég", l.size(), fyne.TextStyle{Monospace: true}).Height + 2
}

// page is how many lines are seen at once.
func (l *LogList) page() int { return max(1, int(l.Size().Height/l.rowHeight())) }

// Resize implements fyne.CanvasObject.
func (l *LogList) Resize(size fyne.Size) {
	changed := size != l.Size()
	l.BaseWidget.Resize(size)
	if changed {
		l.settle()
	}
}

// MinSize implements fyne.CanvasObject.
func (l *LogList) MinSize() fyne.Size { return fyne.NewSize(100, 3*l.rowHeight()) }

// Scrolled implements fyne.Scrollable.
func (l *LogList) Scrolled(event *fyne.ScrollEvent) { l.scroll(l.offset - event.Scrolled.DY) }

// MouseDown implements desktop.Mouseable: it chooses a line.
func (l *LogList) MouseDown(event *desktop.MouseEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil {
		c.Focus(l)
	}
	l.pulling = event.Position.X > l.Size().Width-barRoom && l.furthest() > 0
	if index := int((event.Position.Y + l.offset) / l.rowHeight()); !l.pulling && index < len(l.rows) {
		l.Choose(index)
	}
}

// MouseUp implements desktop.Mouseable.
func (l *LogList) MouseUp(*desktop.MouseEvent) {}

// Dragged implements fyne.Draggable: it pulls the scroll bar, or the lines.
func (l *LogList) Dragged(event *fyne.DragEvent) {
	if !l.pulling {
		l.scroll(l.offset - event.Dragged.DY)
		return
	}
	if free := l.Size().Height - l.barHeight(); free > 0 {
		l.scroll(l.offset + event.Dragged.DY*l.furthest()/free)
	}
}

// DragEnd implements fyne.Draggable.
func (l *LogList) DragEnd() { l.pulling = false }

// FocusGained implements fyne.Focusable.
func (l *LogList) FocusGained() { l.focused = true; l.Refresh() }

// FocusLost implements fyne.Focusable.
func (l *LogList) FocusLost() { l.focused = false; l.Refresh() }

// TypedRune implements fyne.Focusable.
func (l *LogList) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (l *LogList) TypedKey(key *fyne.KeyEvent) {
	from := l.chosen
	if from < 0 { // the first arrow chooses what is in view
		from = min(int((l.offset+l.Size().Height)/l.rowHeight()), len(l.rows))
	}
	switch key.Name {
	case fyne.KeyUp:
		l.Choose(from - 1)
	case fyne.KeyDown:
		l.Choose(from + 1)
	case fyne.KeyPageUp:
		l.Choose(from - l.page())
	case fyne.KeyPageDown:
		l.Choose(from + l.page())
	case fyne.KeyHome:
		l.Choose(0)
	case fyne.KeyEnd:
		l.Choose(len(l.rows) - 1)
	case fyne.KeyEscape:
		if l.OnEscape != nil {
			l.OnEscape()
		}
	default:
		toWindow(key)
	}
}
