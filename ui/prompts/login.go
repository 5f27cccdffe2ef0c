package prompts

import (
	"strings"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// login builds the sheet of a login form and returns what gets the keyboard:
// the first field that is empty.
func (p *Prompts) login() fyne.Focusable {
	a, texts := p.asked, p.deps.Texts
	form := a.question.Form
	if form == nil {
		form = &tunnel.Form{}
	}
	body := widgets.NewColumn(theme.Between)
	p.gatewayWords(body)
	for _, f := range form.Fields {
		if typed, ok := p.typed[f.Name]; ok && f.Kind == tunnel.FieldText && f.Value == "" {
			f.Value = typed
		}
		made := newField(texts, f)
		made.onEscape(p.cancel)
		if f.Group && made.choice != nil {
			shown := made.choice.Value()
			made.choice.OnChosen = func(group string) {
				if group != shown {
					p.regroup()
				}
			}
		}
		a.fields = append(a.fields, made)
		body.Add(made.object)
	}
	p.typed = nil
	remember := p.remember(body, form)
	submit := func() { p.submit(remember != nil && remember.Checked) }
	for _, f := range a.fields {
		f.onEnter(func() { p.enter(f, submit) })
	}
	foot := p.choices(func(c tunnel.Choice) string {
		if c == tunnel.ChoiceOK {
			return texts.Text("prompt.login.ok")
		}
		return texts.Text("prompt.cancel")
	}, func(c tunnel.Choice) {
		if c == tunnel.ChoiceOK {
			submit()
		} else {
			p.choose(c)
		}
	})
	name := p.state.Snapshot.Entry
	if name == "" {
		name = p.state.Snapshot.Gateway
	}
	a.sheet = widgets.NewSheet(heading(texts.Text("prompt.login.title", i18n.Values{"Name": name})), body, foot)
	for _, f := range a.fields {
		if f.empty() {
			return f.focus()
		}
	}
	if len(a.fields) > 0 {
		return a.fields[len(a.fields)-1].focus()
	}
	return a.firstButton()
}

// gatewayWords adds what the gateway says: title, message, and its word on the
// last answer; for the practice gateway also how to log in.
func (p *Prompts) gatewayWords(body *fyne.Container) {
	q := p.asked.question
	if q.Error != "" {
		refused := newNote(theme.ColorTintBad)
		refused.say(q.Error)
		body.Add(refused.object)
	}
	body.Add(p.asked.trouble.object)
	words := widgets.NewColumn(2)
	if title := strings.TrimSpace(q.Title); title != "" {
		words.Add(widgets.NewText(widgets.Look{Bold: true}, title))
	}
	if message := strings.TrimSpace(q.Message); message != "" {
		words.Add(second(message))
	}
	if len(words.Objects) > 0 {
		body.Add(words)
	}
	if practice := p.state.Practice; practice != nil && practice.Entry == p.state.Snapshot.Entry {
		hint := newNote(theme.ColorTintAccent)
		hint.say(p.deps.Texts.Text("prompt.login.practice", i18n.Values{"User": practice.User, "Password": practice.Password}))
		body.Add(hint.object)
	}
}

// remember adds the box that keeps the passwords of the form, or says why they
// cannot be kept. It returns nil where there is nothing to tick.
func (p *Prompts) remember(body *fyne.Container, form *tunnel.Form) *widgets.Check {
	storable := false
	for _, f := range form.Fields {
		storable = storable || f.StoreKey != ""
	}
	if !storable {
		return nil
	}
	if reason := p.state.KeyringError; reason != "" {
		body.Add(second(p.deps.Texts.Text(keyringKey(reason))))
		return nil
	}
	box := widgets.NewCheck(p.deps.Texts.Text("prompt.login.remember"))
	box.OnEscape = p.cancel
	body.Add(widgets.NewOutdent(boxSpace, box))
	return box
}

// boxSpace is what the toolkit leaves free at the left of a box.
const boxSpace float32 = 8

// keyringKey is the catalogue key for why passwords cannot be kept.
func keyringKey(reason string) string {
	switch reason {
	case "none", "locked", "no-bus":
		return "prompt.keyring." + reason
	}
	return "prompt.keyring.unknown"
}

// enter is the Enter key in a field: on to the next field that is empty, and
// after the last one it logs in.
func (p *Prompts) enter(from *field, submit func()) {
	after := false
	for _, f := range p.asked.fields {
		if after && f.empty() {
			p.deps.Canvas.Focus(f.focus())
			return
		}
		after = after || f == from
	}
	submit()
}

// submit answers with what was filled in.
func (p *Prompts) submit(remember bool) {
	fields := map[string]string{}
	for _, f := range p.asked.fields {
		fields[f.name] = f.value()
	}
	p.answer(api.AnswerRequest{Choice: tunnel.ChoiceOK, Fields: fields, Remember: remember})
}

// regroup asks for the form of another group. Passwords stay here: the gateway
// is to get them for the group that they belong to.
func (p *Prompts) regroup() {
	fields := map[string]string{}
	typed := map[string]string{}
	for _, f := range p.asked.fields {
		switch f.kind {
		case tunnel.FieldText:
			fields[f.name], typed[f.name] = f.value(), f.value()
		case tunnel.FieldSelect:
			fields[f.name] = f.value()
		}
	}
	p.typed = typed
	p.answer(api.AnswerRequest{Choice: tunnel.ChoiceOK, Fields: fields})
}
