package connections

import (
	"slices"
	"testing"

	"torii/app/api"
	"torii/assets"
	"torii/tunnel"
	"torii/ui/uitest"
)

func TestStatus(t *testing.T) {
	e := uitest.Disconnected().Entries
	cancelled := uitest.Failed()
	cancelled.Snapshot.Error = &tunnel.Failure{Code: tunnel.CodeCancelled}
	other := uitest.Connected()
	other.Active = "e2"
	for _, c := range []struct {
		name    string
		state   api.State
		entry   api.Entry
		mark    assets.Mark
		words   string
		active  bool
		running bool
	}{
		{"active and at rest", uitest.Disconnected(), e[0], assets.MarkDisconnected, "disconnected", true, false},
		{"another one", uitest.Disconnected(), e[1], assets.MarkDisconnected, "", false, false},
		{"connected", uitest.Connected(), e[0], assets.MarkConnected, "connected", true, true},
		{"while another is connected", uitest.Connected(), e[1], assets.MarkDisconnected, "", false, false},
		{"connected and not active", other, e[0], assets.MarkConnected, "connected", false, true},
		{"connecting", uitest.Connecting(), e[0], assets.MarkConnecting, "connecting", true, true},
		{"reconnecting", uitest.Reconnecting(), e[0], assets.MarkConnecting, "reconnecting", true, true},
		{"disconnecting", uitest.Disconnecting(), e[0], assets.MarkDisconnected, "disconnecting", true, true},
		{"asking", uitest.Login(), e[0], assets.MarkNeeds, "needs", true, true},
		{"failed", uitest.Failed(), e[0], assets.MarkFailed, "failed", true, false},
		{"given up", cancelled, e[0], assets.MarkDisconnected, "disconnected", true, false},
	} {
		got := statusOf(c.state, c.entry)
		if got.mark != c.mark || got.words != c.words || got.active != c.active || got.running != c.running || got.enabled {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if s := statusOf(origins(), origins().Entries[4]); !s.enabled || s.active {
		t.Errorf("from a profile: %+v", s)
	}
}

func TestGroups(t *testing.T) {
	entries := origins().Entries
	entries = append(entries, api.Entry{ID: "l1", Name: "By a link", Origin: "link"},
		api.Entry{ID: "m2", Name: "Nara", Origin: "profile", LockedBy: "Other Corp"},
		api.Entry{ID: "m3", Name: "Kobe", Origin: "profile", LockedBy: "Example Corp"})
	b := newBench(t, normal)
	var got []string
	for _, g := range groups(entries) {
		line := g.heading(b.deps.Texts) + ":"
		for _, e := range g.entries {
			line += " " + e.ID
		}
		got = append(got, line)
	}
	want := []string{": e1 e2 e3", "From the profile “Example Corp”: m1 m3", "From the profile “Other Corp”: m2", "Imported: l1", "Practice: p", "Per-App VPN: a1"}
	if !slices.Equal(got, want) {
		t.Errorf("the groups are %q, want %q", got, want)
	}
}
