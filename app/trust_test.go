package app

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"torii/app/api"
	"torii/app/control"
	"torii/app/settings"
	"torii/certstore/verify"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

// pinned verifies servers that no authority vouches for; pin is "" for none.
func pinned(t *testing.T, pin string) tunnel.ServerVerifier {
	t.Helper()
	authorities, err := verify.ReadAuthorities("")
	if err != nil {
		t.Fatal(err)
	}
	return newTrust(authorities, pin, func() bool { return false }).check
}

// shown is what some server shows: a leaf of an authority that nobody knows.
func shown(t *testing.T, host string, port uint16) tunnel.ServerIdentity {
	t.Helper()
	g, err := gateway.New(gateway.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	made, err := g.UserCertificate("anybody")
	if err != nil {
		t.Fatal(err)
	}
	server := tunnel.ServerIdentity{Host: host, Port: port}
	for _, der := range made.Certificate {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		server.Chain = append(server.Chain, certificate)
	}
	return server
}

func print(server tunnel.ServerIdentity) string {
	sum := sha256.Sum256(server.Chain[0].Raw)
	return hex.EncodeToString(sum[:])
}

// person answers trust questions with a choice, and counts them.
type person struct {
	choice tunnel.Choice
	err    error
	asked  []tunnel.Question
}

func (p *person) ask(_ context.Context, q tunnel.Question) (tunnel.Answer, error) {
	p.asked = append(p.asked, q)
	return tunnel.Answer{Choice: p.choice}, p.err
}

func wantCode(t *testing.T, what string, err error, want tunnel.Code) {
	t.Helper()
	if tunnel.CodeOf(err) != want {
		t.Errorf("%s: code %q, want %q (%v)", what, tunnel.CodeOf(err), want, err)
	}
}

func TestPinAcceptsExactlyThatLeaf(t *testing.T) {
	server, other := shown(t, "vpn.example.test", 443), shown(t, "vpn.example.test", 443)
	nobody := &person{choice: tunnel.ChoiceContinue}
	check := pinned(t, print(server))
	wantCode(t, "the leaf", check(t.Context(), server, nobody.ask), "")
	wantCode(t, "another leaf", check(t.Context(), other, nobody.ask), tunnel.CodeServerCertificate)
	inChain := other
	inChain.Chain = append(other.Chain[:1:1], server.Chain[0])
	wantCode(t, "the leaf behind another", check(t.Context(), inChain, nobody.ask), tunnel.CodeServerCertificate)
	wantCode(t, "no certificate", check(t.Context(), tunnel.ServerIdentity{Host: "x"}, nobody.ask), tunnel.CodeServerCertificate)
	if len(nobody.asked) != 0 {
		t.Errorf("a pin asks %+v", nobody.asked)
	}
}

// TestBlockingLeavesNoWayPast: with the setting on there is only the way to it,
// also for what was let pass before.
func TestBlockingLeavesNoWayPast(t *testing.T) {
	authorities, err := verify.ReadAuthorities("")
	if err != nil {
		t.Fatal(err)
	}
	blocks := false
	check := newTrust(authorities, "", func() bool { return blocks }).check
	server := shown(t, "vpn.example.test", 443)
	p := &person{choice: tunnel.ChoiceContinue}
	wantCode(t, "without blocking", check(t.Context(), server, p.ask), "")
	blocks = true
	p.choice = tunnel.ChoiceSettings
	wantCode(t, "with blocking", check(t.Context(), server, p.ask), tunnel.CodeServerCertificate)
	last := p.asked[len(p.asked)-1]
	if want := []tunnel.Choice{tunnel.ChoiceCancel, tunnel.ChoiceSettings}; len(p.asked) != 2 || !slices.Equal(last.Choices, want) {
		t.Errorf("asked %d times, at last with %v", len(p.asked), last.Choices)
	}
}

// TestContinueIsForWhatWasSeen: the decision holds for that host, port and
// leaf, and for nothing else (design.md, security rule 7).
func TestContinueIsForWhatWasSeen(t *testing.T) {
	server := shown(t, "vpn.example.test", 443)
	check := pinned(t, "")
	p := &person{choice: tunnel.ChoiceContinue}
	wantCode(t, "the first time", check(t.Context(), server, p.ask), "")
	if len(p.asked) != 1 {
		t.Fatalf("asked %d times", len(p.asked))
	}
	q := p.asked[0]
	if !q.Sensitive || q.Kind != tunnel.QuestionUntrustedServer || q.Choices[0] != tunnel.ChoiceCancel || q.Server == nil ||
		q.Server.Host != server.Host || q.Server.Port != server.Port || q.Server.Fingerprint != print(server) || len(q.Server.Problems) == 0 {
		t.Errorf("the question is %+v, about %+v", q, q.Server)
	}
	wantCode(t, "again", check(t.Context(), server, p.ask), "")
	if len(p.asked) != 1 {
		t.Errorf("what was accepted is asked again")
	}
	otherHost, otherPort := server, server
	otherHost.Host, otherPort.Port = "vpn2.example.test", 8443
	for name, s := range map[string]tunnel.ServerIdentity{
		"another leaf": shown(t, "vpn.example.test", 443), "another host": otherHost, "another port": otherPort,
	} {
		no := &person{choice: tunnel.ChoiceCancel}
		wantCode(t, name, check(t.Context(), s, no.ask), tunnel.CodeServerCertificate)
		if len(no.asked) != 1 {
			t.Errorf("%s: asked %d times", name, len(no.asked))
		}
		wantCode(t, name+", once more", check(t.Context(), s, no.ask), tunnel.CodeServerCertificate)
		if len(no.asked) != 2 {
			t.Errorf("%s: a no is remembered as something", name)
		}
	}
	again := &person{choice: tunnel.ChoiceCancel}
	wantCode(t, "the next connection", pinned(t, "")(t.Context(), server, again.ask), tunnel.CodeServerCertificate)
}

func TestWhoSaysNo(t *testing.T) {
	server := shown(t, "vpn.example.test", 443)
	for _, p := range []*person{
		{choice: tunnel.ChoiceCancel}, {choice: tunnel.ChoiceOK}, {choice: tunnel.ChoiceImport}, {},
		{choice: tunnel.ChoiceContinue, err: tunnel.NewError(tunnel.CodeCancelled, "ask", nil)},
		{choice: tunnel.ChoiceContinue, err: errors.New("nobody answered")},
	} {
		check := pinned(t, "")
		wantCode(t, fmt.Sprintf("%q, %v", p.choice, p.err), check(t.Context(), server, p.ask), tunnel.CodeServerCertificate)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err := pinned(t, "")(ended, server, (&person{err: ended.Err()}).ask)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a connection that was given up: %v", err)
	}
}

// faces are the ways to the agent: the mere client of the socket, the window on
// an inherited pair, and this process.
func (r *rig) faces() map[string]api.Agent {
	r.t.Helper()
	server := control.NewServer(r.app.Table(), r.app.options.Log)
	ctx, cancel := context.WithCancel(context.Background())
	r.t.Cleanup(cancel)
	paired := func(trusted bool) api.Agent {
		listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(r.t.TempDir(), "s"), Net: "unix"})
		if err != nil {
			r.t.Fatal(err)
		}
		defer listener.Close()
		face, err := net.DialUnix("unix", nil, listener.Addr().(*net.UnixAddr))
		if err != nil {
			r.t.Fatal(err)
		}
		agent, err := listener.AcceptUnix()
		if err != nil {
			r.t.Fatal(err)
		}
		server.ServeConn(ctx, agent, trusted, func() {})
		client, err := api.NewClient(r.t.Context(), face, "torii-window")
		if err != nil {
			r.t.Fatal(err)
		}
		r.t.Cleanup(func() { client.Close() })
		return client
	}
	return map[string]api.Agent{"client": paired(false), "window": paired(true), "process": r.face}
}

