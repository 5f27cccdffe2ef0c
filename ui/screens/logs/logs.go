package logs

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Deps are what the screen needs.
type Deps struct {
	Texts *i18n.Catalogue
	// Call makes a call without blocking. done is called later, on the toolkit's
	// goroutine, or never where the window has closed.
	Call func(method api.Method, params, result any, done func(error))
	// Explain puts an error of a call into words.
	Explain func(error) string
	// Copy puts text on the clipboard.
	Copy func(text string)
	// Leave returns to where the person came from.
	Leave func()
	// Zone is where the person's clock is; nil is the computer's zone.
	Zone *time.Location
}

// kept is how many lines the screen keeps, as many as the agent.
const kept = 10_000

// Logs is the screen.
type Logs struct {
	deps   Deps
	object *fyne.Container
	list   *widgets.LogList
	copy   *widgets.Button
	clear  *widgets.Button
	note   *widgets.Text // of the whole list: empty, or an error
	whole  *widgets.Text // the chosen line
	detail *widgets.Page

	lines  []api.LogLine
	rows   []widgets.LogRow // of lines
	gone   int              // of the first rows, since the list was last drawn
	last   uint64           // the number of the newest line that was read
	asking bool
	failed bool // the note tells of an error
	inView bool
	praise int // seconds for which copy still says "Copied"
}

// New builds the screen.
func New(deps Deps) *Logs {
	if deps.Zone == nil {
		deps.Zone = time.Local
	}
	l := &Logs{deps: deps}
	t := deps.Texts
	back := l.button(widgets.Quiet, "", "back", deps.Leave)
	title := widgets.NewRow(theme.Small, 1, widgets.NewOutdent(6, back),
		widgets.NewText(widgets.Look{Size: theme.SizePage, Bold: true}, t.Text("logs.title")))
	l.copy = l.button(widgets.Plain, t.Text("diagnostics.copy.do"), "copy", l.copyAll)
	l.clear = l.button(widgets.Plain, t.Text("logs.clear"), "", l.forget)
	l.list = widgets.NewLogList(l.word(api.LogDebug), l.word(api.LogInfo), l.word(api.LogWarning), l.word(api.LogError))
	l.list.OnChosen, l.list.OnEscape = l.chosen, deps.Leave
	second := widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}
	l.note = widgets.NewText(second, "")
	l.whole = widgets.NewText(second, t.Text("logs.choose"))
	l.detail = widgets.NewPage(l.whole, fyne.NewSize(100, 20), nil)
	head := widgets.NewColumn(theme.Between, title, widgets.NewFlow(theme.Small, l.copy, l.clear), l.note)
	l.object = &fyne.Container{Layout: &stack{}, Objects: []fyne.CanvasObject{
		head, widgets.NewSurface(), l.list, l.detail,
	}}
	l.stand()
	return l
}

// button makes a button that Esc leaves by.
func (l *Logs) button(rank widgets.Rank, text, icon string, do func()) *widgets.Button {
	b := widgets.NewButton(rank, text, icon, do)
	b.OnEscape = l.deps.Leave
	return b
}

// Object is what stands in the window.
func (l *Logs) Object() fyne.CanvasObject { return l.object }

// FocusTarget is what has the keyboard when the screen is opened.
func (l *Logs) FocusTarget() fyne.Focusable { return l.list }

// Update shows a new State, which says nothing about the log.
func (l *Logs) Update(api.State) {}

// Show is called when the screen comes into view.
func (l *Logs) Show() { l.inView = true; l.ask() }

// Hide is called when another screen takes its place.
func (l *Logs) Hide() { l.inView = false }

// Tick is called about once a second: that is how often new lines are read.
func (l *Logs) Tick() {
	if l.praise--; l.praise == 0 {
		l.copy.SetText(l.deps.Texts.Text("diagnostics.copy.do"))
		l.object.Refresh()
	}
	if l.inView {
		l.ask()
	}
}

// Help explains what is in view.
func (l *Logs) Help() []widgets.Topic {
	t := l.deps.Texts
	var all []widgets.Topic
	for _, key := range []string{"lines", "clear"} {
		all = append(all, widgets.Topic{Name: t.Text("logs.help." + key + ".name"), Text: t.Text("logs.help." + key + ".text")})
	}
	return all
}

// ask reads the lines that are new, unless that is under way.
func (l *Logs) ask() {
	if !l.asking {
		l.asking = true
		l.read(0)
	}
}

// read reads a page, and the next until it has the line with the number to: the
// newest that there was in the beginning. 0 is not known yet. The list is drawn
// once, at the end.
func (l *Logs) read(to uint64) {
	var page api.LogPage
	l.deps.Call(api.MethodLogs, api.LogQuery{After: l.last}, &page, func(err error) {
		if err != nil {
			l.asking, l.failed = false, true
			l.say(l.deps.Explain(err))
			return
		}
		if to == 0 || page.Last < to {
			to = page.Last
		}
		before := l.last
		changed := l.take(page)
		if len(page.Lines) > 0 && l.last < to && l.last != before {
			l.read(to)
			return
		}
		l.asking = false
		if changed || l.gone > 0 || l.failed || len(l.lines) == 0 {
			l.draw()
		}
	})
}

