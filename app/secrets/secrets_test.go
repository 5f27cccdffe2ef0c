package secrets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"torii/tunnel"
)

// mocked gives the test a keyring in memory; err is what each call ends in, nil
// for none. It is the process's one keyring, so these tests take turns.
func mocked(t *testing.T, err error) {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent") // it is not looked at
	if err != nil {
		keyring.MockInitWithError(err)
	} else {
		keyring.MockInit()
	}
	t.Cleanup(func() { keyring.MockInitWithError(errors.New("a test's keyring is used after its end")) })
}

func vault(t *testing.T, folder string) *Vault {
	t.Helper()
	v, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func keep(t *testing.T, v *Vault, entry, key, text string) {
	t.Helper()
	if err := v.Keep(t.Context(), entry, key, tunnel.NewSecret(text)); err != nil {
		t.Fatal(err)
	}
}

// recalled is what a vault has, with "-" for nothing.
func recalled(t *testing.T, v *Vault, entry, key string) string {
	t.Helper()
	secret, ok, err := v.Recall(t.Context(), entry, key)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return "-"
	}
	return secret.Reveal()
}

func TestKeepRecallForget(t *testing.T) {
	mocked(t, nil)
	folder := filepath.Join(t.TempDir(), "torii")
	v := vault(t, folder)
	if v.Has("A") || recalled(t, v, "A", "password") != "-" {
		t.Error("a new vault holds something")
	}
	keep(t, v, "A", "password", "one")
	keep(t, v, "A", "secondary_password", "two")
	keep(t, v, "B", "password", "three")
	keep(t, v, "A", "password", "changed")

	again := vault(t, folder) // the next start
	for _, c := range []struct{ entry, key, want string }{
		{"A", "password", "changed"}, {"A", "secondary_password", "two"}, {"B", "password", "three"},
		{"A", "other", "-"}, {"C", "password", "-"}, {"A/password", "", "-"},
	} {
		if got := recalled(t, again, c.entry, c.key); got != c.want {
			t.Errorf("%s of %s is %q, want %q", c.key, c.entry, got, c.want)
		}
		if kept := again.Kept(c.entry, c.key); kept != (c.want != "-") {
			t.Errorf("%s of %s: kept is %v", c.key, c.entry, kept)
		}
	}
	if err := again.Forget(t.Context(), "A"); err != nil {
		t.Fatal(err)
	}
	if again.Has("A") || recalled(t, again, "A", "password") != "-" || recalled(t, again, "B", "password") != "three" {
		t.Error("Forget forgot too little or too much")
	}
	for _, key := range []string{"password", "secondary_password"} {
		if _, err := keyring.Get(service, account("A", key)); !errors.Is(err, keyring.ErrNotFound) {
			t.Errorf("the keyring still has %s: %v", key, err)
		}
	}
	if err := again.Forget(t.Context(), "never seen"); err != nil {
		t.Errorf("forget nothing: %v", err)
	}
}

