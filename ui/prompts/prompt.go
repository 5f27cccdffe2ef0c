package prompts

import (
	"time"

	"fyne.io/fyne/v2"

	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// prompt is one question on its sheet.
type prompt struct {
	id      string // what the agent asks; "" for a question of the window
	sheet   *widgets.Sheet
	first   fyne.Focusable // gets the keyboard; nil for nothing
	escape  func()         // gives the question up
	trouble *note          // why an answer was not taken
	before  fyne.Focusable // had the keyboard
	since   time.Time      // when it was shown

	buttons []*widgets.Button
	cards   []*widgets.ListCard // of the certificates to choose from
	fields  []*field            // of a login form
	held    bool                // an answer is on its way

	asks *Confirmation // what the window asks; nil for the agent's
}

func newPrompt(id string) *prompt { return &prompt{id: id, trouble: newNote(theme.ColorTintBad)} }

// hold keeps a prompt from being answered twice.
func (p *prompt) hold(held bool) {
	p.held = held
	for _, b := range p.buttons {
		b.SetDisabled(held)
	}
	for _, c := range p.cards {
		c.SetDisabled(held)
	}
	for _, f := range p.fields {
		f.hold(held)
	}
}

// button adds a button, which Esc leaves as it does the whole prompt.
func (p *prompt) button(rank widgets.Rank, label string, press func()) *widgets.Button {
	b := widgets.NewButton(rank, label, "", press)
	b.OnEscape = func() { p.escape() }
	p.buttons = append(p.buttons, b)
	return b
}

// choices makes the buttons of a question, in its order: the first one stands
// out. label names a choice, press is called for it.
func (p *prompt) choices(q tunnel.Question, label func(tunnel.Choice) string, press func(tunnel.Choice)) *fyne.Container {
	var row []fyne.CanvasObject
	for i, choice := range q.Choices {
		rank := widgets.Plain
		if i == 0 {
			rank = widgets.Primary
		}
		row = append(row, p.button(rank, label(choice), func() { press(choice) }))
	}
	return widgets.NewFlow(theme.Small, row...)
}

// firstButton is the first choice, where there is one.
func (p *prompt) firstButton() fyne.Focusable {
	if len(p.buttons) == 0 {
		return nil
	}
	return p.buttons[0]
}

// note is a tinted box with words in it; hidden without words.
type note struct {
	object *fyne.Container
	text   *widgets.Text
}

func newNote(fill fyne.ThemeColorName) *note {
	n := &note{text: widgets.NewText(widgets.Look{Size: theme.SizeSecond}, "")}
	n.object = widgets.NewInset(10, widgets.NewBlock(fill, theme.Corner), n.text)
	n.object.Hide()
	return n
}

func (n *note) say(words string) {
	n.text.SetText(words)
	if words == "" {
		n.object.Hide()
	} else {
		n.object.Show()
	}
}

// heading is the title of a sheet.
func heading(text string) *widgets.Text {
	return widgets.NewText(widgets.Look{Size: theme.SizeTitle, Bold: true}, text)
}

// second is a paragraph in the second colour.
func second(text string) *widgets.Text {
	return widgets.NewText(widgets.Look{Size: theme.SizeSecond, Color: theme.ColorSecond}, text)
}
