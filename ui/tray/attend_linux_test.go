package tray

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"
)

// TestAttend plays panels that come and go, in bubbles of time.
func TestAttend(t *testing.T) {
	const grace = 10 * time.Second
	type change struct {
		at    time.Duration
		shows bool
	}
	for _, c := range []struct {
		name    string
		at      bool // the start
		changes []change
		want    []string
	}{
		{"there from the start", true, nil, []string{"0s true"}},
		{"never there", false, nil, []string{"10s false"}},
		{"late at login", false, []change{{3 * time.Second, true}}, []string{"3s true"}},
		{"later than grace", false, []change{{15 * time.Second, true}}, []string{"10s false", "15s true"}},
		{"crashed and started again", true, []change{{20 * time.Second, false}, {22 * time.Second, true}}, []string{"0s true"}},
		{"gone for good", true, []change{{20 * time.Second, false}}, []string{"0s true", "30s false"}},
		{
			"crashing on and on", true,
			[]change{{20 * time.Second, false}, {25 * time.Second, true}, {26 * time.Second, false}, {40 * time.Second, true}},
			[]string{"0s true", "36s false", "40s true"},
		},
		{"news of nothing", false, []change{{5 * time.Second, false}, {9 * time.Second, false}}, []string{"10s false"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				shows := c.at
				var got []string
				signals := make(chan *dbus.Signal)
				ctx, stop := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() {
					defer close(done)
					attend(ctx, signals, grace, func(now bool) {
						got = append(got, fmt.Sprint(time.Since(start), " ", now))
					}, func() bool { return shows })
				}()
				for _, change := range c.changes {
					time.Sleep(time.Until(start.Add(change.at)))
					synctest.Wait()
					shows = change.shows
					signals <- &dbus.Signal{Name: busName + ".NameOwnerChanged"}
				}
				time.Sleep(time.Minute)
				stop()
				<-done
				if !slices.Equal(got, c.want) {
					t.Errorf("told %q, want %q", got, c.want)
				}
			})
		})
	}
}
