package app

import (
	"context"

	"torii/app/api"
	"torii/app/certificates"
	"torii/app/secrets"
	"torii/tunnel"
)

// userField is what gateways call the user name's field.
const userField = "username"

// groupField is what the AnyConnect protocol calls the choice of the group.
const groupField = "group_list"

// reply answers a login form from what a link brought and from the keyring,
// where everything that it asks is known. A password that was refused is not
// tried again, now or later.
func (a *App) reply(ctx context.Context, cfg tunnel.Config, q tunnel.Question) (tunnel.Answer, bool) {
	if certificates.AsksPassphrase(q) {
		return tunnel.Answer{}, false // which is the person's; the gateway's forms are still to come
	}
	a.mu.Lock()
	entry, recalledBefore, prefill := a.current.entry, a.current.recalled, a.current.prefill
	a.current.recalled, a.current.prefill = false, nil // a link's passwords are for one form
	a.mu.Unlock()
	if entry.ID == "" || q.Kind != tunnel.QuestionLogin || q.Form == nil {
		return tunnel.Answer{}, false
	}
	if q.Form.Attempt > 0 {
		if recalledBefore {
			a.forgetRefused(ctx, entry)
		}
		return tunnel.Answer{}, false
	}
	answer := tunnel.Answer{Choice: tunnel.ChoiceOK, Fields: map[string]tunnel.Secret{}}
	recalled, brought := false, false
	for _, f := range q.Form.Fields {
		value, ok := prefill[f.Name]
		brought = brought || ok && f.Kind != tunnel.FieldText
		if !ok {
			if value, ok = a.known(ctx, entry.ID, cfg, f); !ok {
				return tunnel.Answer{}, false
			}
			recalled = recalled || f.StoreKey != ""
		}
		answer.Fields[f.Name] = value
	}
	a.mu.Lock()
	a.current.recalled = recalled
	a.mu.Unlock()
	return answer, recalled || brought
}

// forgetRefused deletes passwords that the gateway has just refused: tried at
// each connect they would lock the account.
func (a *App) forgetRefused(ctx context.Context, entry api.Entry) {
	if err := a.vault.Forget(ctx, entry.ID); err != nil {
		a.options.Log.WithError(err).Warn("a refused password stays in the keyring")
	}
	a.changedEntries()
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