// TestTrustIsNotBroughtAlong: nor does a mere client name what is trusted in an
// entry, or in the target of a connect.
func TestTrustIsNotBroughtAlong(t *testing.T) {
	r := newRig(t, gateway.Config{})
	faces := r.faces()
	plain := api.Entry{Name: "Office", Host: "192.0.2.1", Mode: tunnel.ModeProxy, Roaming: true}
	for name, change := range map[string]func(e *api.Entry){
		"pin":     func(e *api.Entry) { e.Pin = strings.Repeat("ab", 32) },
		"ca":      func(e *api.Entry) { e.CAFile = "/tmp/ca.pem" },
		"proxy":   func(e *api.Entry) { e.UpstreamProxy = "http://192.0.2.2:3128" },
		"old TLS": func(e *api.Entry) { e.OldTLS = true },
	} {
		entry := plain
		change(&entry)
		wantCode(t, "a client's target with a "+name,
			faces["client"].Call(t.Context(), api.MethodConnect, api.ConnectRequest{Target: &entry}, nil), tunnel.CodePolicy)
		wantCode(t, "a client's entry with a "+name, faces["client"].Call(t.Context(), api.MethodAddEntry, entry, nil), tunnel.CodePolicy)
	}
	var saved api.Entry
	wantCode(t, "a client's plain entry", faces["client"].Call(t.Context(), api.MethodAddEntry, plain, &saved), "")
	saved.CAFile = "/tmp/ca.pem"
	wantCode(t, "a client's edit", faces["client"].Call(t.Context(), api.MethodEditEntry, saved, nil), tunnel.CodePolicy)
	wantCode(t, "the window's edit", faces["window"].Call(t.Context(), api.MethodEditEntry, saved, nil), "")
	saved.User = "mia"
	wantCode(t, "a client's edit of the rest", faces["client"].Call(t.Context(), api.MethodEditEntry, saved, nil), "")
	moved := saved
	moved.Host = "192.0.2.9"
	wantCode(t, "a client's other server for a trusted certificate",
		faces["client"].Call(t.Context(), api.MethodConnect, api.ConnectRequest{Target: &moved}, nil), tunnel.CodePolicy)
}

