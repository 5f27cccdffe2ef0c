package token

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/certstore/token/internal/proto"
)

// play is the variable that makes of this test's program one that stands in
// for torii-token and behaves as it says. It is named by the variable, because
// torii-token takes no arguments.
const play = "TORII_TEST_TOKEN_PLAYS"

func TestMain(m *testing.M) {
	if part := os.Getenv(play); part != "" {
		act(part)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// act is what stands in for torii-token.
func act(part string) {
	say := func(reply proto.Reply) { proto.Write(os.Stdout, reply, nil, proto.MaxReply) }
	for first := true; ; first = false {
		var request proto.Request
		if _, err := proto.Read(os.Stdin, &request, proto.MaxRequest, proto.MaxSecret); err != nil {
			return
		}
		if first && part != "stranger" {
			say(proto.Reply{ID: request.ID, Module: &proto.Module{Description: "a\x1b[2Jb\u202ec\n"}})
			continue
		}
		switch part {
		case "ends":
			os.Exit(3)
		case "other answer":
			say(proto.Reply{ID: request.ID + 1})
		case "huge":
			io.WriteString(os.Stdout, "\xff\xff\xff\xff\x00\x00\x00\x00")
		case "secret":
			io.WriteString(os.Stdout, "\x00\x00\x00\x02\x00\x00\x00\x01{}x")
		case "rubbish":
			io.WriteString(os.Stdout, "\x00\x00\x00\x04\x00\x00\x00\x00oops")
		case "strange kind":
			say(proto.Reply{ID: request.ID, Failure: &proto.Failure{Kind: "crashed", Message: "one\x07\ntwo"}})
		case "stranger":
			say(proto.Reply{ID: request.ID})
		case "silent":
			time.Sleep(time.Hour)
		}
	}
}

// played is a module whose torii-token is this test's program.
func played(t *testing.T, part string) *Module {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(play, part)
	m := New(Options{Program: self, Path: "/module.so", CardTime: 10 * time.Second})
	t.Cleanup(m.Close)
	return m
}

func TestAHostileProcess(t *testing.T) {
	for _, c := range []struct {
		part string
		want Kind
	}{
		{"ends", Crashed}, {"other answer", Protocol}, {"huge", Protocol}, {"secret", Protocol},
		{"rubbish", Protocol}, {"strange kind", ModuleFailed}, {"stranger", Protocol},
	} {
		t.Run(c.part, func(t *testing.T) {
			m := played(t, c.part)
			_, err := m.Tokens(t.Context())
			if KindOf(err) != c.want || strings.ContainsAny(fmt.Sprint(err), "\x07\n") {
				t.Errorf("%q, want the kind %s", fmt.Sprint(err), c.want)
			}
			if err, ok := errors.AsType[*Error](err); ok && c.part == "ends" && !strings.Contains(err.Error(), "exit status 3") {
				t.Errorf("%v does not say how it ended", err)
			}
		})
	}
}

func TestInfoIsFitToBeShown(t *testing.T) {
	info, err := played(t, "silent").Info(t.Context())
	if err != nil || info.Description != "a[2Jbc" {
		t.Errorf("%+q, %v", info, err)
	}
}

func TestSilence(t *testing.T) {
	m := played(t, "silent")
	if _, err := m.Info(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.options.CardTime = 50 * time.Millisecond
	if _, err := m.Tokens(t.Context()); KindOf(err) != Hung {
		t.Errorf("%v", err)
	}
	m.options.CardTime = time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Tokens(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestTheProgram(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("no program"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "torii-token", "./torii-token", filepath.Join(dir, "missing"), dir, text} {
		m := New(Options{Program: path, Path: "/module.so"})
		if _, err := m.Tokens(t.Context()); KindOf(err) != Program {
			t.Errorf("%q: %v", path, err)
		}
		m.Close()
	}
	path, err := Sibling()
	self, _ := os.Executable()
	if err != nil || !filepath.IsAbs(path) || filepath.Dir(path) != filepath.Dir(self) {
		t.Errorf("the sibling is %s, %v", path, err)
	}
}

func TestPINPrintsAsNothing(t *testing.T) {
	memory := []byte("24681357")
	pin := NewPIN(memory)
	said, err := json.Marshal(struct{ PIN *PIN }{pin})
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%v %+v %#v %s %x %d %s", pin, pin, pin, pin, pin, pin, said)
	if strings.Contains(text, "2468") || strings.Contains(text, "50 52") || strings.Contains(text, "3234") {
		t.Errorf("it prints: %s", text)
	}
	pin.Wipe()
	if !bytes.Equal(memory, make([]byte, len(memory))) {
		t.Errorf("after it was wiped: %q", memory)
	}
	(*PIN)(nil).Wipe()
}

// certificate makes one that vouches for itself or is signed by a parent.
func certificate(t testing.TB, name string, parent *x509.Certificate, key, by crypto.Signer) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestChoose(t *testing.T) {
	key := newKey(t)
	der := certificate(t, "alice", nil, key, key).Raw
	card := func(serial string, certificates ...proto.Certificate) Token {
		return read(proto.Token{Label: "card", Serial: serial, Schemes: []proto.Scheme{proto.SchemeECDSA}, Certificates: certificates})
	}
	tokens := []Token{
		card("1", proto.Certificate{ID: []byte{1}, Label: "a", DER: der, Key: KeyThere}, proto.Certificate{ID: []byte{2}, Label: "b", DER: der, Key: KeyHidden}),
		card("2", proto.Certificate{ID: []byte{1}, Label: "a", DER: der, Key: KeyMissing}, proto.Certificate{ID: []byte{3}, Label: "broken", DER: der[1:], Key: KeyThere}),
	}
	for _, c := range []struct {
		want   URI
		kind   Kind
		serial string
	}{
		{URI{Serial: "1", ID: []byte{1}}, "", "1"},
		{URI{Object: "a"}, "", "1"}, // the other one has no key
		{URI{Object: "b"}, "", "1"}, // its key shows after the login
		{URI{}, Ambiguous, ""},
		{URI{Serial: "2", Object: "a"}, NotFound, ""},
		{URI{Serial: "2", Object: "broken"}, NotFound, ""},
		{URI{Object: "c"}, NotFound, ""},
		{URI{Serial: "3"}, TokenGone, ""},
		{URI{Token: "other card"}, TokenGone, ""},
	} {
		found, _, err := choose(tokens, c.want)
		if KindOf(err) != c.kind || found.Serial != c.serial {
			t.Errorf("%s: token %q, %v; want token %q and the kind %q", c.want, found.Serial, err, c.serial, c.kind)
		}
	}
	// A key of a kind that the token does not sign with is none.
	rsaOnly := read(proto.Token{Schemes: []proto.Scheme{proto.SchemePSS}, Certificates: []proto.Certificate{{DER: der, Key: KeyThere}}})
	if rsaOnly.Certificates[0].Key != KeyMissing {
		t.Errorf("%+v", rsaOnly.Certificates[0])
	}
}

// FuzzReply reads what a process says whose library may say anything.
func FuzzReply(f *testing.F) {
	key := newKey(f)
	der := certificate(f, "alice", nil, key, key).Raw
	text, err := json.Marshal(proto.Reply{ID: 1, Tokens: []proto.Token{{
		Label: "card\u202e", Serial: "0815", Schemes: []proto.Scheme{proto.SchemeECDSA},
		Certificates: []proto.Certificate{{ID: []byte{1}, Label: "alice", DER: der, Key: KeyThere}},
	}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"id":1,"failure":{"kind":"wrong-pin","message":"a\u001bb","pin":{"low":true}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var reply proto.Reply
		if json.Unmarshal(text, &reply) != nil {
			return
		}
		var tokens []Token
		for _, raw := range reply.Tokens {
			tokens = append(tokens, read(raw))
		}
		for _, each := range tokens {
			for _, shown := range []string{each.Label, each.Serial, each.Manufacturer, each.Model} {
				if strings.ContainsAny(shown, "\x1b\n\r\u202e\x00") || len([]rune(shown)) > longest {
					t.Fatalf("it shows %q", shown)
				}
			}
			for _, c := range each.Certificates {
				chain(c.Leaf, tokens)
				if uri := c.URI.String(); len(uri) <= longestURI {
					if again, err := ParseURI(uri); err != nil || !again.matches(&each, &c) {
						t.Fatalf("%s does not find it again: %v", uri, err)
					}
				}
			}
		}
		choose(tokens, URI{})
	})
}
