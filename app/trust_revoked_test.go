package app

import (
	"context"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"torii/app/api"
	"torii/app/settings"
	"torii/certstore/revoke"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

// responder is a Fetch that answers what it is told, and counts.
type responder struct {
	mu     sync.Mutex
	answer []byte // nil for silence
	asked  int
}

func (r *responder) fetch(context.Context, revoke.Request) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	if r.answer == nil {
		return nil, errors.New("nobody there")
	}
	return r.answer, nil
}

func (r *responder) says(answer []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *responder) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// TestRevocationIsAsked: for a chain that is trusted otherwise and no other
// (design.md, security rule 7), once in an answer's lifetime, and before a byte
// of a login.
func TestRevocationIsAsked(t *testing.T) {
	web := &responder{}
	r := newRig(t, gateway.Config{}, func(o *Options) { o.Fetch = web.fetch })
	r.setting(settings.BlockUntrustedServers, settings.Off)
	authority, stranger := issue(t, nil, issuing), issue(t, nil, issuing)
	ca := caFile(t, authority)
	asks := func(c *x509.Certificate) { c.OCSPServer = []string{askHere} }
	server := func(issuer *holder, change func(c *x509.Certificate)) (*holder, *bench) {
		shows := issue(t, issuer, change)
		return shows, newBench(t, ca, shows, nil)
	}
	wantAsked := func(what string, want int) {
		t.Helper()
		if got := web.count(); got != want {
			t.Errorf("%s: asked %d times, want %d", what, got, want)
		}
	}
	wantLogin := func(what string, s tunnel.Snapshot, note bool) {
		t.Helper()
		noted := slices.ContainsFunc(s.Notes, func(n tunnel.Note) bool { return n.Code == tunnel.NoteRevocationUnreachable })
		if s.Question == nil || s.Question.Kind != tunnel.QuestionLogin || noted != note {
			t.Errorf("%s: %+v, %+v, notes %+v", what, s.Question, s.Error, s.Notes)
		}
		r.disconnect()
	}

	_, quiet := server(authority, nil)
	wantLogin("a certificate that names nobody", r.try(quiet), false)
	wantAsked("a certificate that names nobody", 0)

	_, strange := server(stranger, asks)
	if s := r.try(strange); s.Question == nil || s.Question.Kind != tunnel.QuestionUntrustedServer {
		t.Errorf("a stranger: %+v", s)
	}
	r.disconnect()
	_, expired := server(authority, func(c *x509.Certificate) {
		asks(c)
		c.NotBefore, c.NotAfter = c.NotBefore.AddDate(0, 0, -2), c.NotAfter.AddDate(0, 0, -1)
	})
	r.try(expired)
	r.disconnect()
	wantAsked("a chain that is not trusted", 0)

	shows, b := server(authority, asks)
	pinned := &bench{entry: b.entry}
	pinned.entry.Pin = print(tunnel.ServerIdentity{Chain: []*x509.Certificate{shows.certificate}})
	wantLogin("the one that the entry names", r.try(pinned), false)
	wantAsked("the one that the entry names", 0)

	wantLogin("silence", r.try(b), true)
	wantAsked("silence", 1)
	wantLogin("silence once more", r.try(b), true)
	wantAsked("silence once more", 1)
	r.setting(settings.Revocation, settings.RevocationHard)
	if s := r.try(b); s.Question == nil || !slices.Equal(s.Question.Choices, []tunnel.Choice{tunnel.ChoiceCancel, tunnel.ChoiceSettings}) {
		t.Errorf("silence that is not tolerated: %+v", s.Question)
	}
	r.disconnect()
	wantAsked("silence that is not tolerated is asked anew", 2)

	web.says(stapled(t, authority, shows, ocsp.Good))
	wantLogin("a good answer", r.try(b), false)
	wantLogin("the answer is known", r.try(b), false)
	wantAsked("the answer is known", 3)

	shows, b = server(authority, asks)
	web.says(stapled(t, authority, shows, ocsp.Revoked))
	before := b.requests.Load()
	s := r.try(b)
	if s.Question == nil || strings.Join(s.Question.Server.Problems, " ") != "revoked" || !slices.Equal(s.Question.Choices, []tunnel.Choice{tunnel.ChoiceCancel}) {
		t.Fatalf("revoked: %+v, %+v", s.Question, s.Error)
	}
	r.wantState(r.choose(s.Question, tunnel.ChoiceCancel), tunnel.StateFailed, tunnel.CodeServerCertificate)
	if n := b.requests.Load(); n != before {
		t.Errorf("%d requests reached a revoked server", n-before)
	}
	r.disconnect()
	r.setting(settings.Revocation, settings.Off)
	asked := web.count()
	wantLogin("switched off", r.try(b), false)
	wantAsked("switched off", asked)
}

