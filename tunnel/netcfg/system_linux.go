package netcfg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Link is the tunnel's network link. Whoever holds File is its other end.
type Link struct {
	Name  string
	Index int
	File  *os.File
}

// Machine looks at what a plan has to know. own is the tunnel's link, which
// does not count.
func (s *System) Machine(own string) (Machine, error) {
	links, err := whole(netlink.LinkList)
	if err != nil {
		return Machine{}, fmt.Errorf("list links: %w", err)
	}
	names := make(map[int]string)
	for _, l := range links {
		if l.Attrs().Flags&net.FlagLoopback == 0 && l.Attrs().Name != own {
			names[l.Attrs().Index] = l.Attrs().Name
		}
	}
	addresses, err := whole(func() ([]netlink.Addr, error) { return netlink.AddrList(nil, netlink.FAMILY_ALL) })
	if err != nil {
		return Machine{}, fmt.Errorf("list addresses: %w", err)
	}
	machine := Machine{WithoutIPv6: withoutIPv6(cmp.Or(own, "default"))}
	for _, a := range addresses {
		if names[a.LinkIndex] == "" {
			continue
		}
		if p, ok := fromIPNet(a.IPNet); ok {
			machine.Addresses = append(machine.Addresses, p)
		}
	}
	return machine, nil
}

// withoutIPv6 reports whether links cannot have IPv6 addresses. scope is the
// link, or "default" for those that are yet to be made.
func withoutIPv6(scope string) bool {
	text, err := os.ReadFile("/proc/sys/net/ipv6/conf/" + scope + "/disable_ipv6")
	return errors.Is(err, fs.ErrNotExist) || err == nil && strings.TrimSpace(string(text)) != "0"
}

// whole asks the kernel for a list until nothing changed while it was told.
func whole[T any](list func() ([]T, error)) (found []T, err error) {
	const attempts = 20
	for range attempts {
		if found, err = list(); !errors.Is(err, netlink.ErrDumpInterrupted) {
			break
		}
	}
	return found, err
}

// CreateLink makes a link of its own with a name that nobody has. It hands on
// packets of up to 64 KiB and without checksums (IFF_VNET_HDR), which is what
// makes it fast.
func (s *System) CreateLink(record Record) (*Link, error) {
	for n := range linkNames {
		name := linkName(n)
		_, err := netlink.LinkByName(name)
		if err == nil {
			continue
		}
		if _, missing := errors.AsType[netlink.LinkNotFoundError](err); !missing {
			return nil, fmt.Errorf("look for link %s: %w", name, err)
		}
		if err := record(Change{Kind: ChangeLink, Link: name}); err != nil {
			return nil, err
		}
		link, err := createLink(name)
		if errors.Is(err, unix.EBUSY) {
			continue // somebody was faster
		}
		if err != nil {
			return nil, fmt.Errorf("create link %s: %w", name, err)
		}
		return link, nil
	}
	return nil, fmt.Errorf("create link: %d links of that name are there already", linkNames)
}

func createLink(name string) (*Link, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open /dev/net/tun: %w", err)
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI | unix.IFF_VNET_HDR | unix.IFF_TUN_EXCL)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "/dev/net/tun")
	// When the first address of a network goes the others stay. Where this
	// cannot be written applyAddresses brings them back.
	_ = os.WriteFile("/proc/sys/net/ipv4/conf/"+name+"/promote_secondaries", []byte("1"), 0)
	made, err := netlink.LinkByName(name)
	if err != nil {
		file.Close()
		return nil, err
	}
	return &Link{Name: name, Index: made.Attrs().Index, File: file}, nil
}

// removeLink deletes a link of ours, also one that its holder made persistent.
func (s *System) removeLink(name string) error {
	link, err := netlink.LinkByName(name)
	if _, missing := errors.AsType[netlink.LinkNotFoundError](err); missing {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for link %s: %w", name, err)
	}
	if link.Type() != "tuntap" && link.Type() != "tun" {
		return nil // another one has taken the name
	}
	if err := netlink.LinkDel(link); err != nil && !errors.Is(err, unix.ENODEV) {
		return fmt.Errorf("delete link %s: %w", name, err)
	}
	return nil
}

