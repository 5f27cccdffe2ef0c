package app

import (
	"context"

	"torii/app/secrets"
	"torii/tunnel"
)

// userField is what gateways call the user name's field.
const userField = "username"

// reply answers a login form from the keyring, where everything that it asks
// is known. A password that was refused is not tried again.
func (a *App) reply(ctx context.Context, cfg tunnel.Config, q tunnel.Question) (tunnel.Answer, bool) {
	a.mu.Lock()
	entry := a.current.entry
	a.mu.Unlock()
	if entry.ID == "" || q.Kind != tunnel.QuestionLogin || q.Form == nil || q.Form.Attempt > 0 {
		return tunnel.Answer{}, false
	}
	answer := tunnel.Answer{Choice: tunnel.ChoiceOK, Fields: map[string]tunnel.Secret{}}
	recalled := false
	for _, f := range q.Form.Fields {
		value, ok := a.known(ctx, entry.ID, cfg, f)
		if !ok {
			return tunnel.Answer{}, false
		}
		answer.Fields[f.Name] = value
		recalled = recalled || f.StoreKey != ""
	}
	return answer, recalled
}

// known is the value of a field that needs no person.
func (a *App) known(ctx context.Context, entry string, cfg tunnel.Config, f tunnel.Field) (tunnel.Secret, bool) {
	if f.StoreKey != "" && f.Kind == tunnel.FieldPassword {
		secret, ok, err := a.vault.Recall(ctx, entry, f.StoreKey)
		if err != nil {
			a.options.Log.WithError(err).Warn("the keyring does not give the password; the person is asked")
			a.noteTrouble(secrets.TroubleOf(err))
		}
		return secret, ok
	}
	switch {
	case f.Kind == tunnel.FieldSelect, f.Kind == tunnel.FieldText && f.Value != "":
		return tunnel.NewSecret(f.Value), f.Value != ""
	case f.Kind == tunnel.FieldText && f.Name == userField:
		return tunnel.NewSecret(cfg.User), cfg.User != ""
	}
	return tunnel.Secret{}, false
}

// answered notes what the person wants kept, until the login has worked.
func (a *App) answered(_ tunnel.Config, q tunnel.Question, answer tunnel.Answer) {
	if !answer.Remember || q.Form == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current.entry.ID == "" {
		return
	}
	for _, f := range q.Form.Fields {
		if value := answer.Fields[f.Name]; f.StoreKey != "" && f.Kind == tunnel.FieldPassword && !value.Empty() {
			a.current.pending[f.StoreKey] = value
		}
	}
	for _, f := range q.Form.Fields {
		if user := answer.Fields[f.Name]; f.Name == userField && !user.Empty() {
			a.current.user = user.Reveal()
		}
	}
}

// keepPending stores what the person wants kept, now that it let them in, and
// the user name with it: a password alone answers no form.
func (a *App) keepPending() {
	a.mu.Lock()
	entry, pending, user := a.current.entry, a.current.pending, a.current.user
	a.current.pending = map[string]tunnel.Secret{}
	a.mu.Unlock()
	if len(pending) == 0 {
		return
	}
	a.work.Go(func() {
		for key, secret := range pending {
			if err := a.vault.Keep(context.Background(), entry.ID, key, secret); err != nil {
				a.options.Log.WithError(err).Warn("the password was not kept")
				a.noteTrouble(secrets.TroubleOf(err))
				return
			}
		}
		a.noteUser(entry.ID, user)
		a.changedEntries()
	})
}

// noteUser keeps the user name in the entry.
func (a *App) noteUser(id, user string) {
	entry, err := a.find(id)
	if err != nil || user == "" || entry.User == user || a.isPractice(id) {
		return
	}
	entry.User = user
	if _, err := a.entries.Edit(entry); err != nil {
		a.options.Log.WithError(err).Warn("the user name was not kept")
	}
}

// dropPending forgets what did not let anybody in.
func (a *App) dropPending() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.current.pending = map[string]tunnel.Secret{}
}
