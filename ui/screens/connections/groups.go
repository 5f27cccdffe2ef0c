package connections

import (
	"torii/app/api"
	"torii/assets"
	"torii/i18n"
	"torii/tunnel"
	"torii/ui/theme"

	"fyne.io/fyne/v2"
)

// kind is where the entries of a group came from.
type kind int

// The kinds, in the order of the list.
const (
	own      kind = iota // added by the person
	managed              // from a profile, or from whoever locks them
	imported             // from elsewhere, locked by nobody
	practice             // the practice gateway's
	perApp               // for some programs only (000, "Per-App VPN")
)

// group is a part of the list below one heading.
type group struct {
	kind    kind
	owner   string // of kind managed
	entries []api.Entry
}

// heading is what stands above a group; "" for the person's own.
func (g group) heading(texts *i18n.Catalogue) string {
	switch g.kind {
	case managed:
		return texts.Text("connections.group.managed", i18n.Values{"Name": g.owner})
	case imported:
		return texts.Text("connections.group.imported")
	case practice:
		return texts.Text("connections.group.practice")
	case perApp:
		return texts.Text("connections.group.per-app")
	}
	return ""
}

// kindOf sorts an entry.
func kindOf(e api.Entry) kind {
	switch {
	case len(e.AppRules) > 0:
		return perApp
	case e.Origin == api.OriginPractice:
		return practice
	case e.LockedBy != "":
		return managed
	case e.Origin != api.OriginUser && e.Origin != "":
		return imported
	}
	return own
}

// groups sorts entries under their headings. Within a group, and among the
// profiles, they keep their order.
func groups(entries []api.Entry) []group {
	var all []group
	for k := own; k <= perApp; k++ {
		for _, e := range entries {
			if kindOf(e) != k {
				continue
			}
			owner := ""
			if k == managed {
				owner = e.LockedBy
			}
			at := -1
			for i, g := range all {
				if g.kind == k && g.owner == owner {
					at = i
				}
			}
			if at < 0 {
				all = append(all, group{kind: k, owner: owner})
				at = len(all) - 1
			}
			all[at].entries = append(all[at].entries, e)
		}
	}
	return all
}

// status is how an entry stands (000, "Connection entries"): one of them is
// active; the active one is connected or disconnected; enabled is what a
// manager has provided.
type status struct {
	mark            assets.Mark
	words           string              // key of the tag's words; "" for none
	tint            fyne.ThemeColorName // of the tag
	active, enabled bool
	running         bool // its connection is up or on the way
}

// statusOf is how an entry stands in a State.
func statusOf(state api.State, e api.Entry) status {
	s := status{mark: assets.MarkDisconnected, active: e.ID == state.Active, enabled: e.LockedBy != "" || len(e.AppRules) > 0}
	if s.active {
		s.words, s.tint = "disconnected", theme.ColorTintNeutral
	}
	snapshot := state.Snapshot
	if state.Current != e.ID {
		return s
	}
	s.running = snapshot.State.Up() || snapshot.State.Busy()
	if snapshot.Question != nil {
		s.mark, s.words, s.tint = assets.MarkNeeds, "needs", theme.ColorTintAttention
		return s
	}
	switch snapshot.State {
	case tunnel.StateConnected:
		s.mark, s.words, s.tint = assets.MarkConnected, "connected", theme.ColorTintGood
	case tunnel.StateConnecting, tunnel.StateReconnecting:
		s.mark, s.words, s.tint = assets.MarkConnecting, string(snapshot.State), theme.ColorTintAttention
	case tunnel.StateDisconnecting:
		s.words, s.tint = "disconnecting", theme.ColorTintNeutral
	case tunnel.StateFailed:
		if snapshot.Error == nil || snapshot.Error.Code != tunnel.CodeCancelled { // giving up is no failure
			s.mark, s.words, s.tint = assets.MarkFailed, "failed", theme.ColorTintBad
		}
	}
	return s
}
