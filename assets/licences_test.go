package assets

import (
	"slices"
	"strings"
	"testing"
)

func TestLicences(t *testing.T) {
	all := Licences()
	if len(all) < 20 {
		t.Fatalf("%d licences only", len(all))
	}
	if all[0].Parts[0] != "Torii" || !strings.Contains(all[0].Text, "Apache License") {
		t.Errorf("the first one is of %q", all[0].Parts)
	}
	var parts []string
	for _, l := range all {
		if len(strings.TrimSpace(l.Text)) < 100 || len(l.Parts) == 0 {
			t.Errorf("the licence of %q says %q", l.Parts, l.Text)
		}
		if strings.Contains(l.Text, licenceSeparator) {
			t.Errorf("the licence of %q runs into another one", l.Parts)
		}
		parts = append(parts, l.Parts...)
	}
	for _, want := range []string{"Go (standard library)", "fyne.io/fyne/v2 "} {
		if !slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(p, want) }) {
			t.Errorf("nobody is called %q", want)
		}
	}
}
