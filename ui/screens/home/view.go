package home

import (
	"slices"
	"time"

	"torii/app/api"
	"torii/assets"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/figures"
	"torii/ui/widgets"
)

// view is a State at a moment, with the questions that the cards ask of it.
type view struct {
	api.State
	known, lost bool
	now         time.Time
}

// active is the entry that the switch connects; false where there is none.
func (v view) active() (api.Entry, bool) {
	for _, e := range v.Entries {
		if e.ID == v.Active {
			return e, true
		}
	}
	return api.Entry{}, false
}

// saved reports whether there is an entry with an ID.
func (v view) saved(id string) bool {
	return slices.ContainsFunc(v.Entries, func(e api.Entry) bool { return e.ID == id })
}

// state is the state as a person takes it: giving up is no failure.
func (v view) state() tunnel.State {
	s := v.Snapshot
	if s.State == tunnel.StateFailed && s.Error != nil && s.Error.Code == tunnel.CodeCancelled {
		return tunnel.StateDisconnected
	}
	return s.State
}

// up reports whether the tunnel is up and this window can still know.
func (v view) up() bool { return v.known && !v.lost && v.state().Up() }

// status is what the head of the screen says.
type status struct {
	mark       assets.Mark
	title, sub string
	stand      widgets.Stand
	dead       bool // the switch cannot be pressed
	step       int  // of the connect, from 0; -1 for none
}

// status puts the view into words.
func (v view) status(texts *i18n.Catalogue) status {
	switch {
	case v.lost:
		return status{assets.MarkFailed, texts.Text("home.state.lost"), texts.Text("home.sub.lost"), widgets.Off, true, -1}
	case !v.known:
		return status{assets.MarkDisconnected, texts.Text("home.state.starting"), texts.Text("home.sub.wait"), widgets.Off, true, -1}
	case v.Snapshot.Question != nil:
		return status{assets.MarkNeeds, texts.Text("home.state.needs"), texts.Text("home.sub.needs"), widgets.Middle, false, v.step()}
	}
	switch v.state() {
	case tunnel.StateConnecting:
		return status{assets.MarkConnecting, texts.Text("home.state.connecting"), v.progress(texts), widgets.Middle, false, v.step()}
	case tunnel.StateReconnecting:
		sub := texts.Text("home.sub.reconnecting")
		if v.step() >= 0 {
			sub = v.progress(texts)
		}
		return status{assets.MarkConnecting, texts.Text("home.state.reconnecting"), sub, widgets.Middle, false, v.step()}
	case tunnel.StateConnected:
		return status{assets.MarkConnected, texts.Text("home.state.connected"), v.whereabouts(texts), widgets.On, false, -1}
	case tunnel.StateDisconnecting:
		return status{assets.MarkDisconnected, texts.Text("home.state.disconnecting"), texts.Text("home.sub.disconnecting"), widgets.Off, true, -1}
	case tunnel.StateFailed:
		return status{assets.MarkFailed, texts.Text("home.state.failed"), texts.Text("home.sub.failed"), widgets.Off, false, -1}
	}
	sub := texts.Text("home.sub.disconnected")
	if len(v.Entries) == 0 {
		sub = texts.Text("home.sub.empty")
	}
	return status{assets.MarkDisconnected, texts.Text("home.state.disconnected"), sub, widgets.Off, false, -1}
}

// step is the place of the phase in a connect, from 0; -1 where it has none.
func (v view) step() int {
	for i, phase := range tunnel.Phases() {
		if phase == v.Snapshot.Phase {
			return i
		}
	}
	return -1
}

// progress names the phase and its place.
func (v view) progress(texts *i18n.Catalogue) string {
	step := v.step()
	if step < 0 {
		return texts.Text("home.sub.wait")
	}
	return texts.Text("home.sub.step", i18n.Values{
		"Phase": texts.Text("phase." + string(v.Snapshot.Phase)), "Step": step + 1, "Steps": len(tunnel.Phases()),
	})
}

// whereabouts is how long and under which address this machine is inside.
func (v view) whereabouts(texts *i18n.Catalogue) string {
	text := figures.Duration(texts, v.now.Sub(v.Snapshot.Since))
	if v.Snapshot.Since.IsZero() {
		text = ""
	}
	if len(v.Snapshot.Addresses) > 0 {
		if text != "" {
			text += " · "
		}
		text += figures.Bare(v.Snapshot.Addresses[0])
	}
	return text
}