// TestSensitiveSettings: and so are the settings that concern security.
func TestSensitiveSettings(t *testing.T) {
	r := newRig(t, gateway.Config{})
	faces := r.faces()
	for _, key := range []string{settings.BlockUntrustedServers, settings.ExternalControl, settings.FIPSMode, settings.Revocation} {
		present, err := r.app.prefs.Get(key)
		if err != nil {
			t.Fatal(err)
		}
		other := api.SetSetting{Key: key, Value: present.Values[1]}
		wantCode(t, "a client's "+key, faces["client"].Call(t.Context(), api.MethodSet, other, nil), tunnel.CodePolicy)
		if now, _ := r.app.prefs.Get(key); now.Value != present.Value {
			t.Errorf("a client changed %s to %q", key, now.Value)
		}
		wantCode(t, "the window's "+key, faces["window"].Call(t.Context(), api.MethodSet, other, nil), "")
	}
	mere := api.SetSetting{Key: settings.Theme, Value: "dark"}
	wantCode(t, "a client's theme", faces["client"].Call(t.Context(), api.MethodSet, mere, nil), "")
}

// TestSensitiveAnswers: a server is trusted by the agent's own window or this
// process and never by a mere client, who may still say no (design.md,
// security rule 6).
func TestSensitiveAnswers(t *testing.T) {
	r := newRig(t, gateway.Config{Fault: gateway.FaultUnknownIssuer})
	if _, err := r.app.prefs.Set(settings.BlockUntrustedServers, settings.Off); err != nil {
		t.Fatal(err)
	}
	faces := r.faces()
	through := api.SetSetting{Key: settings.BlockUntrustedServers, Value: "off"}
	wantCode(t, "a client's way past the question", faces["client"].Call(t.Context(), api.MethodSet, through, nil), tunnel.CodePolicy)
	wantCode(t, "the window's", faces["window"].Call(t.Context(), api.MethodSet, through, nil), "")
	before := ""
	asked := func() tunnel.Question {
		t.Helper()
		r.must(api.MethodConnect, api.ConnectRequest{Entry: practiceID, Once: true})
		q := r.question(tunnel.QuestionUntrustedServer, before)
		before = q.ID
		if !q.Sensitive {
			t.Fatalf("the question is not sensitive: %+v", q)
		}
		return q
	}
	for _, face := range []string{"window", "process"} {
		q := asked()
		yes := api.AnswerRequest{ID: q.ID, Choice: tunnel.ChoiceContinue}
		wantCode(t, "a client's yes", faces["client"].Call(t.Context(), api.MethodAnswer, yes, nil), tunnel.CodePolicy)
		for _, choice := range []tunnel.Choice{tunnel.ChoiceImport, tunnel.ChoiceOK, ""} {
			err := faces["client"].Call(t.Context(), api.MethodAnswer, api.AnswerRequest{ID: q.ID, Choice: choice}, nil)
			wantCode(t, fmt.Sprintf("a client's %q", choice), err, tunnel.CodePolicy)
		}
		if s := r.app.session.Snapshot(); s.Question == nil || s.Question.ID != q.ID {
			t.Fatalf("the client's word had an effect: %+v", s)
		}
		wantCode(t, "the "+face+"'s yes", faces[face].Call(t.Context(), api.MethodAnswer, yes, nil), "")
		if login := r.question(tunnel.QuestionLogin, q.ID); login.Sensitive {
			t.Errorf("a login form is sensitive: a toriictl without a terminal could not answer it")
		}
		r.disconnect()
	}
	q := asked()
	wantCode(t, "a client's no", faces["client"].Call(t.Context(), api.MethodAnswer,
		api.AnswerRequest{ID: q.ID, Choice: tunnel.ChoiceCancel}, nil), "")
	r.wantState(r.ended(), tunnel.StateFailed, tunnel.CodeServerCertificate)
	wantCode(t, "an answer too late", faces["window"].Call(t.Context(), api.MethodAnswer,
		api.AnswerRequest{ID: q.ID, Choice: tunnel.ChoiceContinue}, nil), tunnel.CodeInvalid)
	r.disconnect()
}

// TestFaultsOfCertificates names each problem to the person.
func TestFaultsOfCertificates(t *testing.T) {
	for fault, want := range map[gateway.Fault]string{
		gateway.FaultExpiredCertificate: "expired", gateway.FaultUnknownIssuer: "unknown-issuer", gateway.FaultWrongName: "name-mismatch",
	} {
		r := newRig(t, gateway.Config{Fault: fault})
		r.must(api.MethodConnect, api.ConnectRequest{Entry: practiceID, Once: true})
		q := r.question(tunnel.QuestionUntrustedServer, "")
		if got := strings.Join(q.Server.Problems, " "); got != want {
			t.Errorf("%s: found %q, want %q", fault, got, want)
		}
		r.disconnect()
	}
}
