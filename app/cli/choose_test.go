package cli

import (
	"bufio"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"torii/app/api"
	"torii/i18n"
	"torii/tunnel"
)

// listener is an agent that notes what it is told.
type listener struct {
	mu   sync.Mutex
	told []any
}

func (l *listener) Call(_ context.Context, _ api.Method, params, _ any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told = append(l.told, params)
	return nil
}

func (l *listener) Watch(context.Context) <-chan api.State { return nil }

// seated is a person at a terminal who types those lines.
func seated(t *testing.T, typed string) (*answerer, *listener) {
	t.Helper()
	texts, err := i18n.New("en")
	if err != nil {
		t.Fatal(err)
	}
	agent := &listener{}
	return &answerer{tool: &tool{words: texts, Streams: Streams{Out: io.Discard, Err: io.Discard}}, agent: agent, flags: &connectFlags{},
		terminal: true, lines: bufio.NewReader(strings.NewReader(typed))}, agent
}

func TestChoosingACertificate(t *testing.T) {
	two := []tunnel.CertificateOption{{ID: "c1", Name: "Old", Expired: true}, {ID: "c2", Name: "New"}}
	yes := func(id string) api.AnswerRequest {
		return api.AnswerRequest{ID: "q", Choice: tunnel.ChoiceOK, Certificate: id}
	}
	no := api.AnswerRequest{ID: "q", Choice: tunnel.ChoiceCancel}
	for name, c := range map[string]struct {
		options []tunnel.CertificateOption
		typed   string
		want    api.AnswerRequest
	}{
		"by number":            {two, "2\n", yes("c2")},
		"after a slip":         {two, "3\n1\n", yes("c1")},
		"none":                 {two, "\n", no},
		"the end of the input": {two, "", no},
		"the only one":         {two[1:], "y\n", yes("c2")},
		"not the only one":     {two[1:], "\n", no},
	} {
		a, agent := seated(t, c.typed)
		question := &tunnel.Question{ID: "q", Kind: tunnel.QuestionCertificate, Certificates: c.options}
		a.see(t.Context(), api.State{Snapshot: tunnel.Snapshot{Gateway: "vpn.example.com", Question: question}})
		a.work.Wait()
		if len(agent.told) != 1 || agent.told[0].(api.AnswerRequest).Certificate != c.want.Certificate || agent.told[0].(api.AnswerRequest).Choice != c.want.Choice {
			t.Errorf("%s: answered was %+v, want %+v", name, agent.told, c.want)
		}
	}
	a, agent := seated(t, "2\n")
	a.terminal = false
	a.see(t.Context(), api.State{Snapshot: tunnel.Snapshot{Question: &tunnel.Question{ID: "q", Kind: tunnel.QuestionCertificate, Certificates: two}}})
	a.work.Wait()
	if len(agent.told) != 1 || agent.told[0].(api.AnswerRequest).Choice != tunnel.ChoiceCancel {
		t.Errorf("with nobody there: %+v", agent.told)
	}
}

// TestAllowingOnATerminal: an empty line is no, and each request is asked once.
func TestAllowingOnATerminal(t *testing.T) {
	soon := time.Now().Add(time.Minute)
	for typed, allow := range map[string]bool{"y\n": true, "n\n": false, "\n": false, "": false} {
		a, agent := seated(t, typed)
		state := api.State{Consent: &api.Consent{ID: "c", Action: api.ConsentConnect, Host: "vpn.example.com", Until: soon}}
		a.see(t.Context(), state)
		a.see(t.Context(), state)
		a.work.Wait()
		if want := (api.ConsentAnswer{ID: "c", Allow: allow}); len(agent.told) != 1 || agent.told[0] != want {
			t.Errorf("%q: answered was %+v, want %+v", typed, agent.told, want)
		}
	}
	a, agent := seated(t, "y\n")
	a.see(t.Context(), api.State{Consent: &api.Consent{ID: "c", Action: api.ConsentDisconnect, Until: time.Now().Add(-time.Second)}})
	a.terminal = false
	a.see(t.Context(), api.State{Consent: &api.Consent{ID: "d", Action: api.ConsentDisconnect, Until: soon}})
	a.work.Wait()
	if len(agent.told) != 0 {
		t.Errorf("one that is over, and one for nobody: %+v", agent.told)
	}
}
