package app

import (
	"context"
	"sync"
	"testing"
	"time"

	"torii/app/api"
	"torii/app/consent"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

// TestAnotherProgramsRequest is allowed by a person, and by nobody else of this
// user (design.md, security rule 6).
func TestAnotherProgramsRequest(t *testing.T) {
	r := newRig(t, gateway.Config{})
	faces := r.faces()
	opened := make(chan struct{}, 16)
	r.app.options.OpenWindow = func() error { opened <- struct{}{}; return nil }
	type outcome struct {
		allowed bool
		err     error
	}
	said := make(chan outcome, 1)
	ask := func() api.Consent {
		go func() {
			allowed, err := r.app.Allow(t.Context(), consent.Request{Action: api.ConsentConnect, Host: "vpn.example.com"})
			said <- outcome{allowed, err}
		}()
		return *r.until("the request", func(s api.State) bool { return s.Consent != nil }).Consent
	}
	gone := func() { r.until("no request", func(s api.State) bool { return s.Consent == nil }) }
	answer := func(face, id string, allow bool) error {
		return faces[face].Call(t.Context(), api.MethodConsent, api.ConsentAnswer{ID: id, Allow: allow}, nil)
	}
	for _, face := range []string{"window", "process"} {
		for _, allow := range []bool{true, false} {
			asked := ask()
			<-opened // the window comes forward
			if asked.Action != api.ConsentConnect || asked.Host != "vpn.example.com" || asked.Until.IsZero() {
				t.Errorf("faces see %+v", asked)
			}
			wantCode(t, "a client's yes", answer("client", asked.ID, true), tunnel.CodePolicy)
			wantCode(t, "a client's no", answer("client", asked.ID, false), tunnel.CodePolicy)
			wantCode(t, "the "+face+"'s answer to another one", answer(face, "x", true), tunnel.CodeInvalid)
			wantCode(t, "the "+face+"'s answer", answer(face, asked.ID, allow), "")
			wantCode(t, "the "+face+"'s second answer", answer(face, asked.ID, !allow), tunnel.CodeInvalid)
			if got := <-said; got.allowed != allow || got.err != nil {
				t.Errorf("the %s said %v, and whoever asked hears %+v", face, allow, got)
			}
			gone()
		}
	}
}

// TestARequestBehindAnother brings the window forward too: it may have been
// closed over the first one, and who clicks a link waits for something to see.
func TestARequestBehindAnother(t *testing.T) {
	r := newRig(t, gateway.Config{})
	opened := make(chan struct{}, 16)
	r.app.options.OpenWindow = func() error { opened <- struct{}{}; return nil }
	ctx, cancel := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	for range 2 {
		asking.Go(func() { r.app.Allow(ctx, consent.Request{Action: api.ConsentDisconnect}) })
		select {
		case <-opened:
		case <-time.After(20 * time.Second):
			t.Fatal("the window does not come forward")
		}
	}
}
