package entries

import (
	"testing"

	"torii/app/api"
)

func TestRenamedEntryKeepsItsFirstName(t *testing.T) {
	dir := t.TempDir()
	store, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	entry, err := store.Add(api.Entry{Name: "Example Corp", Host: "vpn.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ name, first string }{
		{"Example Corp", ""}, {"Work", "Example Corp"}, {"Office", "Example Corp"}, {" Example Corp ", ""}, {"Work", "Example Corp"},
	} {
		entry.Name = step.name
		entry.FirstName = "what a face believes" // the store knows better
		if entry, err = store.Edit(entry); err != nil {
			t.Fatal(err)
		}
		if entry.FirstName != step.first {
			t.Errorf("called %q it came with %q, want %q", step.name, entry.FirstName, step.first)
		}
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := again.Find("Work"); err != nil || kept.FirstName != "Example Corp" {
		t.Errorf("the file has %+v, %v", kept, err)
	}
}
