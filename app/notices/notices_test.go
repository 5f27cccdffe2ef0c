package notices

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"torii/app/api"
	"torii/tunnel"
)

// step is a snapshot and how long it lasts.
type step struct {
	state    tunnel.State
	question string
	lasts    time.Duration
	ends     time.Duration // of the session, from the start; 0 for none
}

func TestFollow(t *testing.T) {
	up, away := step{state: tunnel.StateConnected, lasts: time.Minute}, step{state: tunnel.StateReconnecting, lasts: time.Minute}
	connecting := step{state: tunnel.StateConnecting, lasts: time.Second}
	for _, c := range []struct {
		name    string
		watched bool
		steps   []step
		want    []string
	}{
		{"a connection that the person makes", false, []step{connecting, up}, nil},
		{"a short loss", false, []step{connecting, up, {state: tunnel.StateReconnecting, lasts: 4 * time.Second}, up}, nil},
		{"a long loss, mended", false, []step{connecting, up, away, up}, []string{"lost", "reconnected"}},
		{"two losses", false, []step{up, away, up, away}, []string{"lost", "reconnected", "lost"}},
		{"a loss that is given up", false, []step{up, away, {state: tunnel.StateFailed}}, []string{"lost", "failed"}},
		{"a loss that the person ends", false, []step{up, away, {state: tunnel.StateDisconnected}}, []string{"lost", "withdrawn"}},
		{"an attempt that fails while the person looks", true, []step{connecting, {state: tunnel.StateFailed}}, nil},
		{"an attempt that fails unseen", false, []step{connecting, {state: tunnel.StateFailed}}, []string{"failed"}},
		{"a question, seen", true, []step{{state: tunnel.StateConnecting, question: "1"}}, nil},
		{"a question, unseen and answered", false,
			[]step{{state: tunnel.StateConnecting, question: "1", lasts: time.Second}, {state: tunnel.StateConnecting, question: "1", lasts: time.Minute}, connecting},
			[]string{"needs-you", "withdrawn"}},
		{"a question that the window comes with", false,
			[]step{{state: tunnel.StateConnecting, question: "1", lasts: 2 * time.Second}, connecting, up}, nil},
		{"a question out of nowhere", true,
			[]step{up, {state: tunnel.StateReconnecting, question: "1", lasts: time.Minute}, up}, []string{"needs-you", "withdrawn"}},
		{"two questions out of nowhere", true,
			[]step{up, {state: tunnel.StateReconnecting, question: "1", lasts: time.Minute}, {state: tunnel.StateReconnecting, lasts: time.Second},
				{state: tunnel.StateReconnecting, question: "1", lasts: time.Second}, up},
			[]string{"needs-you", "withdrawn", "needs-you", "withdrawn"}},
		{"a session that ends", false,
			[]step{connecting, {state: tunnel.StateConnected, lasts: 49 * time.Minute, ends: time.Hour}}, nil},
		{"a session that ends soon", false,
			[]step{connecting, {state: tunnel.StateConnected, lasts: 51 * time.Minute, ends: time.Hour}}, []string{"expiry"}},
		{"a short session", false,
			[]step{{state: tunnel.StateConnected, lasts: 47 * time.Second, ends: time.Minute}, {state: tunnel.StateConnected, lasts: 2 * time.Second, ends: time.Minute}},
			[]string{"expiry"}},
		{"a session told of twice", false,
			[]step{{state: tunnel.StateConnected, lasts: 55 * time.Minute, ends: time.Hour}, {state: tunnel.StateConnected, lasts: 4 * time.Minute, ends: time.Hour + time.Second}},
			[]string{"expiry"}},
		{"a session after the next login", false,
			[]step{{state: tunnel.StateConnected, lasts: 55 * time.Minute, ends: time.Hour}, {state: tunnel.StateConnected, lasts: 54 * time.Minute, ends: 2 * time.Hour},
				{state: tunnel.StateConnected, lasts: 2 * time.Minute, ends: 2 * time.Hour}},
			[]string{"expiry", "withdrawn", "expiry"}},
		{"a session that the person ends", false,
			[]step{{state: tunnel.StateConnected, lasts: time.Minute, ends: time.Hour}, {state: tunnel.StateDisconnected, lasts: time.Hour}}, nil},
		{"counters that move", false, []step{up, up, up}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := play(t, c.steps, c.watched); !slices.Equal(got, c.want) {
					t.Errorf("told %v, want %v", got, c.want)
				}
			})
		})
	}
}

// play runs steps and returns what was told.
func play(t *testing.T, steps []step, watched bool) []string {
	var told []string
	begun := time.Now()
	states := make(chan api.State)
	ctx, cancel := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() {
		Follow(ctx, states, Options{
			Tell:     func(kind Kind, _ api.State) { told = append(told, string(kind)) },
			Withdraw: func() { told = append(told, "withdrawn") },
			Watched:  func() bool { return watched },
		})
	})
	for _, step := range steps {
		s := tunnel.Snapshot{State: step.state}
		if step.question != "" {
			s.Question = &tunnel.Question{ID: step.question}
		}
		if step.ends != 0 {
			s.SessionEnds = begun.Add(step.ends)
		}
		states <- api.State{Snapshot: s}
		time.Sleep(step.lasts)
		synctest.Wait()
	}
	cancel()
	following.Wait()
	return told
}
