package prompts

import (
	"strings"

	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// banner fills the prompt of a text to accept.
func (p *Prompts) banner(made *prompt, q tunnel.Question) {
	texts := p.deps.Texts
	title := strings.TrimSpace(q.Title)
	if title == "" {
		title = texts.Text("prompt.banner.title")
	}
	body := widgets.NewColumn(theme.Between, made.trouble.object)
	if q.Error != "" {
		refused := newNote(theme.ColorTintBad)
		refused.say(q.Error)
		body.Add(refused.object)
	}
	body.Add(widgets.NewText(widgets.Look{}, strings.TrimSpace(q.Message)))
	foot := made.choices(q, func(c tunnel.Choice) string {
		if c == tunnel.ChoiceOK {
			return texts.Text("prompt.banner.accept")
		}
		return texts.Text("prompt.banner.refuse")
	}, func(c tunnel.Choice) { p.choose(made, q, c) })
	made.sheet, made.first = widgets.NewSheet(heading(title), body, foot), made.firstButton()
}
