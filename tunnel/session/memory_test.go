package session_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"torii/tunnel"
	"torii/tunnel/session"
)

func TestADeadSessionAsksOnlyForWhatIsMissing(t *testing.T) {
	form := func(attempt int, fields ...tunnel.Field) tunnel.Question {
		return tunnel.Question{Kind: tunnel.QuestionLogin, Form: &tunnel.Form{Fields: fields, Attempt: attempt},
			Choices: []tunnel.Choice{tunnel.ChoiceOK, tunnel.ChoiceCancel}}
	}
	credentials := []tunnel.Field{{Name: "username", Kind: tunnel.FieldText}, {Name: "password", Kind: tunnel.FieldPassword}}
	code := tunnel.Field{Name: "answer", Kind: tunnel.FieldCode}
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var got []string
		refuse := false // the password that was right has changed
		s := &script{
			login: func(ctx context.Context, ask tunnel.Asker) error {
				questions := []tunnel.Question{form(0, credentials...), form(0, code)}
				if refuse {
					questions = []tunnel.Question{form(0, credentials...), form(1, credentials...), form(0, code)}
				}
				for _, q := range questions {
					a, err := ask(ctx, q)
					if err != nil {
						return err
					}
					mu.Lock()
					for _, f := range q.Form.Fields {
						got = append(got, a.Fields[f.Name].Reveal())
					}
					mu.Unlock()
				}
				return nil
			},
			open: func(_ context.Context, try int) error {
				if try == 2 || try == 4 {
					return tunnel.Errorf(tunnel.CodeSessionEnded, "fake", "unknown cookie")
				}
				return nil
			},
		}
		made := newScripted(t, s, tunnel.Config{Roaming: true}, session.Options{})
		defer made.Close()
		answer := func(values map[string]string) {
			t.Helper()
			synctest.Wait()
			q := made.Snapshot().Question
			if q == nil {
				t.Fatalf("nothing is asked in %+v", made.Snapshot())
			}
			a := tunnel.Answer{Choice: tunnel.ChoiceOK, Fields: map[string]tunnel.Secret{}}
			for _, f := range q.Form.Fields {
				if _, ok := values[f.Name]; !ok {
					t.Errorf("%s is asked for", f.Name)
				}
				a.Fields[f.Name] = tunnel.NewSecret(values[f.Name])
			}
			if err := made.Answer(q.ID, a); err != nil {
				t.Fatal(err)
			}
		}
		answer(map[string]string{"username": "me", "password": "old"})
		answer(map[string]string{"answer": "111"})
		expect(t, made, tunnel.StateConnected)
		s.transport(1).breakOff(errFake)
		answer(map[string]string{"answer": "222"})
		expect(t, made, tunnel.StateConnected)
		time.Sleep(time.Minute)
		refuse = true
		s.transport(2).breakOff(errFake)
		answer(map[string]string{"username": "me", "password": "new"})
		answer(map[string]string{"answer": "333"})
		expect(t, made, tunnel.StateConnected)
		want := []string{"me", "old", "111", "me", "old", "222", "me", "old", "me", "new", "333"}
		if len(got) != len(want) {
			t.Fatalf("the gateway got %q", got)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("answer %d is %q, want %q", i, got[i], want[i])
			}
		}
	})
}