// Apply puts config in place on link and takes away what is there and is not
// in it. What is in place already is not touched, so Apply may be called
// whenever somebody might have disturbed it.
func (s *System) Apply(ctx context.Context, link *Link, config *Config, record Record) error {
	if err := record(Change{Kind: ChangeRouting}); err != nil {
		return err
	}
	if err := applyLink(link, config); err != nil {
		return err
	}
	if err := applyRoutes(link, config); err != nil {
		return err
	}
	if err := applyRules(wantedRules(config)); err != nil {
		return err
	}
	return s.setDNS(ctx, link, config.DNS, record)
}

// Maintain puts links, routes and rules of config back in place where somebody
// disturbed them, and the servers in /etc/resolv.conf where names are that
// file's. The services keep theirs by themselves.
func (s *System) Maintain(link *Link, config *Config, record Record) error {
	if err := applyLink(link, config); err != nil {
		return err
	}
	if err := applyRoutes(link, config); err != nil {
		return err
	}
	if err := applyRules(wantedRules(config)); err != nil {
		return err
	}
	return s.keepFile(config.DNS, record)
}

func applyLink(link *Link, config *Config) error {
	have, err := netlink.LinkByIndex(link.Index)
	if err != nil {
		return fmt.Errorf("look at link %s: %w", link.Name, err)
	}
	attrs := have.Attrs()
	if attrs.MTU != config.MTU {
		if err := netlink.LinkSetMTU(have, config.MTU); err != nil {
			return fmt.Errorf("set link mtu %d: %w", config.MTU, err)
		}
	}
	if attrs.Flags&net.FlagUp == 0 {
		// A tunnel's other side wants no packets about routers and neighbours.
		// Where IPv6 is off there is nothing to turn off.
		if err := netlink.LinkSetIP6AddrGenMode(have, 1); err != nil && !errors.Is(err, unix.EAFNOSUPPORT) &&
			!errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("set link addrgenmode: %w", err)
		}
		if err := netlink.LinkSetUp(have); err != nil {
			return fmt.Errorf("set link up: %w", err)
		}
	}
	return applyAddresses(have, config.Addresses)
}

// applyAddresses gives link the wanted addresses and no others.
func applyAddresses(link netlink.Link, wanted []netip.Prefix) error {
	deleted, err := changeAddresses(link, wanted)
	if err == nil && deleted {
		// The kernel may have deleted others of the same network along.
		_, err = changeAddresses(link, wanted)
	}
	return err
}

func changeAddresses(link netlink.Link, wanted []netip.Prefix) (deleted bool, err error) {
	have, err := whole(func() ([]netlink.Addr, error) { return netlink.AddrList(link, netlink.FAMILY_ALL) })
	if err != nil {
		return false, fmt.Errorf("list addresses of %s: %w", link.Attrs().Name, err)
	}
	present := make(map[netip.Prefix]bool)
	for _, a := range have {
		if p, ok := fromIPNet(a.IPNet); ok {
			present[p] = true
		}
	}
	// First the new ones: a link without any address loses its routes.
	for _, p := range wanted {
		if present[p] {
			delete(present, p)
			continue
		}
		address := &netlink.Addr{IPNet: toIPNet(p), Flags: unix.IFA_F_NOPREFIXROUTE | unix.IFA_F_NODAD}
		if err := netlink.AddrReplace(link, address); err != nil {
			return false, fmt.Errorf("add address %s: %w", p, err)
		}
	}
	for p := range present {
		if p.Addr().IsLinkLocalUnicast() {
			continue
		}
		if err := netlink.AddrDel(link, &netlink.Addr{IPNet: toIPNet(p)}); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
			return false, fmt.Errorf("delete address %s: %w", p, err)
		}
		deleted = true
	}
	return deleted, nil
}

func toIPNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

func fromIPNet(n *net.IPNet) (netip.Prefix, bool) {
	if n == nil {
		return netip.Prefix{}, false
	}
	address, ok := netip.AddrFromSlice(n.IP)
	if !ok {
		return netip.Prefix{}, false
	}
	bits, _ := n.Mask.Size()
	return netip.PrefixFrom(address.Unmap(), bits), true
}
