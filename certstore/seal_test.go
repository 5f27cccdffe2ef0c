package certstore

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const phrase = "correct horse"

// TestKeysAreNowhereInTheOpen reads every file of the store and everything that
// prints, and looks for pieces of the keys.
func TestKeysAreNowhereInTheOpen(t *testing.T) {
	dir, keyring := t.TempDir(), newRing()
	s := open(t, dir, keyring)
	var needles [][]byte
	for i, how := range []Keeping{InKeyring, UnderPassphrase, InMemory} {
		f := newFamily(t, ecKey(t))
		needles = append(needles, privatePart(t, f.person.key))
		item := add(t, s, bundleOf(t, f.person), Keep{How: how, Passphrase: phrase, Name: fmt.Sprint(i)})
		certificate, err := s.Certificate(t.Context(), item.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			for _, value := range []any{certificate.PrivateKey, certificate, item} {
				wantNone(t, fmt.Sprintf("%T by %s", value, verb), []byte(fmt.Sprintf(verb, value)), needles[i:])
			}
		}
		text, err := json.Marshal(certificate.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		wantNone(t, "JSON", text, needles[i:])
		if _, ok := certificate.PrivateKey.(interface{ Key() any }); ok {
			t.Error("the key can be asked for")
		}
	}
	for _, master := range keyring.held {
		needles = append(needles, master)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		wantNone(t, d.Name(), text, needles)
		if bytes.Contains(text, []byte(phrase)) {
			t.Errorf("%s has the passphrase", d.Name())
		}
		info, err := d.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", d.Name(), info.Mode(), err)
		}
		return err
	})
	if err != nil || files != 1 {
		t.Errorf("%d files, %v", files, err)
	}
	if list := open(t, dir, keyring).List(KindUser); len(list) != 2 {
		t.Errorf("what is in memory only is on disk: %+v", list)
	}
}

