package netcfg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// LinkState is what the holder of a link's other end cannot see by itself.
type LinkState struct {
	Up  bool
	MTU int // bytes
}

// State tells how link is. ErrLinkGone means that somebody deleted it.
func (s *System) State(link *Link) (LinkState, error) {
	have, err := netlink.LinkByIndex(link.Index)
	if _, missing := errors.AsType[netlink.LinkNotFoundError](err); missing {
		return LinkState{}, ErrLinkGone
	}
	if err != nil {
		return LinkState{}, fmt.Errorf("look at link %s: %w", link.Name, err)
	}
	return LinkState{Up: have.Attrs().RawFlags&unix.IFF_UP != 0, MTU: have.Attrs().MTU}, nil
}

// Watch calls changed after links, addresses, rules or routes of this machine
// changed, until ctx ends or stop is called, which waits for a call
// that is under way. Several changes may make one call.
func (s *System) Watch(ctx context.Context, changed func()) (stop func(), err error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("watch the network: %w", err)
	}
	if err := joinGroups(fd); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("watch the network: %w", err)
	}
	socket := os.NewFile(uintptr(fd), "netlink")
	var wg sync.WaitGroup
	wg.Go(func() {
		// What the messages say does not matter: who is called looks himself.
		buffer := make([]byte, 1<<16)
		for {
			_, err := socket.Read(buffer)
			if err != nil && !errors.Is(err, unix.ENOBUFS) {
				return
			}
			changed()
		}
	})
	unhook := context.AfterFunc(ctx, func() { socket.Close() })
	return func() {
		unhook()
		socket.Close()
		wg.Wait()
	}, nil
}

func joinGroups(fd int) error {
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	for _, group := range [...]int{
		unix.RTNLGRP_LINK, unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV6_IFADDR,
		unix.RTNLGRP_IPV4_RULE, unix.RTNLGRP_IPV6_RULE, unix.RTNLGRP_IPV4_ROUTE, unix.RTNLGRP_IPV6_ROUTE,
	} {
		if err := unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, group); err != nil {
			return err
		}
	}
	return nil
}
