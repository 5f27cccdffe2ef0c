package app

import (
	"fmt"
	"sync"
	"testing"

	"torii/app/api"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

// TestWatchersSeeTheLastChange: every face ends up with the same truth, however
// slowly it reads.
func TestWatchersSeeTheLastChange(t *testing.T) {
	r := newRig(t, gateway.Config{})
	const faces, entries = 5, 20
	var watching, done sync.WaitGroup
	watching.Add(faces)
	changed := make(chan struct{})
	for range faces {
		states := r.face.Watch(t.Context())
		done.Go(func() {
			first := <-states
			if len(first.Entries) != 1 || first.Entries[0].ID != practiceID || first.Active != practiceID {
				t.Errorf("first came %+v", first.Entries)
			}
			watching.Done()
			<-changed // it reads nothing meanwhile
			revision := first.Revision
			for s := range states {
				if s.Revision <= revision {
					t.Errorf("revision %d came after %d", s.Revision, revision)
				}
				if revision = s.Revision; len(s.Entries) == 1+entries {
					return
				}
			}
			t.Error("the last change never came")
		})
	}
	watching.Wait()
	for i := range entries {
		r.must(api.MethodAddEntry, api.Entry{Name: fmt.Sprint("entry ", i), Host: "vpn.example.com"})
	}
	close(changed)
	done.Wait()
}

// TestEntryCalls changes entries as a face does.
func TestEntryCalls(t *testing.T) {
	r := newRig(t, gateway.Config{})
	var office api.Entry
	if err := r.face.Call(t.Context(), api.MethodAddEntry, api.Entry{Name: "Office", Host: "VPN.example.com"}, &office); err != nil {
		t.Fatal(err)
	}
	if office.ID == "" || office.Host != "vpn.example.com" || office.Origin != api.OriginUser {
		t.Errorf("added %+v", office)
	}
	if err := r.app.vault.Keep(t.Context(), office.ID, "password", tunnel.NewSecret("x")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		method api.Method
		params any
		want   tunnel.Code
	}{
		{"a second one of that name", api.MethodAddEntry, api.Entry{Name: "OFFICE", Host: "x.example.com"}, tunnel.CodeInvalid},
		{"one without a host", api.MethodAddEntry, api.Entry{Name: "x"}, tunnel.CodeInvalid},
		{"edit the practice gateway's", api.MethodEditEntry, api.Entry{ID: practiceID, Name: "x", Host: "x"}, tunnel.CodePolicy},
		{"delete the practice gateway's", api.MethodDropEntry, api.EntryRef{Entry: PracticeName}, tunnel.CodePolicy},
		{"delete none", api.MethodDropEntry, api.EntryRef{Entry: "none"}, tunnel.CodeNotFound},
		{"choose none", api.MethodChoose, api.EntryRef{Entry: "none"}, tunnel.CodeNotFound},
		{"connect none", api.MethodConnect, api.ConnectRequest{Entry: "none"}, tunnel.CodeNotFound},
		{"connect a bad target", api.MethodConnect, api.ConnectRequest{Target: &api.Entry{Name: "x", Host: "a b"}}, tunnel.CodeInvalid},
		{"choose", api.MethodChoose, api.EntryRef{Entry: "office"}, ""},
		{"choose the practice gateway's", api.MethodChoose, api.EntryRef{Entry: practiceID}, ""},
		{"choose by ID", api.MethodChoose, api.EntryRef{Entry: office.ID}, ""},
		{"answer no question", api.MethodAnswer, api.AnswerRequest{ID: "x", Choice: tunnel.ChoiceOK}, tunnel.CodeInvalid},
		{"open a window where there is none", api.MethodOpenWindow, api.OpenWindowRequest{}, tunnel.CodeUnsupported},
	} {
		wantCode(t, c.name, r.call(c.method, c.params), c.want)
	}
	s := r.until("the choice", func(s api.State) bool { return s.Active == office.ID })
	if len(s.Entries) != 2 || !s.Entries[1].HasSecrets {
		t.Errorf("entries %+v", s.Entries)
	}
	r.must(api.MethodDropEntry, api.EntryRef{Entry: "Office"})
	if r.app.vault.Has(office.ID) {
		t.Error("the password of a deleted entry is still kept")
	}
	r.until("the practice gateway's is left", func(s api.State) bool { return len(s.Entries) == 1 })
}

// TestOneConnectionAtATime, and another one after it.
func TestOneConnectionAtATime(t *testing.T) {
	r := newRig(t, gateway.Config{})
	r.must(api.MethodConnect, api.ConnectRequest{})
	q := r.question(tunnel.QuestionLogin, "")
	if err := r.call(api.MethodConnect, api.ConnectRequest{Entry: practiceID}); err == nil {
		t.Error("a second connection begins beside the first")
	}
	r.must(api.MethodAnswer, api.AnswerRequest{ID: q.ID, Choice: tunnel.ChoiceCancel})
	r.until("a person's no ends it without a failure", func(s api.State) bool {
		return s.Snapshot.State == tunnel.StateDisconnected && s.Snapshot.Error == nil
	})
	r.disconnect() // it is over
	r.must(api.MethodConnect, api.ConnectRequest{})
	r.question(tunnel.QuestionLogin, q.ID)
	r.disconnect()
}
