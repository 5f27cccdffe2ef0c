package app

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/zalando/go-keyring"

	"torii/app/api"
	"torii/app/secrets"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

const practicePassword = gateway.DefaultPassword

// kept waits until the vault has a password of the practice entry.
func (r *rig) kept(password string) {
	r.t.Helper()
	r.until("the password in the keyring", func(api.State) bool {
		held, ok, err := r.app.vault.Recall(r.t.Context(), practiceID, "password")
		return err == nil && ok && held.Reveal() == password
	})
}

// TestRememberedPassword: a password that worked is kept where the person
// wants it, and the next connect asks nothing, until it is forgotten.
func TestRememberedPassword(t *testing.T) {
	r := newRig(t, gateway.Config{})
	r.must(api.MethodConnect, api.ConnectRequest{Entry: practiceID})
	q := r.question(tunnel.QuestionLogin, "")
	r.must(api.MethodAnswer, login(q, practicePassword, true))
	r.wantState(r.ended(), tunnel.StateConnected, "")
	r.kept(practicePassword)
	r.disconnect()
	r.nothingPlain(practicePassword)

	r.must(api.MethodConnect, api.ConnectRequest{Entry: practiceID})
	s := r.until("an end or a question", func(s api.State) bool { return over(s) || s.Snapshot.Question != nil })
	if s.Snapshot.Question != nil {
		t.Fatalf("the second connect asks %+v", s.Snapshot.Question)
	}
	r.wantState(s.Snapshot, tunnel.StateConnected, "")
	r.disconnect()

	r.must(api.MethodForget, api.EntryRef{Entry: PracticeName})
	if r.app.vault.Has(practiceID) {
		t.Error("the vault still has something")
	}
	if _, err := keyring.Get("Torii", practiceID+"/password"); !errors.Is(err, keyring.ErrNotFound) {
		t.Errorf("the keyring still has it: %v", err)
	}
	r.must(api.MethodConnect, api.ConnectRequest{Entry: practiceID})
	r.question(tunnel.QuestionLogin, "")
	r.disconnect()
}

// nothingPlain looks for a text in every file that was written.
func (r *rig) nothingPlain(secret string) {
	r.t.Helper()
	err := filepath.WalkDir(filepath.Dir(r.dirs.Config), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(`"`+secret+`"`)) {
			r.t.Errorf("%s holds the password: %s", path, text)
		}
		return err
	})
	if err != nil {
		r.t.Error(err)
	}
}

// TestWithoutRemember nothing is kept.
func TestWithoutRemember(t *testing.T) {
	r := newRig(t, gateway.Config{})
	r.must(api.MethodConnect, api.ConnectRequest{Entry: practiceID})
	r.must(api.MethodAnswer, login(r.question(tunnel.QuestionLogin, ""), practicePassword, false))
	r.wantState(r.ended(), tunnel.StateConnected, "")
	r.disconnect()
	if r.app.vault.Has(practiceID) {
		t.Error("it was kept without being asked")
	}
	r.must(api.MethodConnect, api.ConnectRequest{Entry: practiceID})
	r.question(tunnel.QuestionLogin, "")
	r.disconnect()
}

// TestAWrongPasswordIsNotKept, although the person wanted it: only what let
// them in is.
func TestAWrongPasswordIsNotKept(t *testing.T) {
	r := newRig(t, gateway.Config{})
	r.must(api.MethodConnect, api.ConnectRequest{Entry: practiceID})
	first := r.question(tunnel.QuestionLogin, "")
	r.must(api.MethodAnswer, login(first, "wrong", true))
	second := r.question(tunnel.QuestionLogin, first.ID)
	if second.Form == nil || second.Form.Attempt != 1 || second.Error == "" {
		t.Errorf("the second question is %+v", second)
	}
	r.disconnect()
	if r.app.vault.Has(practiceID) {
		t.Error("a wrong password was kept")
	}
}

