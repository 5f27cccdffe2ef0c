package prompts

import (
	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// Deps are what prompts need.
type Deps struct {
	Texts  *i18n.Catalogue
	Canvas fyne.Canvas
	// Answer sends an answer without blocking and calls done afterwards.
	Answer func(answer api.AnswerRequest, done func(error))
	// Explain puts an error into words.
	Explain func(error) string
}

// Prompts shows the questions of the engine and those of the window.
type Prompts struct {
	deps  Deps
	state api.State

	asked *asked // the engine's question that is shown
	own   *own   // the window's question that is shown

	// typed are the texts of a login form that was left for another group,
	// for the form that comes then. Never a secret.
	typed map[string]string
}

// asked is a question of the engine on its sheet.
type asked struct {
	question tunnel.Question
	sheet    *widgets.Sheet
	buttons  []*widgets.Button
	trouble  *note
	fields   []*field
	before   fyne.Focusable // what had the keyboard
}

// own is a question of the window on its sheet.
type own struct {
	sheet  *widgets.Sheet
	before fyne.Focusable
}

// New makes prompts for a window.
func New(deps Deps) *Prompts { return &Prompts{deps: deps} }

// Show follows the State: its question is shown, one that is gone goes.
func (p *Prompts) Show(state api.State) {
	p.state = state
	question := state.Snapshot.Question
	if p.asked != nil && (question == nil || question.ID != p.asked.question.ID) {
		p.closeAsked()
	}
	if question == nil {
		if !state.Snapshot.State.Busy() {
			p.typed = nil
		}
		return
	}
	if p.asked == nil && p.own == nil {
		p.open(*question)
	}
}

// Close takes every prompt away.
func (p *Prompts) Close() {
	p.closeAsked()
	p.closeOwn()
}

// Open reports whether a prompt is shown.
func (p *Prompts) Open() bool { return p.asked != nil || p.own != nil }

// open shows a question of the engine.
func (p *Prompts) open(question tunnel.Question) {
	p.asked = &asked{question: question, before: p.deps.Canvas.Focused(), trouble: newNote(theme.ColorTintBad)}
	var first fyne.Focusable
	switch question.Kind {
	case tunnel.QuestionLogin:
		first = p.login()
	case tunnel.QuestionUntrustedServer:
		first = p.trust()
	default:
		first = p.banner()
	}
	p.asked.sheet.Open(p.deps.Canvas)
	if first != nil {
		p.deps.Canvas.Focus(first)
	}
}

func (p *Prompts) closeAsked() {
	if p.asked == nil {
		return
	}
	p.asked.sheet.Close()
	for _, f := range p.asked.fields {
		f.clear()
	}
	if p.asked.before != nil {
		p.deps.Canvas.Focus(p.asked.before)
	}
	p.asked = nil
}

// openOwn shows a question of the window, in the place of one that is shown.
// While the engine asks, it has the floor, and nothing is opened.
func (p *Prompts) openOwn(sheet *widgets.Sheet, first fyne.Focusable) {
	if p.asked != nil {
		return
	}
	p.closeOwn()
	p.own = &own{sheet: sheet, before: p.deps.Canvas.Focused()}
	sheet.Open(p.deps.Canvas)
	p.deps.Canvas.Focus(first)
}

// closeOwn ends the window's question; one of the engine's that waited comes.
func (p *Prompts) closeOwn() {
	if p.own == nil {
		return
	}
	p.own.sheet.Close()
	if p.own.before != nil {
		p.deps.Canvas.Focus(p.own.before)
	}
	p.own = nil
	if p.asked == nil && p.state.Snapshot.Question != nil {
		p.open(*p.state.Snapshot.Question)
	}
}

// answer sends an answer and holds the sheet until the question is gone.
func (p *Prompts) answer(answer api.AnswerRequest) {
	current := p.asked
	if current == nil {
		return
	}
	answer.ID = current.question.ID
	current.hold(true)
	current.trouble.say("")
	p.deps.Answer(answer, func(err error) {
		if err == nil || p.asked != current {
			return
		}
		current.hold(false)
		current.trouble.say(p.deps.Explain(err))
		current.sheet.Relayout()
	})
}

// choose answers with a button's choice alone.
func (p *Prompts) choose(choice tunnel.Choice) {
	p.answer(api.AnswerRequest{Choice: choice})
}

// cancel gives the question up.
func (p *Prompts) cancel() { p.choose(tunnel.ChoiceCancel) }

// hold keeps a sheet from being answered twice.
func (a *asked) hold(held bool) {
	for _, b := range a.buttons {
		b.SetDisabled(held)
	}
	for _, f := range a.fields {
		f.hold(held)
	}
}

// choices makes the buttons of a question, in its order: the first one stands
// out. label names a choice, press is called for it.
func (p *Prompts) choices(label func(tunnel.Choice) string, press func(tunnel.Choice)) *fyne.Container {
	var row []fyne.CanvasObject
	for i, choice := range p.asked.question.Choices {
		rank := widgets.Plain
		if i == 0 {
			rank = widgets.Primary
		}
		button := widgets.NewButton(rank, label(choice), "", func() { press(choice) })
		button.OnEscape = p.cancel
		p.asked.buttons = append(p.asked.buttons, button)
		row = append(row, button)
	}
	return widgets.NewFlow(theme.Small, row...)
}

// firstButton is the first choice, where there is one.
func (a *asked) firstButton() fyne.Focusable {
	if len(a.buttons) == 0 {
		return nil
	}
	return a.buttons[0]
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