// privatePart is the secret number of an elliptic key.
func privatePart(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	raw, err := key.(interface{ Bytes() ([]byte, error) }).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func wantNone(t *testing.T, what string, text []byte, needles [][]byte) {
	t.Helper()
	for _, needle := range needles {
		number := new(big.Int).SetBytes(needle).String()
		for _, form := range []string{
			string(needle), hex.EncodeToString(needle), strings.ToUpper(hex.EncodeToString(needle)), number,
			base64.StdEncoding.EncodeToString(needle)[:20], fmt.Sprint(needle),
		} {
			if bytes.Contains(text, []byte(form)) {
				t.Errorf("%s shows a key", what)
			}
		}
	}
}

func TestPassphrase(t *testing.T) {
	dir := t.TempDir()
	f, g := newFamily(t, ecKey(t)), newFamily(t, ecKey(t))
	s := open(t, dir, nil)
	if _, err := s.AddIdentities(t.Context(), bundleOf(t, f.person), Keep{How: InKeyring}); !errors.Is(err, ErrKeyring) {
		t.Errorf("without a keyring: %v", err)
	}
	if _, err := s.AddIdentities(t.Context(), bundleOf(t, f.person), Keep{How: UnderPassphrase, Passphrase: "short"}); !errors.Is(err, ErrWeak) {
		t.Errorf("a short one: %v", err)
	}
	if len(s.List(KindUser)) != 0 {
		t.Fatal("what was refused is there")
	}
	item := add(t, s, bundleOf(t, f.person), Keep{How: UnderPassphrase, Passphrase: phrase})
	wantSigns(t, s, item)
	again := open(t, dir, nil)
	if _, err := again.Certificate(t.Context(), item.ID); !errors.Is(err, ErrLocked) {
		t.Errorf("after a restart: %v", err)
	}
	if err := again.Unlock(t.Context(), "wrong horse"); !errors.Is(err, ErrPassphrase) {
		t.Errorf("another passphrase: %v", err)
	}
	if err := again.Unlock(t.Context(), ""); !errors.Is(err, ErrPassphrase) {
		t.Errorf("no passphrase: %v", err)
	}
	if _, err := again.Certificate(t.Context(), item.ID); !errors.Is(err, ErrLocked) {
		t.Errorf("after a wrong one: %v", err)
	}
	if err := again.Unlock(t.Context(), phrase); err != nil {
		t.Fatal(err)
	}
	wantSigns(t, again, item)
	second := add(t, again, bundleOf(t, g.person), Keep{How: UnderPassphrase, Passphrase: phrase})
	if len(again.identities.Masters) != 1 {
		t.Errorf("one passphrase has %d masters", len(again.identities.Masters))
	}
	if _, err := again.AddIdentities(t.Context(), bundleOf(t, g.middle), Keep{How: UnderPassphrase, Passphrase: "another phrase"}); !errors.Is(err, ErrPassphrase) {
		t.Errorf("another passphrase for another key: %v", err)
	}
	third := open(t, dir, nil)
	if err := third.Unlock(t.Context(), phrase); err != nil {
		t.Fatal(err)
	}
	wantSigns(t, third, item)
	wantSigns(t, third, second)
}

// TestKeyringTroubles: a keyring that fails changes nothing, and one that has
// lost a secret does not stand in the way of new identities.
func TestKeyringTroubles(t *testing.T) {
	dir, keyring := t.TempDir(), newRing()
	f, g := newFamily(t, ecKey(t)), newFamily(t, ecKey(t))
	s := open(t, dir, keyring)
	locked := errors.New("nobody unlocks it")
	keyring.err = locked
	if _, err := s.AddIdentities(t.Context(), bundleOf(t, f.person), Keep{How: InKeyring}); !errors.Is(err, ErrKeyring) || !errors.Is(err, locked) {
		t.Errorf("a locked keyring: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "identities.json")); !os.IsNotExist(err) || len(s.List(KindUser)) != 0 {
		t.Errorf("what was refused is there (%v)", err)
	}
	keyring.err = nil
	item := add(t, s, bundleOf(t, f.person), Keep{How: InKeyring})
	keyring.held = map[string][]byte{} // somebody cleaned up
	s = open(t, dir, keyring)
	if _, err := s.Certificate(t.Context(), item.ID); !errors.Is(err, ErrLost) {
		t.Errorf("a lost secret: %v", err)
	}
	wantSigns(t, s, add(t, s, bundleOf(t, g.person), Keep{How: InKeyring}))
	if err := s.Delete(KindUser, item.ID); err != nil || len(s.identities.Masters) != 1 {
		t.Errorf("after the lost one's end: %v, %d masters", err, len(s.identities.Masters))
	}
	if _, err := s.DeleteAll(KindUser); err != nil {
		t.Fatal(err)
	}
	wantSigns(t, s, add(t, s, bundleOf(t, g.person), Keep{How: InKeyring}))
	if len(keyring.held) != 1 {
		t.Errorf("the keyring has %d secrets of the store's", len(keyring.held))
	}
	keyring.err = locked
	s = open(t, dir, keyring)
	if _, err := s.Certificate(t.Context(), Fingerprint(g.person.Certificate)); !errors.Is(err, ErrKeyring) {
		t.Errorf("a keyring that is locked later: %v", err)
	}
	if _, err := s.AddIdentities(t.Context(), bundleOf(t, f.person), Keep{How: InKeyring}); !errors.Is(err, ErrKeyring) {
		t.Errorf("and another identity: %v", err)
	}
}

// endlessRing is a keyring whose person is at lunch.
type endlessRing struct {
	*ring
	asked chan struct{}
}

func (r endlessRing) Recall(ctx context.Context, _ string) ([]byte, bool, error) {
	close(r.asked)
	<-ctx.Done()
	return nil, false, ctx.Err()
}

// TestAWaitingKeyringHoldsNobodyUp: while it asks a person, servers are judged
// and lists are shown.
func TestAWaitingKeyringHoldsNobodyUp(t *testing.T) {
	dir, keyring := t.TempDir(), newRing()
	f := newFamily(t, ecKey(t))
	item := add(t, open(t, dir, keyring), bundleOf(t, f.person), Keep{How: InKeyring})
	waiting := endlessRing{keyring, make(chan struct{})}
	s := open(t, dir, waiting)
	ctx, cancel := context.WithCancel(t.Context())
	var user sync.WaitGroup
	user.Go(func() {
		if _, err := s.Certificate(ctx, item.ID); !errors.Is(err, ErrKeyring) {
			t.Errorf("a keyring that is given up: %v", err)
		}
	})
	<-waiting.asked
	if len(s.List(KindUser)) != 1 || s.Accepts("vpn", 443, f.person.Certificate) || s.Locked(item.ID) {
		t.Error("the store answers wrongly")
	}
	if _, err := s.AcceptServer("vpn", 443, f.person.Certificate); err != nil {
		t.Error(err)
	}
	cancel()
	user.Wait()
}

// TestSealedKeysAreNotExchanged: whoever writes the file cannot put one key in
// another one's place.
func TestSealedKeysAreNotExchanged(t *testing.T) {
	dir, keyring := t.TempDir(), newRing()
	f, g := newFamily(t, ecKey(t)), newFamily(t, ecKey(t))
	s := open(t, dir, keyring)
	a, b := add(t, s, bundleOf(t, f.person), Keep{How: InKeyring}), add(t, s, bundleOf(t, g.person), Keep{How: InKeyring})
	kept := s.identities
	kept.Identities[0].Key, kept.Identities[1].Key = kept.Identities[1].Key, kept.Identities[0].Key
	if err := writeFile(s.identityPath(), kept); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, keyring)
	for _, item := range []Item{a, b} {
		if c, err := s.Certificate(t.Context(), item.ID); err == nil {
			t.Errorf("%s signs with %v", item.Name, c.PrivateKey)
		}
	}
}

// TestSignerShowsNoKey: what leaves the package signs, and is nothing else.
func TestSignerShowsNoKey(t *testing.T) {
	key := ecKey(t)
	var s crypto.Signer = &signer{key}
	digest := sha256.Sum256([]byte("x"))
	if _, err := s.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprintf("%v %+v %#v %s", s, s, s, s); got != strings.TrimSpace(strings.Repeat("[redacted] ", 4)) {
		t.Errorf("it prints as %s", got)
	}
	if slices.Contains([]any{s}, any(key)) {
		t.Error("it is the key itself")
	}
}
