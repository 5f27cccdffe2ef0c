package prompts

import (
	"strings"

	"fyne.io/fyne/v2"

	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// banner builds the sheet of a text to accept.
func (p *Prompts) banner() fyne.Focusable {
	a, texts := p.asked, p.deps.Texts
	title := strings.TrimSpace(a.question.Title)
	if title == "" {
		title = texts.Text("prompt.banner.title")
	}
	body := widgets.NewColumn(theme.Between, a.trouble.object)
	if a.question.Error != "" {
		refused := newNote(theme.ColorTintBad)
		refused.say(a.question.Error)
		body.Add(refused.object)
	}
	body.Add(widgets.NewText(widgets.Look{}, strings.TrimSpace(a.question.Message)))
	foot := p.choices(func(c tunnel.Choice) string {
		if c == tunnel.ChoiceOK {
			return texts.Text("prompt.banner.accept")
		}
		return texts.Text("prompt.banner.refuse")
	}, p.choose)
	a.sheet = widgets.NewSheet(heading(title), body, foot)
	return a.firstButton()
}
