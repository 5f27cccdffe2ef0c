package app

import (
	"context"

	"torii/app/api"
	"torii/app/control"
	"torii/tunnel"
)

// methods are what faces can call.
func (a *App) methods() control.Methods {
	return control.Methods{
		api.MethodConnect:    control.Do(a.connect),
		api.MethodDisconnect: control.Do(a.disconnect),
		api.MethodAnswer:     control.Do(a.answer),
		api.MethodConsent:    control.Do(a.answerConsent),
		api.MethodAddEntry:   control.Handle(a.addEntry),
		api.MethodEditEntry:  control.Handle(a.editEntry),
		api.MethodDropEntry:  control.Do(a.dropEntry),
		api.MethodForget:     control.Do(a.forget),
		api.MethodChoose:     control.Do(a.choose),
		api.MethodSet:        control.Handle(a.set),
		api.MethodSystem:     control.Handle(a.systemInfo),
		api.MethodTraffic:    control.Handle(a.trafficSamples),
		api.MethodOpenWindow: control.Do(a.openWindow),
		api.MethodPlace:      control.Do(a.placeWindow),
		api.MethodLink:       control.Do(a.openLink),
		api.MethodDiagnose:   control.Handle(a.diagnose),
		api.MethodProbe:      control.Handle(a.look),
		api.MethodPractice:   control.Do(a.practise),

		api.MethodCertificates:       control.Handle(a.listCertificates),
		api.MethodImportCertificates: control.Handle(a.importCertificates),
		api.MethodDropCertificates:   control.Handle(a.dropCertificates),
		api.MethodUnlockCertificates: control.Do(a.unlockCertificates),
		api.MethodDecisions:          control.Handle(a.decisions),

		api.MethodLogs:      control.Handle(a.logPage),
		api.MethodClearLogs: control.Do(a.clearLogs),

		api.MethodQuit: control.Do(a.quit),
	}
}

// none is the parameter of a call that has none.
type none struct{}

func (a *App) disconnect(context.Context, control.Caller, none) error {
	a.session.Disconnect()
	return nil
}

// answer hands a person's answer on. What concerns trust is taken from trusted
// faces only; anybody of this user may say no (design.md, security rule 6).
func (a *App) answer(_ context.Context, caller control.Caller, request api.AnswerRequest) error {
	question := a.session.Snapshot().Question
	sensitive := question != nil && question.ID == request.ID && question.Sensitive
	if sensitive && !caller.Trusted && request.Choice != tunnel.ChoiceCancel {
		return tunnel.Errorf(tunnel.CodePolicy, "answer",
			"whether to trust a server is answered in Torii's own window, or by toriictl in a terminal")
	}
	answer := tunnel.Answer{Choice: request.Choice, Certificate: request.Certificate, Remember: request.Remember, Fields: map[string]tunnel.Secret{}}
	for name, value := range request.Fields {
		answer.Fields[name] = tunnel.NewSecret(value)
	}
	if err := a.session.Answer(request.ID, answer); err != nil {
		return err
	}
	if request.Choice == tunnel.ChoiceSettings && a.options.OpenWindow != nil {
		return a.ShowWindow("settings")
	}
	return nil
}

func (a *App) addEntry(_ context.Context, caller control.Caller, entry api.Entry) (api.Entry, error) {
	if err := mayTrust(caller, entry, api.Entry{}); err != nil {
		return entry, err
	}
	entry.Origin = api.OriginUser
	saved, err := a.entries.Add(entry)
	if err == nil {
		a.changedEntries()
	}
	return saved, err
}

func (a *App) editEntry(ctx context.Context, caller control.Caller, entry api.Entry) (api.Entry, error) {
	if a.isPractice(entry.ID) {
		return entry, errPracticeEntry
	}
	before, err := a.entries.Find(entry.ID)
	if err != nil {
		return entry, err
	}
	if err := mayTrust(caller, entry, before); err != nil {
		return entry, err
	}
	if err := a.entries.MayEdit(entry); err != nil {
		return entry, err // before anything is forgotten for it
	}
	if entry.Host != before.Host || entry.Port != before.Port {
		// The stored passwords are for the other server.
		if err := a.vault.Forget(ctx, entry.ID); err != nil {
			return entry, err
		}
	}
	saved, err := a.entries.Edit(entry)
	if err == nil {
		a.changedEntries()
	}
	return saved, err
}

// mayTrust lets only trusted faces say which servers are to be trusted and who
// stands on the way to them (design.md, security rule 6). Everybody of this
// user may change the rest.
func mayTrust(caller control.Caller, entry, before api.Entry) error {
	same := entry.Pin == before.Pin && entry.CAFile == before.CAFile && entry.UpstreamProxy == before.UpstreamProxy &&
		entry.OldTLS == before.OldTLS
	if caller.Trusted || same {
		return nil
	}
	return tunnel.Errorf(tunnel.CodePolicy, "say what is trusted",
		"a certificate, an authority, a proxy or old TLS is named in Torii's own window, or by toriictl in a terminal")
}

// dropEntry deletes an entry and what the keyring has of it.
func (a *App) dropEntry(ctx context.Context, _ control.Caller, ref api.EntryRef) error {
	if a.isPractice(ref.Entry) {
		return errPracticeEntry
	}
	entry, err := a.entries.Find(ref.Entry)
	if err != nil {
		return err
	}
	if a.runs(entry.ID) {
		return tunnel.Errorf(tunnel.CodePolicy, "delete the connection", "%q is in use; disconnect it first", entry.Name).WithDetail(entry.Name)
	}
	if err := a.vault.Forget(ctx, entry.ID); err != nil {
		return err
	}
	if err := a.entries.Delete(entry.ID); err != nil {
		return err
	}
	a.changedEntries()
	return nil
}

func (a *App) forget(ctx context.Context, _ control.Caller, ref api.EntryRef) error {
	entry, err := a.find(ref.Entry)
	if err != nil {
		return err
	}
	defer a.changedEntries()
	return a.vault.Forget(ctx, entry.ID)
}

func (a *App) choose(_ context.Context, _ control.Caller, ref api.EntryRef) error {
	entry, err := a.find(ref.Entry)
	if err != nil {
		return err
	}
	practice := a.isPractice(entry.ID)
	if !practice {
		if err := a.entries.Choose(entry.ID); err != nil {
			return err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.active = ""
	if practice {
		a.active = entry.ID
	}
	a.touch()
	return nil
}

// changedEntries makes the watchers look at the entries again.
func (a *App) changedEntries() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.touch()
}

// find looks an entry up by ID or name, the practice gateway's too.
func (a *App) find(ref string) (api.Entry, error) {
	if a.isPractice(ref) {
		return a.demo.Load().entry, nil
	}
	return a.entries.Find(ref)
}

// runs reports whether the connection of an entry is up or under way.
func (a *App) runs(id string) bool {
	state := a.session.Snapshot().State
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.current.entry.ID == id && (state.Up() || state.Busy())
}
