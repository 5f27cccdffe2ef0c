//go:build privileged

package netwatch

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"torii/tunnel/internal/nstest"
)

var (
	gateway4 = netip.MustParseAddr("198.51.100.7")
	gateway6 = netip.MustParseAddr("2001:db8:7::7")
)

// uplink gives the namespace a way out in both families.
func uplink(t *testing.T) {
	nstest.Uplink(t, []string{"192.0.2.2/24", "2001:db8:1::2/64"}, "192.0.2.1", "2001:db8:1::1")
	nstest.IP(t, "link", "add", "up1", "type", "veth", "peer", "name", "world1")
	for _, link := range []string{"up1", "world1"} {
		nstest.IP(t, "link", "set", link, "addrgenmode", "none")
		nstest.IP(t, "link", "set", link, "up")
	}
	nstest.IP(t, "addr", "add", "203.0.113.2/24", "dev", "up1")
	nstest.IP(t, "addr", "add", "2001:db8:2::2/64", "dev", "up1", "nodad")
}

// step changes the network and says whether that is news.
type step struct {
	name     string
	news     bool
	commands [][]string
}

func walk(t *testing.T, gateway netip.Addr, steps []step) {
	t.Helper()
	changes := started(t, func() netip.Addr { return gateway })
	for _, s := range steps {
		change := func() {
			for _, c := range s.commands {
				nstest.IP(t, c...)
			}
		}
		if !s.news {
			quietly(t, s.name, changes, change)
			continue
		}
		change()
		select {
		case <-changes:
		case <-time.After(enough):
			t.Fatalf("%s: not noticed", s.name)
		}
	}
}

func quietly(t *testing.T, name string, changes <-chan struct{}, change func()) {
	t.Helper()
	time.Sleep(2 * settleTime) // the last step's messages are over
	drain(changes)
	change()
	select {
	case <-changes:
		t.Errorf("%s: told as a change", name)
	case <-time.After(5 * settleTime / 2):
	}
}

// TestWaysToAGateway changes the network around a gateway.
func TestWaysToAGateway(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	uplink(t)
	walk(t, gateway4, []step{
		{"an unrelated bridge", false, [][]string{
			{"link", "add", "br0", "type", "bridge"}, {"link", "set", "br0", "up"}, {"addr", "add", "172.17.0.1/16", "dev", "br0"},
		}},
		{"a tunnel of ours that takes everything", false, [][]string{
			{"tuntap", "add", "torii0", "mode", "tun"}, {"link", "set", "torii0", "up"}, {"addr", "add", "10.98.0.2/24", "dev", "torii0"},
			{"route", "add", "default", "dev", "torii0", "table", "7777"},
			{"rule", "add", "to", gateway4.String(), "priority", "100", "table", "main"},
			{"rule", "add", "priority", "200", "table", "7777"},
		}},
		{"a route to somewhere else", false, [][]string{{"route", "add", "10.0.0.0/8", "via", "192.0.2.9"}}},
		{"another router", true, [][]string{{"route", "replace", "default", "via", "192.0.2.254"}}},
		{"another network", true, [][]string{{"route", "replace", "default", "via", "203.0.113.1", "dev", "up1"}}},
		{"another address", true, [][]string{
			{"addr", "add", "203.0.113.99/24", "dev", "up1"}, {"addr", "del", "203.0.113.2/24", "dev", "up1"},
			{"addr", "add", "203.0.113.3/24", "dev", "up1"}, {"route", "replace", "default", "via", "203.0.113.1", "dev", "up1", "src", "203.0.113.3"},
		}},
		{"the cable is pulled", true, [][]string{{"link", "set", "world1", "down"}}},
		{"and put back", true, [][]string{{"link", "set", "world1", "up"}}},
		{"the link goes down", true, [][]string{{"link", "set", "up1", "down"}}},
	})
}

// TestWaysToAnIPv6Gateway: a private address that takes turns is no news.
func TestWaysToAnIPv6Gateway(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	uplink(t)
	walk(t, gateway6, []step{
		{"another address of the same network", false, [][]string{
			{"addr", "add", "2001:db8:1::3/64", "dev", "up0", "nodad"}, {"addr", "change", "2001:db8:1::2/64", "dev", "up0", "preferred_lft", "0"},
		}},
		{"the IPv4 way changes", false, [][]string{{"route", "replace", "default", "via", "192.0.2.254"}}},
		{"another router", true, [][]string{{"-6", "route", "replace", "default", "via", "2001:db8:1::9"}}},
		{"no router", true, [][]string{{"-6", "route", "del", "default"}}},
	})
}

// TestWaysWithoutAGateway watches the default routes.
func TestWaysWithoutAGateway(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	uplink(t)
	walk(t, netip.Addr{}, []step{
		{"an unrelated bridge", false, [][]string{
			{"link", "add", "br0", "type", "bridge"}, {"link", "set", "br0", "up"}, {"addr", "add", "172.17.0.1/16", "dev", "br0"},
		}},
		{"a tunnel that takes everything", false, [][]string{
			{"tuntap", "add", "torii0", "mode", "tun"}, {"link", "set", "torii0", "up"},
			{"route", "add", "default", "dev", "torii0", "table", "7777"}, {"rule", "add", "priority", "200", "table", "7777"},
		}},
		{"a worse default route", false, [][]string{{"route", "add", "default", "via", "203.0.113.1", "dev", "up1", "metric", "600"}}},
		{"the better one goes", true, [][]string{{"route", "del", "default", "via", "192.0.2.1"}}},
		{"an address more", true, [][]string{{"addr", "add", "203.0.113.9/24", "dev", "up1"}}},
		{"the other family's router goes", true, [][]string{{"-6", "route", "del", "default"}}},
	})
}

// TestFirstChangeAfterAConnect: a connection through a proxy of ours changes
// nothing in the kernel, so the watcher hears of its gateway with the next
// change only, and must not take that for the way it was.
func TestFirstChangeAfterAConnect(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	uplink(t)
	var connected atomic.Bool
	changes := started(t, func() netip.Addr {
		if connected.Load() {
			return gateway4
		}
		return netip.Addr{}
	})
	connected.Store(true)
	nstest.IP(t, "route", "replace", "default", "via", "203.0.113.1", "dev", "up1")
	select {
	case <-changes:
	case <-time.After(enough):
		t.Error("the first change after a connect was not noticed")
	}
}
