package app

import (
	"context"
	"slices"

	"torii/app/api"
	"torii/app/secrets"
	"torii/tunnel"
)

// Watch sends the present State and then each new one, until ctx ends. A
// watcher that is slow misses some, never the last.
func (a *App) Watch(ctx context.Context) <-chan api.State {
	out := make(chan api.State)
	go func() {
		defer close(out)
		snapshots := a.session.Watch(ctx)
		snapshot := a.session.Snapshot()
		for {
			changed := a.changes()
			select {
			case out <- a.state(snapshot):
			case <-ctx.Done():
				return
			}
			select {
			case next, open := <-snapshots:
				if !open {
					return
				}
				snapshot = next
			case <-changed:
			}
		}
	}()
	return out
}

// changes is closed at the next change of what is not the session's.
func (a *App) changes() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.changed
}

// state puts together what faces see.
func (a *App) state(snapshot tunnel.Snapshot) api.State {
	list, active := a.list()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serial++
	state := api.State{
		Revision: a.serial, Snapshot: snapshot, Entries: list, Active: active, Current: a.current.entry.ID,
		KeyringError: string(a.trouble), Language: a.words.Language(), Settings: a.prefs.All(),
		Tray: a.tray, Raise: a.raise, Page: a.page, Unopened: a.why, Consent: a.consent.First(),
	}
	if snapshot.State.Up() || snapshot.State.Busy() {
		state.Snapshot.Notes = a.current.judge.words(a.words)
	}
	if i := slices.IndexFunc(list, func(e api.Entry) bool { return e.ID == state.Current }); i >= 0 {
		state.Snapshot.Entry = list[i].Name // it may have got another one
	}
	if demo := a.demo.Load(); demo != nil {
		state.Practice = demo.words()
	}
	return state
}

// list returns all entries, the practice gateway's first, and the active one's ID.
func (a *App) list() ([]api.Entry, string) {
	list, active := a.entries.List()
	for i := range list {
		list[i].HasSecrets = a.vault.Has(list[i].ID)
	}
	demo := a.demo.Load()
	if demo == nil {
		return list, active
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.active != "" {
		active = a.active
	}
	practice := demo.entry
	practice.HasSecrets = a.vault.Has(practice.ID)
	return append([]api.Entry{practice}, list...), active
}

// NoteTray keeps whether a panel shows the icon.
func (a *App) NoteTray(shown bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tray != shown {
		a.tray = shown
		a.touch()
	}
}

// noteTrouble keeps why passwords cannot be kept.
func (a *App) noteTrouble(trouble secrets.Trouble) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.trouble != trouble {
		a.trouble = trouble
		a.touch()
	}
}
