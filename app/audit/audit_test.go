package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"torii/app/api"
)

func open(t *testing.T, dir string) *List {
	t.Helper()
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func add(t *testing.T, l *List, d api.Decision) {
	t.Helper()
	if d.When.IsZero() {
		d.When = time.Now()
	}
	l.Add(d)
	if err := l.Save(); err != nil {
		t.Fatal(err)
	}
}

func TestDecisionsOutliveTheProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	l := open(t, dir)
	add(t, l, api.Decision{Host: "vpn.example.test", Port: 443, Fingerprint: "aa", Chosen: api.ChosenTrusted})
	add(t, l, api.Decision{Host: "vpn.example.test", Port: 443, Fingerprint: "bb", Found: []string{"expired"}, Chosen: api.ChosenCancel, Person: true})
	again := open(t, dir)
	got := again.All()
	if len(got) != 2 || got[0].Fingerprint != "bb" || !got[0].Person || !slices.Equal(got[0].Found, []string{"expired"}) || got[1].Chosen != api.ChosenTrusted {
		t.Errorf("after a restart: %+v", got)
	}
	if seen, ok := again.Last("VPN.example.test.", 443); !ok || seen.Fingerprint != "aa" {
		t.Errorf("the last visit: %+v, %v; what was refused is none", seen, ok)
	}
	if _, ok := again.Last("vpn.example.test", 8443); ok {
		t.Error("another port is another server")
	}
	if info, err := os.Stat(filepath.Join(dir, "trust-decisions.json")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info.Mode(), err)
	}
}

func TestWhatIsRepeated(t *testing.T) {
	l := InMemory()
	d := api.Decision{Host: "a", Port: 1, Fingerprint: "aa", Chosen: api.ChosenTrusted}
	for range 3 {
		add(t, l, d)
	}
	if n := len(l.All()); n != 1 {
		t.Errorf("the same is kept %d times", n)
	}
	d.Found = []string{"revocation-unreachable"}
	add(t, l, d)
	d.Fingerprint = "bb"
	add(t, l, d)
	d.Host = "b"
	add(t, l, d)
	if n := len(l.All()); n != 4 {
		t.Errorf("%d are kept of four that differ", n)
	}
	person := api.Decision{Host: "a", Port: 1, Fingerprint: "bb", Chosen: api.ChosenContinue, Person: true}
	add(t, l, person)
	add(t, l, person)
	if n := len(l.All()); n != 6 {
		t.Errorf("%d are kept: each word of a person is", n)
	}
	// A visit next week is noted although nothing is new.
	later := time.Now().Add(7 * 24 * time.Hour)
	add(t, l, api.Decision{When: later, Host: "b", Port: 1, Fingerprint: "bb", Found: []string{"revocation-unreachable"}, Chosen: api.ChosenTrusted})
	if seen, _ := l.Last("b", 1); seen.When.Before(later.Add(-time.Minute)) {
		t.Errorf("the last visit was at %v", seen.When)
	}
	if n := len(l.All()); n != 6 {
		t.Errorf("%d are kept", n)
	}
}

func TestListIsBounded(t *testing.T) {
	l := InMemory()
	start := time.Now()
	for i := range mostDecisions + 10 {
		add(t, l, api.Decision{When: start.Add(time.Duration(i) * time.Second), Host: fmt.Sprint(i), Port: 1,
			Subject: strings.Repeat("ä", 500), Found: make([]string, 100), Chosen: api.ChosenTrusted})
	}
	all := l.All()
	if len(all) != mostDecisions || all[0].Host != fmt.Sprint(mostDecisions+9) {
		t.Errorf("%d are kept, at first %s", len(all), all[0].Host)
	}
	if len(all[0].Subject) > longestText+10 || len(all[0].Found) > mostFound {
		t.Errorf("%d bytes, %d words", len(all[0].Subject), len(all[0].Found))
	}
	if len(l.held.Servers) != mostServers {
		t.Errorf("%d servers", len(l.held.Servers))
	}
	if _, ok := l.Last("0", 1); ok {
		t.Error("the oldest visit is still there")
	}
}

// TestStrangeFiles: what does not read is left alone.
func TestStrangeFiles(t *testing.T) {
	for _, text := range []string{"{", "{}", `{"version": 2}`} {
		dir := t.TempDir()
		path := filepath.Join(dir, "trust-decisions.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil {
			t.Errorf("%s was read", text)
		}
		if kept, _ := os.ReadFile(path); string(kept) != text {
			t.Errorf("%s became %s", text, kept)
		}
	}
	old := t.TempDir()
	if err := os.WriteFile(filepath.Join(old, "trust-decisions.json"), []byte(`{"version": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	add(t, open(t, old), api.Decision{Host: "a", Chosen: api.ChosenTrusted})
}
