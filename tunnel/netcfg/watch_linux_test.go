//go:build privileged

package netcfg

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"torii/tunnel"
	"torii/tunnel/internal/nstest"
)

// TestWatch: what disturbs a tunnel is noticed, and looking after one that is
// in place changes nothing, or it would never come to rest.
func TestWatch(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	uplink(t)
	u := newTun()
	config := u.apply(t, tunnel.Settings{
		Addresses: prefixes("10.1.2.3/24", "2001:db8:1::5/64"), MTU: 1400, Gateway: gateway,
		Include: prefixes("10.0.0.0/8", "2001:db8::/32"), Exclude: prefixes("10.3.0.0/16", "2001:db8:7::/48"),
	})
	var changes atomic.Int64
	stop, err := u.Watch(t.Context(), func() { changes.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	quiet := func() bool {
		before := changes.Load()
		time.Sleep(300 * time.Millisecond)
		return changes.Load() == before
	}
	nstest.Await(t, "the new links to come to rest", quiet)
	// Somebody else's change may fall into one of the tries, ours into all.
	nstest.Await(t, "a tunnel that is looked after to come to rest", func() bool {
		if err := u.Maintain(u.link, config, u.record); err != nil {
			t.Fatal(err)
		}
		return quiet()
	})
	for _, args := range [][]string{
		{"link", "set", "up0", "mtu", "1400"}, {"addr", "add", "192.0.2.99/24", "dev", "up0"},
		{"-6", "addr", "add", "2001:db8:5::99/64", "dev", "up0", "nodad"},
		{"rule", "del", "priority", "31020"}, {"-6", "rule", "del", "priority", "31020"},
		{"route", "del", "10.0.0.0/8", "table", "21615"}, {"-6", "route", "del", "2001:db8::/32", "table", "21615"},
	} {
		before := changes.Load()
		nstest.IP(t, args...)
		nstest.Await(t, "to hear of a change", func() bool { return changes.Load() > before })
	}
	stop()
	before := changes.Load()
	nstest.IP(t, "link", "set", "up0", "mtu", "1500")
	time.Sleep(50 * time.Millisecond)
	if changes.Load() != before {
		t.Error("a watch that was stopped goes on")
	}
	u.undo(t)
}

func TestWatchEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stop, err := NewSystem(Options{Bus: "none"}).Watch(ctx, func() {})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	stop() // and leaves no goroutine: TestMain looks
}

func TestStateOfALinkThatIsGone(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	u := newTun()
	u.apply(t, tunnel.Settings{Addresses: prefixes("10.1.2.3/24"), MTU: 1400, Gateway: gateway})
	if state, err := u.State(u.link); err != nil || !state.Up || state.MTU != 1400 {
		t.Errorf("the link is %+v, error %v", state, err)
	}
	nstest.IP(t, "link", "set", "torii0", "down", "mtu", "1300")
	if state, err := u.State(u.link); err != nil || state.Up || state.MTU != 1300 {
		t.Errorf("the link is %+v, error %v", state, err)
	}
	nstest.IP(t, "link", "del", "torii0")
	if _, err := u.State(u.link); !errors.Is(err, ErrLinkGone) {
		t.Errorf("error %v, want ErrLinkGone", err)
	}
	u.undo(t)
}
