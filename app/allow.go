package app

import (
	"context"

	"torii/app/api"
	"torii/app/consent"
	"torii/app/control"
	"torii/tunnel"
)

// Allow asks the person whether another program's request may be carried out,
// and waits for the answer: consent.Queue.Ask has the errors. The window comes
// forward with the request.
func (a *App) Allow(ctx context.Context, request consent.Request) (bool, error) {
	return a.consent.Ask(ctx, request)
}

// consentChanged follows a request that came, and another one being the first.
func (a *App) consentChanged() {
	if a.consent.First() != nil && a.options.OpenWindow != nil {
		if err := a.ShowWindow(""); err != nil {
			a.options.Log.WithError(err).Error("the window for another program's request does not open")
		}
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.touch()
}

// answerConsent hands a person's yes or no on. Both are taken from trusted
// faces only: who asks must not be able to answer (design.md, security rule 6).
func (a *App) answerConsent(_ context.Context, caller control.Caller, answer api.ConsentAnswer) error {
	if !caller.Trusted {
		return tunnel.Errorf(tunnel.CodePolicy, "answer",
			"whether to allow another program's request is answered in Torii's own window, or by toriictl in a terminal")
	}
	return a.consent.Answer(answer.ID, answer.Allow)
}
