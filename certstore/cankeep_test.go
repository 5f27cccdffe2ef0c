package certstore

import (
	"errors"
	"os"
	"testing"
)

// TestCanKeep holds what is said beforehand to what happens then.
func TestCanKeep(t *testing.T) {
	broken := newRing()
	broken.err = errors.New("nobody is there")
	bundle := func() *Bundle {
		f := newFamily(t, ecKey(t))
		return read(t, append(keyPEM(t, f.person.key), certificatePEM(f.person.Certificate)...), "")
	}
	for _, c := range []struct {
		name    string
		keyring Keyring
		before  *Keep // what is there already
		keep    Keep
		want    error
	}{
		{name: "a keyring", keyring: newRing(), keep: Keep{How: InKeyring}},
		{name: "a keyring that has some", keyring: newRing(), before: &Keep{How: InKeyring}, keep: Keep{How: InKeyring}},
		{name: "no keyring", keep: Keep{How: InKeyring}, want: ErrKeyring},
		{name: "a broken keyring", keyring: broken, keep: Keep{How: InKeyring}, want: ErrKeyring},
		{name: "a passphrase", keep: Keep{How: UnderPassphrase, Passphrase: "correct horse"}},
		{name: "a short one", keep: Keep{How: UnderPassphrase, Passphrase: "horse"}, want: ErrWeak},
		{name: "the same again", before: &Keep{How: UnderPassphrase, Passphrase: "correct horse"}, keep: Keep{How: UnderPassphrase, Passphrase: "correct horse"}},
		{name: "another", before: &Keep{How: UnderPassphrase, Passphrase: "correct horse"}, keep: Keep{How: UnderPassphrase, Passphrase: "another horse"}, want: ErrPassphrase},
		{name: "none", before: &Keep{How: UnderPassphrase, Passphrase: "correct horse"}, keep: Keep{How: UnderPassphrase}, want: ErrLocked},
		{name: "memory", keep: Keep{How: InMemory}},
	} {
		dir := t.TempDir()
		if c.before != nil {
			if _, err := open(t, dir, c.keyring).AddIdentities(t.Context(), bundle(), *c.before); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		s := open(t, dir, c.keyring)
		names, _ := os.ReadDir(dir)
		if err := s.CanKeep(t.Context(), c.keep); !errors.Is(err, c.want) {
			t.Errorf("%s: said is %v, want %v", c.name, err, c.want)
		}
		if after, _ := os.ReadDir(dir); len(after) != len(names) {
			t.Errorf("%s: asking wrote a file", c.name)
		}
		if _, err := s.AddIdentities(t.Context(), bundle(), c.keep); !errors.Is(err, c.want) {
			t.Errorf("%s: then came %v, want %v", c.name, err, c.want)
		}
	}
}