// TestAWrongRememberedPassword is tried once: the person is asked then, and the
// gateway, which allows two tries, lets them in.
func TestAWrongRememberedPassword(t *testing.T) {
	r := newRig(t, gateway.Config{MaxAttempts: 2})
	if err := r.app.vault.Keep(t.Context(), practiceID, "password", tunnel.NewSecret("of last year")); err != nil {
		t.Fatal(err)
	}
	r.must(api.MethodConnect, api.ConnectRequest{Entry: practiceID})
	q := r.question(tunnel.QuestionLogin, "")
	if q.Form == nil || q.Form.Attempt != 1 || q.Error == "" {
		t.Errorf("the person is asked %+v; the gateway's word on the old password is missing", q)
	}
	if r.app.vault.Has(practiceID) {
		t.Error("the refused password would be tried again at the next connect")
	}
	r.must(api.MethodAnswer, login(q, practicePassword, true))
	r.wantState(r.ended(), tunnel.StateConnected, "")
	r.kept(practicePassword)
	r.disconnect()
}

// TestAnotherServerDoesNotGetThePassword: who changes an entry's address loses
// what was kept for the old one.
func TestAnotherServerDoesNotGetThePassword(t *testing.T) {
	r := newRig(t, gateway.Config{})
	entry, err := r.app.entries.Add(api.Entry{Name: "Office", Host: "vpn.example.test", Roaming: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.app.vault.Keep(t.Context(), entry.ID, "password", tunnel.NewSecret(practicePassword)); err != nil {
		t.Fatal(err)
	}
	entry.Name = "The office"
	r.must(api.MethodEditEntry, entry)
	if !r.app.vault.Has(entry.ID) {
		t.Error("another name lost the password")
	}
	entry.Host = "evil.example.test"
	refused := entry
	refused.Mode = "pigeon"
	wantCode(t, "an edit that makes no sense", r.call(api.MethodEditEntry, refused), tunnel.CodeInvalid)
	if !r.app.vault.Has(entry.ID) {
		t.Error("an edit that was refused lost the password")
	}
	r.must(api.MethodEditEntry, entry)
	if r.app.vault.Has(entry.ID) {
		t.Error("another server would get the password")
	}
}

// TestTheRunningConnectionIsFoundByItsID: it may get another name meanwhile.
func TestTheRunningConnectionIsFoundByItsID(t *testing.T) {
	r := newRig(t, gateway.Config{})
	entry, err := r.app.entries.Add(api.Entry{Name: "Office", Host: "127.0.0.1", Port: 1, Mode: tunnel.ModeProxy})
	if err != nil {
		t.Fatal(err)
	}
	r.must(api.MethodConnect, api.ConnectRequest{Entry: entry.ID, Once: true})
	r.until("the failure", func(s api.State) bool {
		return s.Snapshot.State == tunnel.StateFailed && s.Current == entry.ID && s.Snapshot.Entry == "Office"
	})
	entry.Name = "The office"
	r.must(api.MethodEditEntry, entry)
	r.until("the new name", func(s api.State) bool { return s.Current == entry.ID && s.Snapshot.Entry == "The office" })
}

// TestAKeyringThatFails asks the person, tells faces why, and connects.
func TestAKeyringThatFails(t *testing.T) {
	r := newRig(t, gateway.Config{})
	if err := r.app.vault.Keep(t.Context(), practiceID, "password", tunnel.NewSecret(practicePassword)); err != nil {
		t.Fatal(err)
	}
	keyring.MockInitWithError(errors.New("failed to unlock correct collection '/x'"))
	r.must(api.MethodConnect, api.ConnectRequest{Entry: practiceID})
	q := r.question(tunnel.QuestionLogin, "")
	r.until("the trouble", func(s api.State) bool { return s.KeyringError == string(secrets.TroubleLocked) })
	r.must(api.MethodAnswer, login(q, practicePassword, true))
	r.wantState(r.ended(), tunnel.StateConnected, "")
	r.disconnect()
	if err := r.call(api.MethodForget, api.EntryRef{Entry: practiceID}); err == nil {
		t.Error("forgetting reports no error although nothing was deleted")
	}
}
