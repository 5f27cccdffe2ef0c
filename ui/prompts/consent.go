package prompts

import (
	"torii/app/api"
	"torii/i18n"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// consent makes the prompt of another program's request, in the words of the
// guide (000, External Control). No has the keyboard and stands out: nobody
// waits for this question.
func (p *Prompts) consent(c api.Consent) *prompt {
	made, texts := newPrompt("consent "+c.ID), p.deps.Texts
	say := func(allow bool) func() {
		return func() {
			if allow && p.unseen(made) {
				return
			}
			p.send(made, func(done func(error)) { p.deps.Allow(api.ConsentAnswer{ID: c.ID, Allow: allow}, done) })
		}
	}
	made.escape = say(false)
	body := widgets.NewColumn(theme.Between, made.trouble.object,
		widgets.NewText(widgets.Look{}, p.request(c)), second(texts.Text("prompt.consent.advice")))
	yes := made.button(widgets.Plain, texts.Text("prompt.consent.yes"), say(true))
	no := made.button(widgets.Primary, texts.Text("prompt.consent.no"), made.escape)
	made.sheet = widgets.NewSheet(heading(texts.Text("prompt.consent.title")), body, widgets.NewFlow(theme.Small, yes, no))
	made.first = no
	return made
}

// request words what is asked for; an action that is not known is said as it is.
func (p *Prompts) request(c api.Consent) string {
	key := "prompt.consent.action." + string(c.Action)
	if !p.deps.Texts.Has(key) {
		key = "prompt.consent.action.unknown"
	}
	return p.deps.Texts.Text(key, i18n.Values{"Host": c.Host, "Action": string(c.Action)})
}
