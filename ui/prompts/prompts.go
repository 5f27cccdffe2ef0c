package prompts

import (
	"time"

	"fyne.io/fyne/v2"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
)

// Deps are what prompts need.
type Deps struct {
	Texts  *i18n.Catalogue
	Canvas fyne.Canvas
	// Answer and Allow send an answer without blocking and call done afterwards.
	Answer func(answer api.AnswerRequest, done func(error))
	Allow  func(answer api.ConsentAnswer, done func(error))
	// Explain puts an error into words.
	Explain func(error) string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Prompts shows the questions of the agent and those of the window, one at a
// time.
type Prompts struct {
	deps  Deps
	state api.State

	shown   *prompt        // nil while nothing is asked
	waiting []Confirmation // the window's, in the order in which they came
	kept    time.Time      // since when the window's question keeps the agent waiting

	// typed are the texts of a login form that was left for another group,
	// for the form that comes then. Never a secret.
	typed map[string]string
}

// The times of prompts, and the bound of the window's own.
const (
	// glance is how long what came by itself does not take a press that gives
	// something away: it was meant for what stood there before.
	glance = 500 * time.Millisecond
	// mostWaiting is how many wait behind another one.
	mostWaiting = 4
	// patience is how long one may keep the agent's question waiting. Then it
	// goes unanswered.
	patience = 30 * time.Second
)

// New makes prompts for a window.
func New(deps Deps) *Prompts {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	return &Prompts{deps: deps}
}

// Show follows the State: what it asks is shown, a question that is gone goes.
func (p *Prompts) Show(state api.State) {
	p.state = state
	if p.shown != nil && p.shown.id != "" && p.shown.id != questionID(state) && p.shown.id != consentID(state) {
		p.take()
	}
	if state.Snapshot.Question == nil && !state.Snapshot.State.Busy() {
		p.typed = nil
	}
	p.next()
}

// Tick is called about once a second: the window's question does not keep the
// agent waiting for ever.
func (p *Prompts) Tick() {
	if p.shown != nil && !p.kept.IsZero() && p.deps.Now().Sub(p.kept) >= patience {
		p.take()
		p.next()
	}
}

// Close takes every prompt away; what waits is given up.
func (p *Prompts) Close() {
	p.waiting = nil
	p.take()
}

// Open reports whether a prompt is shown.
func (p *Prompts) Open() bool { return p.shown != nil }

// Escape gives up what is shown, as the key does on it.
func (p *Prompts) Escape() {
	if p.shown != nil {
		p.shown.escape()
	}
}

// questionID and consentID name what the agent asks; "" where it does not.
func questionID(state api.State) string {
	if q := state.Snapshot.Question; q != nil {
		return "question " + q.ID
	}
	return ""
}

func consentID(state api.State) string {
	if c := state.Consent; c != nil {
		return "consent " + c.ID
	}
	return ""
}

// next shows what comes next, unless something is shown: a question of the
// engine, which keeps a connection waiting, then another program's request,
// then what the window wants to know.
func (p *Prompts) next() {
	asks := questionID(p.state) != "" || consentID(p.state) != ""
	switch {
	case p.shown != nil && p.shown.id == "" && asks:
		if p.kept.IsZero() {
			p.kept = p.deps.Now()
		}
	case p.shown != nil:
	case questionID(p.state) != "":
		p.open(p.question(*p.state.Snapshot.Question))
	case asks:
		p.open(p.consent(*p.state.Consent))
	case len(p.waiting) > 0:
		first := p.waiting[0]
		p.waiting = p.waiting[1:]
		p.open(p.confirmation(first))
	}
}

// open shows a prompt.
func (p *Prompts) open(prompt *prompt) {
	prompt.before, prompt.since = p.deps.Canvas.Focused(), p.deps.Now()
	p.shown = prompt
	prompt.sheet.Open(p.deps.Canvas)
	if prompt.first != nil {
		p.deps.Canvas.Focus(prompt.first)
	}
}

// take takes the prompt away that is shown, and what was typed there.
func (p *Prompts) take() {
	gone := p.shown
	if gone == nil {
		return
	}
	p.shown, p.kept = nil, time.Time{}
	gone.sheet.Close()
	for _, f := range gone.fields {
		f.clear()
	}
	if gone.before != nil {
		p.deps.Canvas.Focus(gone.before)
	}
}

// question makes the prompt of a question of the engine.
func (p *Prompts) question(q tunnel.Question) *prompt {
	made := newPrompt("question " + q.ID)
	made.escape = func() { p.choose(made, q, tunnel.ChoiceCancel) }
	switch q.Kind {
	case tunnel.QuestionLogin:
		p.login(made, q)
	case tunnel.QuestionUntrustedServer:
		p.trust(made, q)
	case tunnel.QuestionCertificate:
		p.certificates(made, q)
	default:
		p.banner(made, q)
	}
	return made
}

// answer sends the answer to a question and holds the prompt until that is gone.
func (p *Prompts) answer(from *prompt, q tunnel.Question, answer api.AnswerRequest) {
	answer.ID = q.ID
	p.send(from, func(done func(error)) { p.deps.Answer(answer, done) })
}

// choose answers with a button's choice alone.
func (p *Prompts) choose(from *prompt, q tunnel.Question, choice tunnel.Choice) {
	if (choice == tunnel.ChoiceContinue || choice == tunnel.ChoiceImport) && p.unseen(from) {
		return
	}
	p.answer(from, q, api.AnswerRequest{Choice: choice})
}

// unseen reports whether a prompt has only just come.
func (p *Prompts) unseen(prompt *prompt) bool { return p.deps.Now().Sub(prompt.since) < glance }

// send sends an answer from the prompt that is shown. One that is refused is
// said there, and can be given again.
func (p *Prompts) send(from *prompt, call func(done func(error))) {
	if p.shown != from || from.held {
		return
	}
	from.hold(true)
	from.trouble.say("")
	call(func(err error) {
		if err == nil || p.shown != from {
			return
		}
		from.hold(false)
		from.trouble.say(p.deps.Explain(err))
		from.sheet.Relayout()
	})
}
