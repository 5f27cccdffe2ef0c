package certstore

import (
	"context"
	"crypto/x509"
	"os"
	"strings"
	"sync"
	"testing"
)

// TestWritesAreWhole reads the file all the while as it is written: each time
// it is one whole version or another.
func TestWritesAreWhole(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, newRing())
	items := []Item{}
	for range 3 {
		items = append(items, add(t, s, bundleOf(t, issue(t, nil, "Alice", ecKey(t), nil)), Keep{How: InKeyring}))
	}
	ctx, cancel := context.WithCancel(t.Context())
	var reader sync.WaitGroup
	reads := 0
	reader.Go(func() {
		for ctx.Err() == nil {
			other, err := Open(dir, nil)
			if err != nil || len(other.List(KindUser)) != 3 {
				t.Errorf("a half-written file: %v", err)
				return
			}
			reads++
		}
	})
	for i := range 200 {
		if err := s.NoteWorked("vpn:443", items[i%3].ID); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	reader.Wait()
	if reads == 0 {
		t.Error("nothing was read meanwhile")
	}
}

// TestAFailedWriteChangesNothing: not in memory either.
func TestAFailedWriteChangesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, newRing())
	f := newFamily(t, ecKey(t))
	item := add(t, s, bundleOf(t, f.person), Keep{How: InKeyring})
	s.dir = write(t, dir, "file", nil) // no folder, so that nothing can be written
	if _, err := s.AddIdentities(t.Context(), bundleOf(t, f.middle), Keep{How: UnderPassphrase, Passphrase: phrase}); err == nil {
		t.Error("an identity was written to nowhere")
	}
	if _, err := s.AddAuthorities([]*x509.Certificate{f.root.Certificate}); err == nil {
		t.Error("an authority was written to nowhere")
	}
	if _, err := s.AcceptServer("vpn", 443, f.person.Certificate); err == nil {
		t.Error("a server was written to nowhere")
	}
	if err := s.NoteWorked("vpn:443", item.ID); err == nil || s.Worked("vpn:443") != "" {
		t.Errorf("what worked was written to nowhere: %v", err)
	}
	if err := s.Delete(KindUser, item.ID); err == nil {
		t.Error("a deletion was written to nowhere")
	}
	if len(s.List(KindUser)) != 1 || len(s.List(KindAuthority))+len(s.List(KindServer)) != 0 || len(s.identities.Masters) != 1 {
		t.Errorf("the store changed: %+v", s.identities)
	}
	if s.Accepts("vpn", 443, f.person.Certificate) {
		t.Error("a server is accepted that was not written")
	}
}

// TestStrangeFilesAreRefused: and left as they are.
func TestStrangeFilesAreRefused(t *testing.T) {
	for _, name := range []string{"identities.json", "trusted-certificates.json"} {
		for what, text := range map[string]string{
			"damaged": `{"version":1,"identities":[`, "of the future": `{"version":2}`, "without a version": `{}`, "of another kind": `[]`,
			"with a bad certificate": `{"version":1,"identities":[{"name":"x","chain":["AAAA"]}],"servers":[{"certificate":"AAAA"}]}`,
			"without a certificate":  `{"version":1,"identities":[{"name":"x"}],"authorities":[{}]}`,
		} {
			dir := t.TempDir()
			path := write(t, dir, name, []byte(text))
			if s, err := Open(dir, newRing()); err == nil {
				t.Errorf("%s %s is taken: %+v", name, what, s.identities)
			} else if !strings.Contains(err.Error(), path) {
				t.Errorf("%s %s: the error does not name it: %v", name, what, err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != text {
				t.Errorf("%s %s is now %q (%v)", name, what, after, err)
			}
		}
	}
}
