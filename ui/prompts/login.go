package prompts

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/theme"
	"torii/ui/widgets"
)

// login fills the prompt of a login form. The first field that is empty gets
// the keyboard.
func (p *Prompts) login(a *prompt, q tunnel.Question) {
	texts, form := p.deps.Texts, q.Form
	if form == nil {
		form = &tunnel.Form{}
	}
	body := widgets.NewColumn(theme.Between)
	p.gatewayWords(body, a, q)
	for _, f := range form.Fields {
		if typed, ok := p.typed[f.Name]; ok && f.Kind == tunnel.FieldText && f.Value == "" {
			f.Value = typed
		}
		made := newField(texts, f)
		made.onEscape(func() { a.escape() })
		if f.Group && made.choice != nil {
			shown := made.choice.Value()
			made.choice.OnChosen = func(group string) {
				if group != shown {
					p.regroup(a, q)
				}
			}
		}
		a.fields = append(a.fields, made)
		body.Add(made.object)
	}
	p.typed = nil
	remember := p.remember(body, a, form)
	submit := func() { p.submit(a, q, remember != nil && remember.Checked) }
	for _, f := range a.fields {
		f.onEnter(func() { p.enter(a, f, submit) })
	}
	foot := a.choices(q, func(c tunnel.Choice) string {
		if c == tunnel.ChoiceOK {
			return texts.Text("prompt.login.ok")
		}
		return texts.Text("prompt.cancel")
	}, func(c tunnel.Choice) {
		if c == tunnel.ChoiceOK {
			submit()
		} else {
			p.choose(a, q, c)
		}
	})
	name := p.state.Snapshot.Entry
	if name == "" {
		name = p.state.Snapshot.Gateway
	}
	a.sheet = widgets.NewSheet(heading(texts.Text("prompt.login.title", i18n.Values{"Name": name})), body, foot)
	a.first = a.firstButton()
	if at := slices.IndexFunc(a.fields, (*field).empty); at >= 0 {
		a.first = a.fields[at].focus()
	} else if len(a.fields) > 0 {
		a.first = a.fields[len(a.fields)-1].focus()
	}
}

// gatewayWords adds what the gateway says: title, message, and its word on the
// last answer; for the practice gateway also how to log in.
func (p *Prompts) gatewayWords(body *fyne.Container, a *prompt, q tunnel.Question) {
	if q.Error != "" {
		refused := newNote(theme.ColorTintBad)
		refused.say(q.Error)
		body.Add(refused.object)
	}
	body.Add(a.trouble.object)
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
func (p *Prompts) remember(body *fyne.Container, a *prompt, form *tunnel.Form) *widgets.Check {
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
	box.OnEscape = func() { a.escape() }
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
func (p *Prompts) enter(a *prompt, from *field, submit func()) {
	after := false
	for _, f := range a.fields {
		if after && f.empty() {
			p.deps.Canvas.Focus(f.focus())
			return
		}
		after = after || f == from
	}
	submit()
}

// submit answers with what was filled in.
func (p *Prompts) submit(a *prompt, q tunnel.Question, remember bool) {
	fields := map[string]string{}
	for _, f := range a.fields {
		fields[f.name] = f.value()
	}
	p.answer(a, q, api.AnswerRequest{Choice: tunnel.ChoiceOK, Fields: fields, Remember: remember})
}

// regroup asks for the form of another group. Passwords stay here: the gateway
// is to get them for the group that they belong to.
func (p *Prompts) regroup(a *prompt, q tunnel.Question) {
	fields := map[string]string{}
	typed := map[string]string{}
	for _, f := range a.fields {
		switch f.kind {
		case tunnel.FieldText:
			fields[f.name], typed[f.name] = f.value(), f.value()
		case tunnel.FieldSelect:
			fields[f.name] = f.value()
		}
	}
	p.typed = typed
	p.answer(a, q, api.AnswerRequest{Choice: tunnel.ChoiceOK, Fields: fields})
}