// TestIndexHoldsNoSecret looks at everything that was written.
func TestIndexHoldsNoSecret(t *testing.T) {
	mocked(t, nil)
	folder := t.TempDir()
	keep(t, vault(t, folder), "A", "password", "hunter2")
	text, err := os.ReadFile(filepath.Join(folder, "kept-passwords.json"))
	if err != nil || !bytes.Contains(text, []byte(`"password"`)) || bytes.Contains(text, []byte("hunter2")) {
		t.Errorf("the index is %s, %v", text, err)
	}
	if info, err := os.Stat(filepath.Join(folder, "kept-passwords.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
}

// TestDeletedElsewhere: somebody deleted an item in the keyring's own program.
func TestDeletedElsewhere(t *testing.T) {
	mocked(t, nil)
	v := vault(t, t.TempDir())
	keep(t, v, "A", "password", "one")
	keep(t, v, "B", "password", "two")
	for _, entry := range []string{"A", "B"} {
		if err := keyring.Delete(service, account(entry, "password")); err != nil {
			t.Fatal(err)
		}
	}
	if got := recalled(t, v, "A", "password"); got != "-" || v.Has("A") {
		t.Errorf("recalled %q, has %v", got, v.Has("A"))
	}
	if err := v.Forget(t.Context(), "B"); err != nil || v.Has("B") {
		t.Errorf("forget: %v, has %v", err, v.Has("B"))
	}
}

func TestFailures(t *testing.T) {
	broken := errors.New("the keyring is on fire")
	mocked(t, nil)
	folder := t.TempDir()
	v := vault(t, folder)
	keep(t, v, "A", "password", "one")
	keyring.MockInitWithError(broken)
	if err := v.Keep(t.Context(), "B", "password", tunnel.NewSecret("two")); !errors.Is(err, broken) || v.Has("B") {
		t.Errorf("keep a new one: %v, has %v", err, v.Has("B"))
	}
	if err := v.Keep(t.Context(), "A", "password", tunnel.NewSecret("two")); !errors.Is(err, broken) || !v.Has("A") {
		t.Errorf("keep another value: %v, has %v: the old one is still in the keyring", err, v.Has("A"))
	}
	if _, ok, err := v.Recall(t.Context(), "A", "password"); !errors.Is(err, broken) || ok || !v.Has("A") {
		t.Errorf("recall: %v, %v, has %v", ok, err, v.Has("A"))
	}
	if err := v.Forget(t.Context(), "A"); !errors.Is(err, broken) || !v.Has("A") {
		t.Errorf("forget: %v, has %v: it is still in the keyring", err, v.Has("A"))
	}
}

// TestIndexThatCannotBeWritten: what the index cannot name is not kept.
func TestIndexThatCannotBeWritten(t *testing.T) {
	mocked(t, nil)
	folder := filepath.Join(t.TempDir(), "torii")
	v := vault(t, folder)
	if err := os.WriteFile(folder, nil, 0o600); err != nil { // in the folder's place
		t.Fatal(err)
	}
	if err := v.Keep(t.Context(), "A", "password", tunnel.NewSecret("one")); err == nil || v.Has("A") {
		t.Errorf("%v, has %v", err, v.Has("A"))
	}
	if _, err := keyring.Get(service, account("A", "password")); !errors.Is(err, keyring.ErrNotFound) {
		t.Errorf("the keyring has what nobody would find again: %v", err)
	}
}

// TestAKeyringThatDoesNotAnswer is asked once, whatever is wanted of it, and
// holds nobody up for longer than the vault's patience.
func TestAKeyringThatDoesNotAnswer(t *testing.T) {
	mocked(t, nil)
	v := vault(t, t.TempDir())
	v.patience = 50 * time.Millisecond
	prompt, asked := make(chan struct{}), make(chan struct{})
	stuck := v.call(t.Context(), func() error {
		close(asked)
		<-prompt
		return nil
	})
	<-asked
	if !errors.Is(stuck, context.DeadlineExceeded) || TroubleOf(stuck) != TroubleLocked {
		t.Errorf("a call that is not answered: %v, trouble %q", stuck, TroubleOf(stuck))
	}
	behind := v.call(t.Context(), func() error {
		t.Error("a second prompt was opened beside the first")
		return nil
	})
	if !errors.Is(behind, context.DeadlineExceeded) || TroubleOf(behind) != TroubleLocked {
		t.Errorf("a call behind it: %v, trouble %q", behind, TroubleOf(behind))
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := v.call(cancelled, func() error { return nil }); TroubleOf(err) != TroubleNone || !errors.Is(err, context.Canceled) {
		t.Errorf("a call that nobody wants any more: %v, trouble %q", err, TroubleOf(err))
	}
	close(prompt) // the person answers at last
	v.patience = 20 * time.Second
	if err := v.call(t.Context(), func() error { return nil }); err != nil {
		t.Errorf("after the answer: %v", err)
	}
}

// TestAtTheSameTime: who reads while somebody writes finds the old value, the
// new one or nothing, and what was kept last is found for ever.
func TestAtTheSameTime(t *testing.T) {
	mocked(t, nil)
	v := vault(t, t.TempDir())
	var work sync.WaitGroup
	for i := range 20 {
		work.Go(func() {
			if err := v.Keep(t.Context(), "A", "password", tunnel.NewSecret(fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
		work.Go(func() {
			if _, _, err := v.Recall(t.Context(), "A", "password"); err != nil {
				t.Error(err)
			}
		})
		work.Go(func() {
			if err := v.Forget(t.Context(), "B"); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	if got := recalled(t, v, "A", "password"); got == "-" {
		t.Error("what was kept is lost")
	}
}

func TestTroubleOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want Trouble
	}{
		{nil, TroubleNone},
		{fmt.Errorf("read: %w", keyring.ErrNotFound), TroubleNone},
		{fmt.Errorf("read: %w", context.Canceled), TroubleNone},
		{fmt.Errorf("read: %w", context.DeadlineExceeded), TroubleLocked},
		{fmt.Errorf("read: %w", errNoBus), TroubleNoBus},
		{&net.OpError{Op: "dial", Net: "unix", Err: os.ErrNotExist}, TroubleNoBus},
		{keyring.ErrUnsupportedPlatform, TroubleAbsent},
		{errors.New("failed to unlock correct collection '/org/freedesktop/secrets/aliases/default'"), TroubleLocked},
		{errors.New("the keyring is on fire"), TroubleOther},
	} {
		if got := TroubleOf(c.err); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
	}
}

// TestIndexFormat1 reads the index that the first Torii wrote.
func TestIndexFormat1(t *testing.T) {
	mocked(t, nil)
	folder := t.TempDir()
	path := filepath.Join(folder, "kept-passwords.json")
	const first = `{
  "version": 1,
  "kept": {
    "A": [
      "password",
      "secondary_password"
    ]
  }
}
`
	if err := os.WriteFile(path, []byte(first), 0o600); err != nil {
		t.Fatal(err)
	}
	v := vault(t, folder)
	if !v.Kept("A", "password") || !v.Kept("A", "secondary_password") || v.Has("B") {
		t.Errorf("read %+v", v.index.held)
	}
	keep(t, v, "A", "password", "one")
	if text, err := os.ReadFile(path); err != nil || string(text) != first {
		t.Errorf("it was written back as %s, %v", text, err)
	}
}

func TestBadIndexIsLeftAlone(t *testing.T) {
	for _, text := range []string{"", "null", "{}", "[]", `{"version":2,"kept":{}}`, `{"version":1,"kept":{"A":"x"}}`, `{"version":1,`} {
		folder := t.TempDir()
		path := filepath.Join(folder, "kept-passwords.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(folder); err == nil {
			t.Errorf("%q was read as an index", text)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != text {
			t.Errorf("%q became %q, %v", text, after, err)
		}
	}
}
