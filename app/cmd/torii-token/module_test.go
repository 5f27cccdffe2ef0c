//go:build cgo && linux

package main_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"torii/certstore/token"
)

// modulePIN is the PIN of the card in testdata/module.c.
const modulePIN = "24681357"

// misbehaving compiles testdata/module.c with macros and returns the library's
// path.
func misbehaving(t *testing.T, macros ...string) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		lacks(t, "gcc is not installed; build/bootstrap installs it")
	}
	dir := t.TempDir()
	a := newAuthority(t)
	var header strings.Builder
	header.WriteString("static const unsigned char certificate[] = {")
	for _, b := range a.issue(t, "alice", newKey(t).Public()).Raw {
		fmt.Fprintf(&header, "%d,", b)
	}
	header.WriteString("};\n")
	if err := os.WriteFile(filepath.Join(dir, "certificate.h"), []byte(header.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	// The specification's own header comes with the package that torii-token
	// speaks PKCS#11 through.
	include := strings.TrimSpace(string(run(t, nil, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/miekg/pkcs11")))
	library := filepath.Join(dir, "module.so")
	arguments := []string{"-shared", "-fPIC", "-O1", "-o", library, "-I", include, "-I", dir, filepath.Join("testdata", "module.c")}
	for _, macro := range macros {
		arguments = append(arguments, "-D"+macro)
	}
	run(t, nil, "gcc", arguments...)
	return library
}

// hung is how long a library is waited for that hangs. Others have their usual
// time: this machine may be busy.
const hung = 5 * time.Second

// impatient loads a library that hangs with these macros, or does not.
func impatient(t *testing.T, macros ...string) *token.Module {
	t.Helper()
	options := token.Options{Program: program(t), Path: misbehaving(t, macros...)}
	switch macros[0] {
	case "HANG_LOAD", "HANG_OPEN", "HANG_LIST":
		options.CardTime = hung
	case "HANG_SIGN":
		options.PersonTime = hung
	}
	m := token.New(options)
	t.Cleanup(m.Close)
	return m
}

// signWith has the card of testdata/module.c sign something.
func signWith(t *testing.T, m *token.Module) error {
	t.Helper()
	c, err := m.Certificate(t.Context(), token.URI{Object: "alice"}, (&answers{t: t, pins: []string{modulePIN}}).ask)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.PrivateKey.(crypto.Signer).Sign(rand.Reader, make([]byte, 32), crypto.SHA256)
	return err
}

// TestModulesThatMisbehave shows that each costs its own process alone, says
// what it was, and is started again at the next request.
func TestModulesThatMisbehave(t *testing.T) {
	program(t)
	tokens := func(t *testing.T, m *token.Module) error { _, err := m.Tokens(t.Context()); return err }
	for _, c := range []struct {
		macro string
		use   func(*testing.T, *token.Module) error
		want  token.Kind
	}{
		{"HANG_LOAD", tokens, token.Hung},
		{"HANG_OPEN", tokens, token.Hung},
		{"HANG_LIST", tokens, token.Hung},
		{"HANG_SIGN", signWith, token.Hung},
		{"CRASH_LIST", tokens, token.Crashed},
		{"CRASH_SIGN", signWith, token.Crashed},
		{"NEEDS_READER", tokens, token.ModuleFailed},
		{"REMOVED_AT_SIGN", signWith, token.TokenGone},
		{"SIGNS_RUBBISH", signWith, token.ModuleFailed},
	} {
		t.Run(c.macro, func(t *testing.T) {
			t.Parallel()
			m := impatient(t, c.macro)
			for range 2 {
				if err := c.use(t, m); token.KindOf(err) != c.want {
					t.Errorf("%v, want the kind %s", err, c.want)
				}
				if c.want == token.TokenGone || c.want == token.Hung {
					break // the card stays away; TestCancelled goes on after a library that hangs
				}
			}
		})
	}
}

// TestModulesThatPrint shows that what a module prints goes nowhere, and that
// its words cannot steer a terminal.
func TestModulesThatPrint(t *testing.T) {
	t.Parallel()
	info, err := impatient(t, "PRINTS").Info(t.Context())
	if err != nil || info.Description != "Test module" || strings.ContainsAny(info.Manufacturer, "\x1b\n") {
		t.Errorf("%+q, %v", info, err)
	}
}

// TestTheLastTry shows that nobody locks a card without having been told.
func TestTheLastTry(t *testing.T) {
	t.Parallel()
	m := impatient(t, "TRIES=3")
	heard := func() (count int, card token.Token) {
		t.Helper()
		tokens, err := m.Tokens(t.Context())
		if err != nil || len(tokens) != 1 {
			t.Fatalf("%d tokens, %v", len(tokens), err)
		}
		count, err = strconv.Atoi(tokens[0].Model)
		if err != nil {
			t.Fatal(err)
		}
		return count, tokens[0]
	}
	_, card := heard()
	for _, step := range []struct {
		pin   string
		told  bool
		want  token.Kind
		state token.PINState
		heard int
	}{
		{"1", false, token.WrongPIN, token.PINState{}, 0}, // too short to be one
		{"1111", false, token.WrongPIN, token.PINState{Low: true}, 1},
		{"1111", false, token.WrongPIN, token.PINState{Low: true}, 1}, // the same again
		{"2222", false, token.WrongPIN, token.PINState{Low: true, Final: true}, 2},
		{"3333", false, token.FinalTry, token.PINState{Low: true, Final: true}, 2}, // not told
		{"3333", true, token.PINLocked, token.PINState{Low: true, Locked: true}, 3},
		{modulePIN, true, token.PINLocked, token.PINState{Low: true, Locked: true}, 3}, // not tried
	} {
		err := m.Login(t.Context(), card, token.NewPIN([]byte(step.pin)), step.told)
		failure, ok := errors.AsType[*token.Error](err)
		if !ok || failure.Kind != step.want || failure.PIN != step.state {
			t.Errorf("PIN %s: %+v, want %s and %+v", step.pin, err, step.want, step.state)
		}
		if count, _ := heard(); count != step.heard {
			t.Errorf("after PIN %s the card heard of %d, want %d", step.pin, count, step.heard)
		}
	}
	person := &answers{t: t, pins: []string{modulePIN}}
	if _, err := m.Certificate(t.Context(), token.URI{}, person.ask); token.KindOf(err) != token.PINLocked || len(person.prompts) > 0 {
		t.Errorf("a locked card: %v, and the person was asked %d times", err, len(person.prompts))
	}
}

// TestPersonIsToldOfTheLastTry goes the same way through the questions.
func TestPersonIsToldOfTheLastTry(t *testing.T) {
	t.Parallel()
	m := impatient(t, "TRIES=2")
	person := &answers{t: t, pins: []string{"1111", modulePIN}}
	if _, err := m.Certificate(t.Context(), token.URI{}, person.ask); err != nil {
		t.Fatal(err)
	}
	if len(person.prompts) != 2 || person.prompts[0].PIN.Final || !person.prompts[1].PIN.Final || !person.prompts[1].Wrong {
		t.Errorf("the prompts: %+v", person.prompts)
	}
}

// TestAnotherCardInTheReader has a person who exchanges the card between the
// question and the answer: the PIN must not cost the other card a try.
func TestAnotherCardInTheReader(t *testing.T) {
	t.Parallel()
	m := impatient(t, "SWAPS_CARD")
	before, err := m.Tokens(t.Context())
	if err != nil || len(before) != 1 || before[0].Serial != "0815" {
		t.Fatalf("%+v, %v", before, err)
	}
	if err := m.Login(t.Context(), before[0], token.NewPIN([]byte(modulePIN)), false); token.KindOf(err) != token.TokenGone {
		t.Errorf("%v", err)
	}
	if after, err := m.Tokens(t.Context()); err != nil || after[0].Serial != "4711" || after[0].Model != "0" {
		t.Errorf("the other card heard of a PIN: %+v, %v", after, err)
	}
}

// TestPINPad has a reader with keys of its own.
func TestPINPad(t *testing.T) {
	t.Parallel()
	m := impatient(t, "PIN_PAD")
	ask := func(_ context.Context, prompt token.Prompt) (*token.PIN, error) {
		if !prompt.Token.PINPad {
			t.Error("the person is not told to use the reader")
		}
		return nil, nil
	}
	if _, err := m.Certificate(t.Context(), token.URI{}, ask); err != nil {
		t.Error(err)
	}
}

// TestFilesThatAreNoModules asks for what must not be loaded.
func TestFilesThatAreNoModules(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("this is no library"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	foreign := write("foreign.so", 0o600)
	if err := os.Chown(foreign, 4242, -1); err != nil {
		foreign = "" // not root
	}
	open := filepath.Join(dir, "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(write("real.so", 0o600), filepath.Join(open, "link.so")); err != nil {
		t.Fatal(err)
	}
	other := "" // a library that is none of PKCS#11
	for _, path := range []string{"/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6"} {
		if _, err := os.Stat(path); err == nil {
			other = path
			break
		}
	}
	for _, c := range []struct {
		name, path string
		want       token.Kind
	}{
		{"missing", filepath.Join(dir, "missing.so"), token.ModuleMissing},
		{"a text", write("text.so", 0o600), token.NoModule},
		{"another library", other, token.NoModule},
		{"a folder", dir, token.NoModule},
		{"a device", "/dev/zero", token.NoModule},
		{"by name", "libsofthsm2.so", token.ModuleUnsafe},
		{"relative", "./module.so", token.ModuleUnsafe},
		{"none", "", token.ModuleUnsafe},
		{"everybody's", write("open.so", 0o666), token.ModuleUnsafe},
		{"in everybody's folder", write("open/module.so", 0o600), token.ModuleUnsafe},
		{"by way of everybody's folder", filepath.Join(open, "link.so"), token.ModuleUnsafe},
		{"another user's", foreign, token.ModuleUnsafe},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.path == "" && c.name != "none" {
				t.Skip("this machine has no such file")
			}
			if _, err := module(t, c.path).Info(t.Context()); token.KindOf(err) != c.want {
				t.Errorf("%v, want the kind %s", err, c.want)
			}
		})
	}
}
