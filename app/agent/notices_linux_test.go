package agent

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"torii/app/api"
	"torii/app/internal/bustest"
	"torii/app/internal/notetest"
	"torii/app/notify"
	"torii/tunnel"
)

// TestNoticesOnARealDesktop goes through what happens to a connection without
// the person, and reads what dunst shows of it.
func TestNoticesOnARealDesktop(t *testing.T) {
	bus := bustest.Start(t)
	screen := notetest.Start(t, bus)
	opened := make(chan struct{}, 8)
	desktop, err := notify.Connect("Open Torii", func() { opened <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	defer desktop.Close()
	log := logrus.New()
	log.SetOutput(io.Discard)
	states := make(chan api.State)
	ctx, stop := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() { followNotices(ctx, states, desktop, func() bool { return false }, log) })
	defer following.Wait()
	defer stop()

	send := func(s tunnel.Snapshot, settings ...api.Setting) {
		s.Gateway = "vpn.example.org"
		states <- api.State{Language: "en", Snapshot: s, Settings: settings}
	}
	failure := &tunnel.Failure{Message: "It said <no> & left.", Remedy: "Try again."}
	send(tunnel.Snapshot{State: tunnel.StateConnecting})
	send(tunnel.Snapshot{State: tunnel.StateConnected})
	lost := time.Now()
	send(tunnel.Snapshot{State: tunnel.StateReconnecting, Error: failure})
	first := screen.Await(0)
	if quiet := time.Since(lost); quiet < 5*time.Second {
		t.Errorf("a loss is told after %v already", quiet)
	}
	want(t, first, "The connection to vpn.example.org is lost", "Torii is reconnecting. It said &lt;no&gt; &amp; left.", "NORMAL")

	send(tunnel.Snapshot{State: tunnel.StateConnected})
	again := screen.Await(1)
	want(t, again, "Connected to vpn.example.org again", "The connection was lost for a while.", "NORMAL")
	if again.ID != first.ID {
		t.Errorf("note %d stands beside note %d", again.ID, first.ID)
	}
	screen.AwaitCount(1)

	secret := tunnel.Form{Fields: []tunnel.Field{{Name: "password", Value: "s3cret"}}}
	send(tunnel.Snapshot{State: tunnel.StateReconnecting, Question: &tunnel.Question{ID: "q", Kind: tunnel.QuestionLogin, Form: &secret}})
	want(t, screen.Await(2), "Torii needs you", "vpn.example.org asks you something. Open Torii to answer.", "CRITICAL")
	screen.Press()
	select {
	case <-opened:
	case <-time.After(20 * time.Second):
		t.Error("a press on the note opens nothing")
	}
	send(tunnel.Snapshot{State: tunnel.StateReconnecting}) // it is answered
	screen.AwaitCount(0)

	send(tunnel.Snapshot{State: tunnel.StateFailed, Error: failure}, api.Setting{Key: "notify-failed", Value: "on"})
	want(t, screen.Await(3), "Not connected to vpn.example.org", "It said &lt;no&gt; &amp; left. Try again.", "CRITICAL")
	send(tunnel.Snapshot{State: tunnel.StateConnecting}) // the person is at it
	screen.AwaitCount(0)
	send(tunnel.Snapshot{State: tunnel.StateFailed, Error: failure}, api.Setting{Key: "notify-failed", Value: "off"})
	ends := time.Now().Add(3 * time.Second)
	send(tunnel.Snapshot{State: tunnel.StateConnected, SessionEnds: ends})
	want(t, screen.Await(4), "Your session ends at "+ends.Local().Format("15:04"),
		"vpn.example.org limits how long you stay connected. You may have to log in again then.", "NORMAL")
	send(tunnel.Snapshot{State: tunnel.StateConnecting})
	for _, note := range screen.Notes() {
		if strings.Contains(note.Summary+note.Body, "s3cret") {
			t.Errorf("a note has the password: %+v", note)
		}
	}
	if shown := screen.Notes(); len(shown) != 5 {
		t.Errorf("shown were %+v", shown)
	}
}

func want(t *testing.T, note notetest.Note, summary, body, urgency string) {
	t.Helper()
	if note.App != "Torii" || note.Summary != summary || note.Body != body || note.Urgency != urgency {
		t.Errorf("shown is %+v, want %q, %q, %s", note, summary, body, urgency)
	}
}