// take puts a page behind the lines and drops those that are not kept any more.
func (l *Logs) take(page api.LogPage) (changed bool) {
	drop := 0
	switch {
	case page.Last < l.last: // another run
		drop = len(l.lines)
	default:
		for drop < len(l.lines) && l.lines[drop].Number < page.First {
			drop++
		}
	}
	drop = max(drop, min(len(l.lines), len(l.lines)+len(page.Lines)-kept))
	l.lines, l.rows = l.lines[drop:], l.rows[drop:]
	l.gone += drop
	for _, line := range page.Lines {
		l.lines = append(l.lines, line)
		l.rows = append(l.rows, l.row(line))
	}
	if l.last = page.Last; len(page.Lines) > 0 {
		l.last = page.Lines[len(page.Lines)-1].Number
	}
	return drop > 0 || len(page.Lines) > 0
}

// row is a line as the list has it.
func (l *Logs) row(line api.LogLine) widgets.LogRow {
	color := theme.ColorSecond
	switch line.Level {
	case api.LogWarning:
		color = theme.ColorAttention
	case api.LogError:
		color = theme.ColorBad
	}
	return widgets.LogRow{Time: line.Time.In(l.deps.Zone).Format(time.TimeOnly), Level: l.word(line.Level), Color: color, Text: line.Text}
}

// word is a level in a person's words.
func (l *Logs) word(level api.LogLevel) string {
	if key := "logs.level." + string(level); l.deps.Texts.Has(key) {
		return l.deps.Texts.Text(key)
	}
	return string(level)
}

// draw shows the lines.
func (l *Logs) draw() {
	gone := l.gone
	l.gone, l.failed = 0, false
	l.list.Set(l.rows, gone)
	l.say("")
}

// say writes about the whole list: an error, or that it is empty.
func (l *Logs) say(text string) {
	if text == "" && len(l.lines) == 0 {
		text = l.deps.Texts.Text("logs.empty")
	}
	if l.note.SetText(text); text == "" {
		l.note.Hide()
	} else {
		l.note.Show()
	}
	l.stand()
	l.object.Refresh()
}

// stand lets only be pressed what has something to do.
func (l *Logs) stand() {
	l.copy.SetDisabled(len(l.lines) == 0)
	l.clear.SetDisabled(len(l.lines) == 0)
}

// chosen shows a line whole below the list.
func (l *Logs) chosen(index int) {
	text := l.deps.Texts.Text("logs.choose")
	if index >= 0 && index < len(l.rows) {
		text = l.rows[index].Text
	}
	l.whole.SetText(text)
	l.detail.ScrollToTop()
	l.detail.Relayout()
	l.object.Refresh()
}

// forget clears the log, the agent's and with it this one.
func (l *Logs) forget() {
	l.deps.Call(api.MethodClearLogs, nil, nil, func(err error) {
		if err != nil {
			l.failed = true
			l.say(l.deps.Explain(err))
			return
		}
		l.ask()
	})
}

// copyAll puts all lines on the clipboard, for an administrator: levels are not
// translated.
func (l *Logs) copyAll() {
	var b strings.Builder
	for _, line := range l.lines {
		b.WriteString(line.Time.In(l.deps.Zone).Format("2006-01-02 15:04:05.000 -0700"))
		b.WriteString(" " + string(line.Level) + " " + line.Text + "\n")
	}
	l.deps.Copy(b.String())
	l.praise = 3
	l.copy.SetText(l.deps.Texts.Text("diagnostics.copy.done"))
	l.object.Refresh()
}

// stack lays the screen out: the head, a card with the list, which takes the
// room that there is, and the chosen line.
type stack struct{}

// MinSize implements fyne.Layout.
func (*stack) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(320, 320) }

// Layout implements fyne.Layout.
func (*stack) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	const (
		pad    = theme.Small
		narrow = 560 // up to here the window's information icon is below the page
		aside  = 56  // for that icon, in the lower right corner of a wider one
	)
	head, card, list, detail := objects[0], objects[1], objects[2], objects[3]
	width := size.Width - 2*theme.Edge
	if size.Width > narrow {
		width -= aside
	}
	top := widgets.HeightOf(head, width)
	head.Move(fyne.NewPos(theme.Edge, theme.Edge))
	head.Resize(fyne.NewSize(width, top))
	top += theme.Edge + theme.Between
	low := min(widgets.HeightOf(detail, width), size.Height/4)
	middle := max(3*pad, size.Height-top-low-theme.Between-theme.Edge)
	card.Move(fyne.NewPos(theme.Edge, top))
	card.Resize(fyne.NewSize(width, middle))
	list.Move(fyne.NewPos(theme.Edge+pad, top+pad))
	list.Resize(fyne.NewSize(width-2*pad, middle-2*pad))
	detail.Move(fyne.NewPos(theme.Edge, top+middle+theme.Between))
	detail.Resize(fyne.NewSize(width, low))
}
