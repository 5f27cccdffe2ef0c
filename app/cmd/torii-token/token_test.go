//go:build cgo && linux

package main_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"torii/certstore/token"
)

// named is the URI of the certificate with this label on the test's card.
func (s *softhsm) named(label string) token.URI { return token.URI{Token: s.label, Object: label} }

// TestHandshakes logs in to a TLS server with keys on a token.
func TestHandshakes(t *testing.T) {
	card := newSofthsm(t)
	kinds := []struct{ id, label, keyType string }{
		{"01", "alice rsa", "rsa:2048"}, {"02", "alice p256", "EC:prime256v1"}, {"03", "alice p384", "EC:secp384r1"},
	}
	want := map[string][]byte{}
	for _, kind := range kinds {
		want[kind.label] = card.identity(kind.id, kind.label, kind.keyType).Raw
	}
	card.store("09", "intermediate", card.authority.intermediate)
	m := module(t, card.module)
	person := &answers{t: t, pins: []string{userPIN}}
	for _, kind := range kinds {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(kind.label+" "+tls.VersionName(version), func(t *testing.T) {
				chain, err := shake(t, card.authority, version, func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
					return m.Certificate(request.Context(), card.named(kind.label), person.ask)
				})
				if err != nil {
					t.Fatal(err)
				}
				// The server knows the root alone: the intermediate came from the token.
				if len(chain) != 2 || !bytes.Equal(chain[0].Raw, want[kind.label]) || !bytes.Equal(chain[1].Raw, card.authority.intermediate.Raw) {
					t.Errorf("%d certificates arrived", len(chain))
				}
			})
		}
	}
	if len(person.prompts) != 1 {
		t.Errorf("the person was asked %d times for the PIN, want once", len(person.prompts))
	}
}

// TestList looks at what is told of a token before and after the login.
func TestList(t *testing.T) {
	card := newSofthsm(t)
	leaf := card.identity("01", "alice", "EC:prime256v1")
	card.store("09", "intermediate", card.authority.intermediate)
	m := module(t, card.module)
	info, err := m.Info(t.Context())
	if err != nil || !strings.Contains(info.Description+info.Manufacturer, "SoftHSM") {
		t.Errorf("the module: %+v, %v", info, err)
	}
	look := func() (token.Token, map[string]token.Certificate) {
		t.Helper()
		tokens, err := m.Tokens(t.Context())
		if err != nil || len(tokens) != 1 {
			t.Fatalf("%d tokens, %v", len(tokens), err)
		}
		byLabel := map[string]token.Certificate{}
		for _, c := range tokens[0].Certificates {
			byLabel[c.Label] = c
		}
		return tokens[0], byLabel
	}
	before, certificates := look()
	if before.Label != card.label || !before.NeedsLogin || before.LoggedIn || before.PINPad || before.PIN != (token.PINState{}) {
		t.Errorf("before the login: %+v", before)
	}
	if alice := certificates["alice"]; alice.Leaf == nil || !alice.Leaf.Equal(leaf) || alice.Key != token.KeyHidden {
		t.Errorf("before the login: %+v", alice)
	}
	if err := m.Login(t.Context(), before, token.NewPIN([]byte(userPIN)), false); err != nil {
		t.Fatal(err)
	}
	after, certificates := look()
	if !after.LoggedIn || certificates["alice"].Key != token.KeyThere || certificates["intermediate"].Key != token.KeyMissing {
		t.Errorf("after the login: %+v", after)
	}
	uri, err := token.ParseURI(certificates["alice"].URI.String())
	if err != nil || hex.EncodeToString(uri.ID) != "01" || uri.Object != "alice" || uri.Serial == "" {
		t.Errorf("its URI: %s, %v", certificates["alice"].URI, err)
	}
	if _, err := m.Certificate(t.Context(), uri, nil); err != nil {
		t.Errorf("by its URI: %v", err)
	}
}

// TestKeyStays looks whether the key can be had, and whether SoftHSM agrees
// that it never left.
func TestKeyStays(t *testing.T) {
	card := newSofthsm(t)
	card.identity("01", "alice", "rsa:2048")
	said := string(card.tool("--list-objects", "--type", "privkey"))
	if !strings.Contains(said, "sensitive, always sensitive, never extracta") {
		t.Errorf("the token says of the key: %s", said)
	}
	m := module(t, card.module)
	c, err := m.Certificate(t.Context(), card.named("alice"), (&answers{t: t, pins: []string{userPIN}}).ask)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if said := fmt.Sprintf(format, c.PrivateKey); said != "[redacted]" {
			t.Errorf("it prints %s", said)
		}
	}
}

