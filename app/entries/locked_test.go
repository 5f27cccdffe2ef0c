package entries

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"torii/app/api"
	"torii/tunnel"
)

// TestLockedFieldsStay: what a profile has fixed is changed by nobody, not by
// an edit that says that nothing is locked either.
func TestLockedFieldsStay(t *testing.T) {
	locked := []string{"host", "path", "roaming", "on_demand"}
	for _, c := range []struct {
		name   string
		change func(*api.Entry)
		want   tunnel.Code
	}{
		{"nothing", func(*api.Entry) {}, ""},
		{"a field that is free", func(e *api.Entry) { e.User = "suzuki" }, ""},
		{"the host", func(e *api.Entry) { e.Host = "evil.example.net" }, tunnel.CodePolicy},
		{"an empty field is filled", func(e *api.Entry) { e.Path = "/staff" }, tunnel.CodePolicy},
		{"a filled field is emptied", func(e *api.Entry) { e.Roaming = false }, tunnel.CodePolicy},
		{"a field of fields", func(e *api.Entry) { e.OnDemand = &api.OnDemand{Enabled: true} }, tunnel.CodePolicy},
		{"the lock itself", func(e *api.Entry) { e.Locked, e.LockedBy = nil, "" }, ""},
		{"the lock and the host", func(e *api.Entry) { e.Locked, e.LockedBy, e.Host = nil, "", "evil.example.net" }, tunnel.CodePolicy},
	} {
		t.Run(c.name, func(t *testing.T) {
			store, err := Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			before, err := store.Add(api.Entry{
				Name: "Tokyo HQ", Host: "vpn.example.com", Mode: tunnel.ModeTUN, Protocol: "anyconnect", Roaming: true,
				Locked: locked, LockedBy: "Example Corp",
			})
			if err != nil {
				t.Fatal(err)
			}
			after := before
			c.change(&after)
			if _, err := store.Edit(after); tunnel.CodeOf(err) != c.want {
				t.Errorf("the edit ends with %v, want code %q", err, c.want)
			}
			kept, err := store.Find(before.ID)
			if err != nil {
				t.Fatal(err)
			}
			if kept.Host != before.Host || kept.Path != "" || !kept.Roaming || !slices.Equal(kept.Locked, locked) || kept.LockedBy != "Example Corp" {
				t.Errorf("kept is %+v", kept)
			}
		})
	}
}

// TestALockInAnotherSpelling: what an administrator wrote by hand is fixed by
// what it means, and does not keep the person from changing the rest.
func TestALockInAnotherSpelling(t *testing.T) {
	dir := t.TempDir()
	file := `{"version":1,"entries":[{"id":"a","name":"HQ","host":"VPN.Example.com","path":"/","locked":["host","path"],"locked_by":"IT"}]}`
	if err := os.WriteFile(filepath.Join(dir, "entries.json"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	entry, err := store.Find("HQ")
	if err != nil {
		t.Fatal(err)
	}
	entry.User = "mia"
	if _, err := store.Edit(entry); err != nil {
		t.Errorf("a field that is free: %v", err)
	}
	entry.Host = "evil.example.net"
	if _, err := store.Edit(entry); tunnel.CodeOf(err) != tunnel.CodePolicy {
		t.Errorf("the host: %v", err)
	}
}
