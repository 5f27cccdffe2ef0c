package netwatch

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// watchRoutes calls changed after links, addresses or routes changed, until
// ctx ends.
func watchRoutes(ctx context.Context, changed func()) {
	done := make(chan struct{})
	defer context.AfterFunc(ctx, func() { close(done) })()
	ignore := func(error) {} // a lost message is followed by others; nothing is read from them anyway
	links := make(chan netlink.LinkUpdate, 16)
	addresses := make(chan netlink.AddrUpdate, 16)
	routes := make(chan netlink.RouteUpdate, 16)
	if netlink.LinkSubscribeWithOptions(links, done, netlink.LinkSubscribeOptions{ErrorCallback: ignore}) != nil {
		links = nil
	}
	if netlink.AddrSubscribeWithOptions(addresses, done, netlink.AddrSubscribeOptions{ErrorCallback: ignore}) != nil {
		addresses = nil
	}
	if netlink.RouteSubscribeWithOptions(routes, done, netlink.RouteSubscribeOptions{ErrorCallback: ignore}) != nil {
		routes = nil
	}
	for links != nil || addresses != nil || routes != nil {
		var open bool
		select {
		case _, open = <-links:
			if !open {
				links = nil
			}
		case _, open = <-addresses:
			if !open {
				addresses = nil
			}
		case _, open = <-routes:
			if !open {
				routes = nil
			}
		}
		if open {
			changed()
		}
	}
}

// wayOut describes how packets to an address leave this machine, in a form
// that is good for comparing; "" where there is no way.
func wayOut(to netip.Addr) string {
	if to.IsValid() {
		return wayTo(to)
	}
	return wayTo(netip.AddrFrom4([4]byte{192, 0, 2, 1})) + " " + wayTo(netip.MustParseAddr("2001:db8::1"))
}

func wayTo(to netip.Addr) string {
	routes, err := netlink.RouteGet(to.AsSlice())
	if err != nil || len(routes) == 0 || routes[0].Type == unix.RTN_UNREACHABLE {
		return ""
	}
	route := routes[0]
	link, err := netlink.LinkByIndex(route.LinkIndex)
	if err != nil {
		return ""
	}
	// The state of the link counts: a cable that was pulled leaves the route.
	return fmt.Sprintf("%s %v via %v from %v", link.Attrs().Name, link.Attrs().OperState, route.Gw, route.Src)
}
