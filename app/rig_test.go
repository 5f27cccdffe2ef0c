package app

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/zalando/go-keyring"

	"torii/app/api"
	"torii/app/control"
	"torii/app/paths"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

// enough is how long a test waits for what must come.
const enough = 30 * time.Second

// rig is an App with a practice gateway and a keyring in memory, and a face in
// this process.
type rig struct {
	t    *testing.T
	app  *App
	face api.Agent
	dirs paths.Dirs
}

// newRig takes the process's one keyring, so tests with rigs take turns.
func newRig(t *testing.T, practice gateway.Config, changes ...func(o *Options)) *rig {
	t.Helper()
	keyring.MockInit()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	t.Cleanup(func() { keyring.MockInitWithError(errors.New("a test's keyring is used after its end")) })
	folder := t.TempDir()
	r := &rig{t: t, dirs: paths.Dirs{Config: folder + "/config", Data: folder + "/data", State: folder + "/state"}}
	log := logrus.New()
	log.SetOutput(io.Discard)
	options := Options{Dirs: r.dirs, Practice: &practice, Log: log}
	for _, change := range changes {
		change(&options)
	}
	app, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	r.app, r.face = app, &control.Local{Table: app.Table(), Program: "test"}
	return r
}

func (r *rig) call(method api.Method, params any) error {
	ctx, cancel := context.WithTimeout(r.t.Context(), enough)
	defer cancel()
	return r.face.Call(ctx, method, params, nil)
}

func (r *rig) must(method api.Method, params any) {
	r.t.Helper()
	if err := r.call(method, params); err != nil {
		r.t.Fatalf("%s: %v", method, err)
	}
}

// until watches until a State is as wanted.
func (r *rig) until(what string, wanted func(api.State) bool) api.State {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), enough)
	defer cancel()
	var last api.State
	for s := range r.face.Watch(ctx) {
		if last = s; wanted(s) {
			return s
		}
	}
	r.t.Fatalf("%s did not come; the last is %+v, error %+v, question %+v", what, last.Snapshot, last.Snapshot.Error, last.Snapshot.Question)
	return last
}

// question waits for one of a kind that is not the one before.
func (r *rig) question(kind tunnel.QuestionKind, before string) tunnel.Question {
	r.t.Helper()
	s := r.until("a question", func(s api.State) bool {
		return over(s) || s.Snapshot.Question != nil && s.Snapshot.Question.ID != before
	})
	if q := s.Snapshot.Question; q == nil || q.Kind != kind {
		r.t.Fatalf("in place of a %s question: %+v, %+v, error %+v", kind, s.Snapshot.State, q, s.Snapshot.Error)
	}
	return *s.Snapshot.Question
}

// over reports whether a connection came up or failed.
func over(s api.State) bool {
	return s.Snapshot.State == tunnel.StateConnected || s.Snapshot.State == tunnel.StateFailed
}

func (r *rig) ended() tunnel.Snapshot {
	r.t.Helper()
	return r.until("an end", over).Snapshot
}

// disconnect ends the connection, and waits until another one may begin.
func (r *rig) disconnect() {
	r.t.Helper()
	r.must(api.MethodDisconnect, nil)
	ctx, cancel := context.WithTimeout(r.t.Context(), enough)
	defer cancel()
	if err := r.app.session.Wait(ctx); err != nil {
		r.t.Fatalf("the connection does not end: %v", err)
	}
}

// login answers a login form.
func login(q tunnel.Question, password string, remember bool) api.AnswerRequest {
	return api.AnswerRequest{ID: q.ID, Choice: tunnel.ChoiceOK, Remember: remember, Fields: map[string]string{
		"username": gateway.DefaultUser, "password": password,
	}}
}

func (r *rig) wantState(s tunnel.Snapshot, state tunnel.State, code tunnel.Code) {
	r.t.Helper()
	got := tunnel.Code("")
	if s.Error != nil {
		got = s.Error.Code
	}
	if s.State != state || got != code {
		r.t.Errorf("it ended %s with %q, want %s with %q (%+v)", s.State, got, state, code, s.Error)
	}
}
