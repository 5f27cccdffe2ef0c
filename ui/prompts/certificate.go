package prompts

import (
	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// chooser is the list of certificates to choose from.
type chooser struct {
	prompts *Prompts
	prompt  *prompt
	options []tunnel.CertificateOption
	icons   []*widgets.Picture
	chosen  int
}

// certificates fills the prompt of a choice of certificates. The first one that
// has not expired is chosen and has the keyboard: Up and Down choose another
// one, Enter takes it.
func (p *Prompts) certificates(made *prompt, q tunnel.Question) {
	texts := p.deps.Texts
	c := &chooser{prompts: p, prompt: made, options: q.Certificates}
	take := func() {
		if c.chosen < len(c.options) {
			p.answer(made, q, api.AnswerRequest{Choice: tunnel.ChoiceOK, Certificate: c.options[c.chosen].ID})
		}
	}
	server := p.state.Snapshot.Gateway
	body := widgets.NewColumn(theme.Between, made.trouble.object,
		second(texts.Text("prompt.certificate.message", i18n.Values{"Server": server})))
	for i := range c.options {
		body.Add(c.card(i, take))
	}
	foot := made.choices(q, func(choice tunnel.Choice) string {
		if choice == tunnel.ChoiceOK {
			return texts.Text("prompt.certificate.ok")
		}
		return texts.Text("prompt.cancel")
	}, func(choice tunnel.Choice) {
		if choice == tunnel.ChoiceOK {
			take()
		} else {
			p.choose(made, q, choice)
		}
	})
	made.sheet, made.first = widgets.NewSheet(heading(texts.Text("prompt.certificate.title")), body, foot), made.firstButton()
	if len(made.cards) > 0 {
		c.choose(c.firstValid())
		made.first = made.cards[c.chosen]
	}
}

// firstValid is the first certificate that has not expired, or else the first.
func (c *chooser) firstValid() int {
	for i, o := range c.options {
		if !o.Expired {
			return i
		}
	}
	return 0
}

// card shows one certificate.
func (c *chooser) card(i int, take func()) fyne.CanvasObject {
	texts, o := c.prompts.deps.Texts, c.options[i]
	date := i18n.Values{"Until": day(o.NotAfter)}
	words := widgets.NewColumn(1, widgets.NewText(widgets.Look{Bold: true}, o.Name),
		second(texts.Text("prompt.certificate.issuer", i18n.Values{"Issuer": o.Issuer})))
	if o.Expired {
		expired := widgets.NewText(widgets.Look{Size: theme.SizeSecond, Bold: true, Color: theme.ColorBad}, texts.Text("prompt.certificate.expired", date))
		words.Add(widgets.NewTopRow(6, 1, widgets.NewIcon("warning", 16, theme.ColorBad), expired))
	} else {
		words.Add(second(texts.Text("prompt.certificate.valid", date)))
	}
	icon := widgets.NewIcon("radio", 20, theme.ColorSecond)
	card := widgets.NewListCard(widgets.NewRow(theme.Between, 1, icon, words))
	card.OnTapped = func() { c.choose(i) }
	card.OnOpened = func() { c.choose(i); take() }
	card.OnWalked = func(step int) {
		if next := i + step; next >= 0 && next < len(c.options) {
			c.choose(next)
			c.prompts.deps.Canvas.Focus(c.prompt.cards[next])
		}
	}
	card.OnEscape = func() { c.prompt.escape() }
	c.icons = append(c.icons, icon)
	c.prompt.cards = append(c.prompt.cards, card)
	return card
}

// choose marks one certificate as the chosen one.
func (c *chooser) choose(chosen int) {
	c.chosen = chosen
	for i, card := range c.prompt.cards {
		card.SetChosen(i == chosen)
		if i == chosen {
			c.icons[i].SetIcon("radio-on", theme.ColorAccent)
		} else {
			c.icons[i].SetIcon("radio", theme.ColorSecond)
		}
	}
}