// TestWrongPIN has a person who mistypes, and looks at what the token hears.
func TestWrongPIN(t *testing.T) {
	card := newSofthsm(t)
	card.identity("01", "alice", "EC:prime256v1")
	t.Run("then right", func(t *testing.T) {
		person := &answers{t: t, pins: []string{"111111111", userPIN}}
		if _, err := module(t, card.module).Certificate(t.Context(), card.named("alice"), person.ask); err != nil {
			t.Fatal(err)
		}
		if len(person.prompts) != 2 || person.prompts[0].Wrong || !person.prompts[1].Wrong || !person.prompts[1].PIN.Low {
			t.Errorf("the prompts: %+v", person.prompts)
		}
	})
	t.Run("given up", func(t *testing.T) {
		person := &answers{t: t, pins: []string{"111111111"}}
		if _, err := module(t, card.module).Certificate(t.Context(), card.named("alice"), person.ask); !errors.Is(err, errGivenUp) {
			t.Errorf("%v", err)
		}
	})
	t.Run("impossible", func(t *testing.T) {
		// SoftHSM counts a wrong PIN as one less; this one never gets there.
		m := module(t, card.module)
		if _, err := m.Certificate(t.Context(), card.named("alice"), (&answers{t: t, pins: []string{userPIN}}).ask); err != nil {
			t.Fatal(err)
		}
		m.Close()
		m = module(t, card.module)
		tokens, err := m.Tokens(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = m.Login(t.Context(), tokens[0], token.NewPIN([]byte("1")), false)
		if token.KindOf(err) != token.WrongPIN {
			t.Errorf("%v", err)
		}
		if tokens, err = m.Tokens(t.Context()); err != nil || tokens[0].PIN.Low {
			t.Errorf("the token heard of it: %+v, %v", tokens, err)
		}
	})
}

// TestPINForEachSignature has a key that wants the PIN each time.
func TestPINForEachSignature(t *testing.T) {
	card := newSofthsm(t)
	card.identity("01", "alice", "rsa:2048", "--always-auth")
	card.store("09", "intermediate", card.authority.intermediate)
	m := module(t, card.module)
	person := &answers{t: t, pins: []string{userPIN, "111111111", userPIN, userPIN}}
	for range 2 {
		if _, err := shake(t, card.authority, tls.VersionTLS13, func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return m.Certificate(request.Context(), card.named("alice"), person.ask)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(person.prompts) != 4 || person.prompts[0].EachTime || !person.prompts[1].EachTime || !person.prompts[2].Wrong {
		t.Errorf("%d prompts", len(person.prompts))
	}
}

// TestTokenThatLeaves deletes the token under a module that is in use, and puts
// another one in its place.
func TestTokenThatLeaves(t *testing.T) {
	card := newSofthsm(t)
	card.identity("01", "alice", "EC:prime256v1")
	m := module(t, card.module)
	person := &answers{t: t, pins: []string{userPIN}}
	c, err := m.Certificate(t.Context(), card.named("alice"), person.ask)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := m.Tokens(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run(t, nil, "softhsm2-util", "--delete-token", "--token", card.label)
	run(t, nil, "softhsm2-util", "--init-token", "--free", "--label", card.label, "--pin", userPIN, "--so-pin", soPIN)
	m.Close() // SoftHSM looks at its folder when it is loaded
	m = module(t, card.module)
	if err := m.Login(t.Context(), tokens[0], token.NewPIN([]byte(userPIN)), false); token.KindOf(err) != token.TokenGone {
		t.Errorf("the PIN for another token: %v", err)
	}
	if _, err := m.Certificate(t.Context(), token.URI{Serial: tokens[0].Serial}, person.ask); token.KindOf(err) != token.TokenGone {
		t.Errorf("a token that is gone: %v", err)
	}
	if _, err := m.Certificate(t.Context(), card.named("alice"), person.ask); token.KindOf(err) != token.NotFound {
		t.Errorf("a certificate that is gone: %v", err)
	}
	if _, err := c.PrivateKey.(crypto.Signer).Sign(rand.Reader, make([]byte, 32), crypto.SHA256); err == nil {
		t.Error("the signer of a closed module signs")
	}
	if len(person.prompts) != 1 {
		t.Errorf("the person was asked %d times", len(person.prompts))
	}
}

// TestTheProcessIsNeededAgain kills the process behind a signer: the person is
// asked once more, and it signs.
func TestTheProcessIsNeededAgain(t *testing.T) {
	card := newSofthsm(t)
	card.identity("01", "alice", "rsa:2048")
	m := module(t, card.module)
	person := &answers{t: t, pins: []string{userPIN, userPIN}}
	c, err := m.Certificate(t.Context(), card.named("alice"), person.ask)
	if err != nil {
		t.Fatal(err)
	}
	sign := func() error {
		_, err := c.PrivateKey.(crypto.Signer).Sign(rand.Reader, make([]byte, 32), crypto.SHA256)
		return err
	}
	pid, err := strconv.Atoi(processOf(t, "libsofthsm2.so"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := sign(); token.KindOf(err) != token.Crashed || !strings.Contains(err.Error(), "killed") {
		t.Errorf("as the process was killed: %v", err)
	}
	if err := sign(); err != nil || len(person.prompts) != 2 {
		t.Errorf("afterwards: %v, and the person was asked %d times", err, len(person.prompts))
	}
}

// TestManyAtOnce has several goroutines sign by one module.
func TestManyAtOnce(t *testing.T) {
	card := newSofthsm(t)
	card.identity("01", "alice", "EC:prime256v1")
	m := module(t, card.module)
	c, err := m.Certificate(t.Context(), card.named("alice"), (&answers{t: t, pins: []string{userPIN}}).ask)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				if _, err := c.PrivateKey.(crypto.Signer).Sign(rand.Reader, make([]byte, 48), crypto.SHA384); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
