package app

import (
	"testing"

	"torii/app/api"
	"torii/app/settings"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

// practiceLink connects to the practice gateway as its user.
const practiceLink = "anyconnect:connect?name=Practice%20gateway&prefill_username=" + gateway.DefaultUser + "&prefill_password=" + practicePassword

func (r *rig) control(value string) {
	r.t.Helper()
	if _, err := r.app.prefs.Set(settings.ExternalControl, value); err != nil {
		r.t.Fatal(err)
	}
}

// TestLinkLogsIn: what a link brings answers the form of a connection that the
// person has, and nobody is asked for it.
func TestLinkLogsIn(t *testing.T) {
	r := newRig(t, gateway.Config{})
	r.control("enabled")
	if err := r.app.OpenLink(t.Context(), practiceLink); err != nil {
		t.Fatal(err)
	}
	r.until("the tunnel", func(s api.State) bool {
		if s.Snapshot.Question != nil && s.Snapshot.Question.Kind == tunnel.QuestionLogin {
			t.Fatal("the person is asked to log in")
		}
		return s.Snapshot.State == tunnel.StateConnected
	})
	if r.app.vault.Has(practiceID) {
		t.Error("a link's password was kept")
	}
	if err := r.app.OpenLink(t.Context(), "anyconnect:disconnect"); err != nil {
		t.Fatal(err)
	}
	r.until("the end", func(s api.State) bool { return s.Snapshot.State == tunnel.StateDisconnected })
}

// TestWrongPasswordOfALink is tried once; then the person is asked.
func TestWrongPasswordOfALink(t *testing.T) {
	r := newRig(t, gateway.Config{})
	r.control("enabled")
	if err := r.app.OpenLink(t.Context(), "anyconnect:connect?name=Practice%20gateway&prefill_username=demo&prefill_password=wrong"); err != nil {
		t.Fatal(err)
	}
	s := r.until("the question", func(s api.State) bool { return s.Snapshot.Question != nil })
	if form := s.Snapshot.Question.Form; form == nil || form.Attempt != 1 {
		t.Errorf("asked is %+v, want the second try of the form", s.Snapshot.Question)
	}
	r.must(api.MethodDisconnect, nil)
}

// TestLinkAsks: with Prompt the window comes with the request, and a yes in it
// lets the link do what it wants.
func TestLinkAsks(t *testing.T) {
	r := newRig(t, gateway.Config{})
	r.control("prompt")
	for _, c := range []struct {
		allow bool
		want  tunnel.Code
	}{{false, tunnel.CodeCancelled}, {true, ""}} {
		ended := make(chan error, 1)
		go func() { ended <- r.app.OpenLink(t.Context(), "torii:create?name=New&host=new.example.com") }()
		s := r.until("the request", func(s api.State) bool { return s.Consent != nil })
		if s.Consent.Action != api.ConsentCreate || s.Consent.Host != "new.example.com" {
			t.Errorf("asked is %+v", s.Consent)
		}
		r.must(api.MethodConsent, api.ConsentAnswer{ID: s.Consent.ID, Allow: c.allow})
		wantCode(t, "the link", <-ended, c.want)
		_, err := r.app.entries.Find("New")
		if c.allow != (err == nil) {
			t.Errorf("allowed %v, and looking for the connection says %v", c.allow, err)
		}
	}
}
