package about

import (
	"regexp"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"

	"torii/assets"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// licences is the list of licences, and each one's text.
type licences struct {
	deps   Deps
	button *widgets.Button
	sheet  *widgets.Sheet
}

func newLicences(deps Deps) *licences {
	l := &licences{deps: deps}
	l.button = widgets.NewButton(widgets.Plain, deps.Texts.Text("about.licences.show", i18n.Values{"Count": len(deps.Licences)}), "", l.list)
	return l
}

// list shows whose licences there are.
func (l *licences) list() {
	var rows []fyne.CanvasObject
	for _, licence := range l.deps.Licences {
		words := widgets.NewColumn(2, widgets.NewText(widgets.Look{Size: theme.SizeSecond}, strings.Join(licence.Parts, "\n")),
			widgets.NewText(widgets.Look{Size: theme.SizeLabel, Color: theme.ColorSecond, Single: true}, firstLine(licence.Text)))
		row := widgets.NewPressCard(words, func() { l.read(licence) })
		row.OnEscape = l.close
		rows = append(rows, row)
	}
	shut := widgets.NewButton(widgets.Primary, l.deps.Texts.Text("about.close"), "", l.close)
	shut.OnEscape = l.close
	l.open(l.deps.Texts.Text("about.licences.title"), widgets.NewColumn(theme.Small, rows...), shut)
}

// read shows the text of one.
func (l *licences) read(licence assets.Licence) {
	t := l.deps.Texts
	whose := widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, strings.Join(licence.Parts, "\n"))
	text := widgets.NewText(widgets.Look{Size: theme.SizeLabel}, flowing(licence.Text))
	back := widgets.NewButton(widgets.Primary, t.Text("about.back"), "", l.list)
	back.OnEscape = l.list
	take := widgets.NewButton(widgets.Plain, t.Text("about.copy"), "copy", func() {
		l.deps.Calls.Copy(strings.Join(licence.Parts, "\n") + "\n\n" + licence.Text + "\n")
	})
	take.OnEscape = l.list
	l.open(t.Text("about.licences.title"), widgets.NewColumn(theme.Between, whose, text), back, take)
}

// open shows a sheet in the place of the one before. Its first button has the
// keyboard.
func (l *licences) open(title string, body fyne.CanvasObject, buttons ...*widgets.Button) {
	l.close()
	var foot []fyne.CanvasObject
	for _, b := range buttons {
		foot = append(foot, b)
	}
	l.sheet = widgets.NewSheet(widgets.NewText(widgets.Look{Size: theme.SizeTitle, Bold: true}, title), body, widgets.NewFlow(theme.Small, foot...))
	l.sheet.Open(l.deps.Canvas)
	l.deps.Canvas.Focus(buttons[0])
}

func (l *licences) close() {
	if l.sheet != nil {
		l.sheet.Close()
		l.sheet = nil
	}
}

// firstLine is where a text begins to say something: most licences name
// themselves there.
func firstLine(text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); strings.ContainsFunc(line, unicode.IsLetter) {
			return line
		}
	}
	return ""
}

// item is the beginning of a line that is one of a list.
var item = regexp.MustCompile(`^(\*|-|•|\(?[0-9a-z]{1,2}[.)])\s`)

// fullLine is how long a line is at least that was broken for its length.
const fullLine = 45

// flowing joins lines that were broken for a terminal's width, so that the
// text fills a window of any width.
func flowing(text string) string {
	var out strings.Builder
	before := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case i == 0:
		case line != "" && len(before) >= fullLine && !item.MatchString(line):
			out.WriteByte(' ')
		default:
			out.WriteByte('\n')
		}
		out.WriteString(line)
		before = line
	}
	return out.String()
}
