package enrol

import (
	"context"
	"crypto"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"torii/certstore"
)

// ring is a keyring in memory.
type ring map[string][]byte

func (r ring) Keep(_ context.Context, name string, secret []byte) error {
	r[name] = secret
	return nil
}

func (r ring) Recall(_ context.Context, name string) ([]byte, bool, error) {
	secret, ok := r[name]
	return secret, ok, nil
}

// TestIntoTheStore puts an identity into the store, and renews it with the key
// that the store lends.
func TestIntoTheStore(t *testing.T) {
	dir := t.TempDir()
	store, err := certstore.Open(dir, ring{})
	if err != nil {
		t.Fatal(err)
	}
	r := newResponder(t)
	config := Config{URL: r.serve(), Fingerprint: hexOf(r.authority)}
	identity, err := try(t, config, Request{})
	if err != nil {
		t.Fatal(err)
	}
	first := add(t, store, identity)
	if first.Name != "alice" || !first.Leaf().Equal(identity.Chain[0]) {
		t.Errorf("the store has %q", first.Name)
	}

	old, err := store.Certificate(t.Context(), first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if printed := fmt.Sprintf("%v %+v %#v", old.PrivateKey, old.PrivateKey, old.PrivateKey); printed != "[redacted] [redacted] [redacted]" {
		t.Errorf("the key prints as %s", printed)
	}
	if _, ok := old.PrivateKey.(crypto.Decrypter); !ok {
		t.Fatal("the store's key does not open")
	}
	c := client(t, config)
	authority, err := c.Authority(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := c.Renew(t.Context(), authority, Renewal{Old: old})
	if err != nil {
		t.Fatal(err)
	}
	second := add(t, store, renewed)
	if second.ID == first.ID || len(store.List(certstore.KindUser)) != 2 {
		t.Error("the renewed identity took the old one's place")
	}
	kept, err := os.ReadFile(filepath.Join(dir, "identities.json"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(kept), "PRIVATE KEY") {
		t.Error("a key is on disk in the open")
	}
}

func add(t *testing.T, store *certstore.Store, identity *Identity) certstore.Item {
	t.Helper()
	text, err := identity.PEM()
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := certstore.Read(text, "")
	if err != nil {
		t.Fatal(err)
	}
	items, err := store.AddIdentities(t.Context(), bundle, certstore.Keep{How: certstore.InKeyring})
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 1 || len(bundle.Certificates) != 0 {
		t.Fatalf("%d identities and %d other certificates were in it", len(items), len(bundle.Certificates))
	}
	return items[0]
}
