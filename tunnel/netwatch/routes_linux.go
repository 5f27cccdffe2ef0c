package netwatch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// watchRoutes calls changed after links, addresses or routes changed, until
// ctx ends, in a goroutine of work. Where the kernel does not tell, it does
// nothing.
func watchRoutes(ctx context.Context, work *sync.WaitGroup, changed func()) {
	socket, err := listenToKernel()
	if err != nil {
		return
	}
	work.Go(func() {
		defer socket.Close()
		defer context.AfterFunc(ctx, func() { socket.SetReadDeadline(time.Unix(1, 0)) })()
		hear(socket, changed)
	})
}

// hear calls changed after each piece of news. What it says does not matter:
// who is called looks himself.
func hear(news io.Reader, changed func()) {
	buffer := make([]byte, 1<<12)
	for {
		// ENOBUFS: so much changed that the kernel could not tell it all.
		if _, err := news.Read(buffer); err != nil && !errors.Is(err, unix.ENOBUFS) {
			return
		}
		changed()
	}
}

// listenToKernel opens the kernel's news about the network (rtnetlink(7)).
func listenToKernel() (*os.File, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	news := &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: unix.RTMGRP_LINK |
		unix.RTMGRP_IPV4_IFADDR | unix.RTMGRP_IPV6_IFADDR | unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_ROUTE}
	if err := unix.Bind(fd, news); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "rtnetlink"), nil
}

// wayTo describes how packets to an address leave this machine.
func wayTo(to netip.Addr) string {
	routes, err := netlink.RouteGet(to.AsSlice())
	if err != nil || len(routes) == 0 || routes[0].Type == unix.RTN_UNREACHABLE {
		return ""
	}
	link := linkState(routes[0].LinkIndex)
	if link == "" {
		return ""
	}
	source, _ := netip.AddrFromSlice(routes[0].Src)
	return fmt.Sprintf("%s via %v from %v", link, routes[0].Gw, network(source))
}

// linkState names a link with its state, which counts: a cable that was pulled
// leaves the route. It is "" for a link that is gone.
func linkState(index int) string {
	link, err := netlink.LinkByIndex(index)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %v", link.Attrs().Name, link.Attrs().OperState)
}

// network is what counts of an address of this machine: all of an IPv4 one,
// and of an IPv6 one its network, for the rest changes every day where
// addresses are private (RFC 8981), while connections keep the old one.
func network(address netip.Addr) netip.Addr {
	const bits = 64
	address = address.Unmap().WithZone("")
	if prefix, err := address.Prefix(bits); err == nil && address.Is6() {
		return prefix.Addr()
	}
	return address
}

// defaultRoutes describes the best default route of each family in the main
// table.
func defaultRoutes() string {
	return defaultRoute(netlink.FAMILY_V4) + " | " + defaultRoute(netlink.FAMILY_V6)
}

func defaultRoute(family int) string {
	// What changes while it is listed is told once more.
	routes, err := netlink.RouteListFiltered(family, &netlink.Route{Table: unix.RT_TABLE_MAIN}, netlink.RT_FILTER_TABLE)
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) {
		return ""
	}
	best, found := netlink.Route{}, false
	for _, r := range routes {
		if isDefault(r) && (!found || r.Priority < best.Priority) {
			best, found = r, true
		}
	}
	if !found {
		return ""
	}
	if len(best.MultiPath) > 0 {
		return fmt.Sprintf("by %v", best.MultiPath)
	}
	link := linkState(best.LinkIndex)
	if link == "" {
		return ""
	}
	return fmt.Sprintf("%s via %v from %s", link, best.Gw, strings.Join(addresses(best.LinkIndex, family), " "))
}

func isDefault(r netlink.Route) bool {
	if r.Type != unix.RTN_UNICAST {
		return false
	}
	if r.Dst == nil {
		return true
	}
	ones, _ := r.Dst.Mask.Size()
	return ones == 0
}

// addresses are what counts of a link's addresses, each once.
func addresses(index, family int) []string {
	link, err := netlink.LinkByIndex(index)
	if err != nil {
		return nil
	}
	list, err := netlink.AddrList(link, family)
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) {
		return nil
	}
	var texts []string
	for _, a := range list {
		if address, ok := netip.AddrFromSlice(a.IP); ok {
			texts = append(texts, network(address).String())
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}