// TestRevokedWhileConnected: each TLS connection is decided about anew.
func TestRevokedWhileConnected(t *testing.T) {
	web := &responder{}
	r := newRig(t, gateway.Config{}, func(o *Options) { o.Fetch = web.fetch })
	authority := issue(t, nil, issuing)
	shows := issue(t, authority, func(c *x509.Certificate) { c.OCSPServer = []string{askHere} })
	server := tunnel.ServerIdentity{Host: "127.0.0.1", Port: 1, Chain: []*x509.Certificate{shows.certificate}}
	authorities := nilAuthorities(t)
	authorities.Add(authority.certificate)
	check := r.app.judge(api.Entry{}, authorities).check
	nobody := &person{choice: tunnel.ChoiceContinue}
	server.OCSP = stapled(t, authority, shows, ocsp.Good)
	wantCode(t, "good", check(t.Context(), server, nobody.ask), "")
	server.OCSP = stapled(t, authority, shows, ocsp.Revoked)
	wantCode(t, "the reconnect", check(t.Context(), server, nobody.ask), tunnel.CodeServerCertificate)
	redirected := server
	redirected.Host = "localhost"
	wantCode(t, "a redirect", check(t.Context(), redirected, nobody.ask), tunnel.CodeServerCertificate)
	if web.count() != 0 {
		t.Errorf("asked %d times although the server brought the answer", web.count())
	}
}

// TestAnotherCertificateIsTold: also where both are trusted, by an authority or
// by the person.
func TestAnotherCertificateIsTold(t *testing.T) {
	r := newRig(t, gateway.Config{})
	r.setting(settings.BlockUntrustedServers, settings.Off)
	authority := issue(t, nil, issuing)
	b := newBench(t, caFile(t, authority), issue(t, authority, nil), nil)
	changed := func(s tunnel.Snapshot) bool {
		return slices.ContainsFunc(s.Notes, func(n tunnel.Note) bool {
			return n.Code == tunnel.NoteCertificateChanged && strings.Contains(n.Message, time.Now().Format("2006"))
		})
	}
	step := func(what string, want bool) {
		t.Helper()
		s := r.try(b)
		if s.Question != nil && s.Question.Kind == tunnel.QuestionUntrustedServer {
			if told := slices.Contains(s.Question.Server.Problems, "certificate-changed"); told != want {
				t.Errorf("%s: the question tells it: %v", what, told)
			}
			s = r.choose(s.Question, tunnel.ChoiceImport)
		}
		if s.Question == nil || s.Question.Kind != tunnel.QuestionLogin || changed(s) != want {
			t.Errorf("%s: %+v, %+v, notes %+v", what, s.Question, s.Error, s.Notes)
		}
		r.disconnect()
		if s := r.app.state(r.app.session.Snapshot()).Snapshot; len(s.Notes) != 0 {
			t.Errorf("%s: after the end there are notes %+v", what, s.Notes)
		}
	}
	step("the first visit", false)
	step("the same", false)
	b.show(issue(t, authority, nil), nil)
	step("a renewed one", true)
	step("the renewed one again", false)
	one, two := issue(t, nil, nil), issue(t, nil, nil)
	b.show(one, nil)
	step("one that is to be imported", true)
	b.show(two, nil)
	step("another one that is to be imported", true)
	step("the same imported one", false)
	b.show(one, nil)
	step("the other imported one", true)
	if s := r.app.audit.All()[0]; s.Chosen != api.ChosenImported || !slices.Contains(s.Found, "certificate-changed") {
		t.Errorf("it is kept as %+v", s)
	}
}

// TestOldTLSIsSaid: as long as an entry allows it.
func TestOldTLSIsSaid(t *testing.T) {
	r := newRig(t, gateway.Config{})
	authority := issue(t, nil, issuing)
	b := newBench(t, caFile(t, authority), issue(t, authority, nil), nil)
	for _, old := range []bool{false, true} {
		b.entry.OldTLS = old
		s := r.try(b)
		said := slices.ContainsFunc(s.Notes, func(n tunnel.Note) bool { return n.Code == tunnel.NoteOldTLS && n.Serious && n.Message != "" })
		if s.Question == nil || said != old {
			t.Errorf("allowed %v: notes %+v, %+v", old, s.Notes, s.Error)
		}
		r.disconnect()
	}
}

// TestDecisionsOutliveTheAgent, and a list that does not read stops nobody.
func TestDecisionsOutliveTheAgent(t *testing.T) {
	state := t.TempDir()
	list := filepath.Join(state, "trust-decisions.json")
	inState := func(o *Options) { o.Dirs.State = state }
	authority := issue(t, nil, issuing)
	b := newBench(t, caFile(t, authority), issue(t, authority, nil), nil)
	visit := func(name string, wantDecisions int) {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, gateway.Config{}, inState)
			if s := r.try(b); s.Question == nil || s.Question.Kind != tunnel.QuestionLogin {
				t.Errorf("no login: %+v", s.Error)
			}
			r.disconnect()
			if n := len(r.app.audit.All()); n != wantDecisions {
				t.Errorf("%d decisions, want %d", n, wantDecisions)
			}
		})
	}
	visit("the first", 1)
	visit("after a restart", 1) // the same is not repeated
	b.show(issue(t, authority, nil), nil)
	visit("after a renewal", 2)
	if err := os.WriteFile(list, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	visit("a damaged list", 1)
	if text, _ := os.ReadFile(list); string(text) != "{" {
		t.Errorf("the damaged list became %s", text)
	}
}
