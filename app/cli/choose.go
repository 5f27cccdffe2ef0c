package cli

import (
	"context"
	"fmt"
	"time"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
)

// certificate has a person choose one of their certificates on a terminal; an
// empty line is none.
func (a *answerer) certificate(q tunnel.Question, gateway string) (api.AnswerRequest, int) {
	none := api.AnswerRequest{Choice: tunnel.ChoiceCancel}
	text := a.tool.words.Text
	if !a.terminal {
		a.say("cli.ask.nobody", words("Field", text("prompt.certificate.title")))
		return none, exitCancelled
	}
	a.say("prompt.certificate.message", words("Server", gateway))
	options := make([]tunnel.Option, len(q.Certificates))
	for i, c := range q.Certificates {
		key := "prompt.certificate.valid"
		if c.Expired {
			key = "prompt.certificate.expired"
		}
		options[i] = tunnel.Option{Value: c.ID, Label: fmt.Sprintf("%s (%s; %s)", c.Name,
			text("prompt.certificate.issuer", words("Issuer", c.Issuer)), text(key, words("Until", c.NotAfter.UTC().Format(time.DateOnly))))}
	}
	if len(options) == 1 { // there is nothing to choose, and still something to agree to
		if !a.confirm("cli.ask.certificate", words("Name", options[0].Label), false) {
			return none, exitCancelled
		}
		return api.AnswerRequest{Choice: tunnel.ChoiceOK, Certificate: options[0].Value}, exitOK
	}
	chosen, err := a.option(tunnel.Field{Label: text("prompt.certificate.title"), Options: options})
	if err != nil || chosen == "" {
		return none, exitCancelled
	}
	return api.AnswerRequest{Choice: tunnel.ChoiceOK, Certificate: chosen}, exitOK
}

// seeConsent asks about another program's request that is new, in the
// background. Where nobody sits at a terminal it is left to other faces.
func (a *answerer) seeConsent(ctx context.Context, state api.State) {
	c := state.Consent
	if c == nil || c.ID == a.consented || !a.terminal {
		return
	}
	a.consented = c.ID
	a.work.Go(func() {
		a.talk.Lock()
		defer a.talk.Unlock()
		if time.Now().After(c.Until) { // it was refused while something else was asked
			return
		}
		a.say("prompt.consent.advice", nil)
		answer := api.ConsentAnswer{ID: c.ID, Allow: a.confirm(requestKey(a.tool.words, *c), i18n.Values{"Host": c.Host, "Action": string(c.Action)}, false)}
		// One that is not open any more has been answered elsewhere.
		if err := a.agent.Call(ctx, api.MethodConsent, answer, nil); err != nil && tunnel.CodeOf(err) != tunnel.CodeInvalid {
			a.tool.explain(err)
		}
	})
}

// requestKey is the catalogue key for what is asked for.
func requestKey(words *i18n.Catalogue, c api.Consent) string {
	if key := "prompt.consent.action." + string(c.Action); words.Has(key) {
		return key
	}
	return "prompt.consent.action.unknown"
}
