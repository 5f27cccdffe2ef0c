//go:build privileged

package netcfg

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"torii/tunnel"
	"torii/tunnel/internal/nstest"
)

// tun is a System in namespaces with a tunnel that is up.
type tun struct {
	*System
	link    *Link
	changes []Change
}

func (u *tun) record(c Change) error {
	u.changes = append(u.changes, c)
	return nil
}

func (u *tun) apply(t *testing.T, settings tunnel.Settings) *Config {
	t.Helper()
	own := ""
	if u.link != nil {
		own = u.link.Name
	}
	machine, err := u.Machine(own)
	if err != nil {
		t.Fatal(err)
	}
	config, err := Plan(settings, machine)
	if err != nil {
		t.Fatal(err)
	}
	if u.link == nil {
		if u.link, err = u.CreateLink(u.record); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { u.link.File.Close() })
	}
	if err := u.Apply(t.Context(), u.link, config, u.record); err != nil {
		t.Fatal(err)
	}
	return config
}

func (u *tun) undo(t *testing.T) {
	t.Helper()
	for i := len(u.changes) - 1; i >= 0; i-- {
		if err := u.Undo(t.Context(), u.changes[i]); err != nil {
			t.Fatal(err)
		}
	}
}

func newTun() *tun { return &tun{System: NewSystem(Options{Bus: "none"})} }

// table is the tunnel's table as ip(8) shows it, without what the kernel adds.
func tableOf(t *testing.T) string {
	t.Helper()
	var lines []string
	for _, family := range []string{"-4", "-6"} {
		output, err := exec.Command("ip", family, "route", "show", "table", fmt.Sprint(Table)).CombinedOutput()
		if err != nil && !strings.Contains(string(output), "FIB table does not exist") {
			t.Fatalf("ip route: %v\n%s", err, output)
		}
		for line := range strings.Lines(string(output)) {
			if words := strings.Fields(line); len(words) > 0 && !strings.Contains(line, "does not exist") {
				if words[0] != "unreachable" && words[0] != "throw" {
					words[1], words[2] = words[2], ""
					words = words[:2]
				}
				lines = append(lines, strings.Join(words[:2], " "))
			}
		}
	}
	return strings.Join(lines, "\n")
}

// way asks the kernel where a packet to an address would go.
func way(t *testing.T, address string) string {
	t.Helper()
	output, err := exec.Command("ip", "route", "get", address).CombinedOutput()
	words := strings.Fields(string(output))
	for i, word := range words {
		if word == "dev" && err == nil {
			return words[i+1]
		}
	}
	return "nowhere"
}

func ways(t *testing.T, want map[string]string) {
	t.Helper()
	for address, link := range want {
		if got := way(t, address); got != link {
			t.Errorf("packets to %s go by %s, want %s", address, got, link)
		}
	}
}

func uplink(t *testing.T) {
	t.Helper()
	nstest.Uplink(t, []string{"192.0.2.20/24", "2001:db8:5::20/64"}, "192.0.2.1", "2001:db8:5::1")
	if err := os.WriteFile("/etc/resolv.conf", []byte(original), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestApplyUpdateUndo(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	uplink(t)
	before := nstest.State(t, "/etc/resolv.conf")
	u := newTun()
	u.apply(t, tunnel.Settings{
		Addresses: prefixes("10.1.2.3/24"), MTU: 1400, Gateway: gateway, DNS: addresses("10.1.0.53"),
		Exclude: prefixes("203.0.113.0/24"),
	})
	want := "default torii0\nunreachable 198.51.100.7\nthrow 203.0.113.0/24\nthrow fe80::/10\nunreachable default"
	if diff := cmp.Diff(want, tableOf(t)); diff != "" {
		t.Errorf("the table differs (-want +got):\n%s", diff)
	}
	ways(t, map[string]string{
		"8.8.8.8": "torii0", "192.0.2.77": "torii0", "198.51.100.7": "up0", "203.0.113.9": "up0",
		"2001:db8:77::1": "nowhere", "2001:db8:5::77": "nowhere", "127.0.0.1": "lo", "::1": "lo",
	})
	if got := nstest.IP(t, "-o", "addr", "show", "torii0"); strings.Contains(got, "fe80") || !strings.Contains(got, "10.1.2.3/24") {
		t.Errorf("the link's addresses are:\n%s", got)
	}

	// Other address, another family, a split tunnel, another size.
	u.apply(t, tunnel.Settings{
		Addresses: prefixes("10.1.2.4/24", "2001:db8:1::5/64"), MTU: 1300, Gateway: netip.MustParseAddrPort("[2001:db8:ffff::1]:443"),
		Include: prefixes("172.16.0.0/12", "2001:db8:2::/48"), Exclude: prefixes("172.16.9.0/24"),
	})
	want = "10.1.2.0/24 torii0\n172.16.0.0/12 torii0\nthrow 172.16.9.0/24\n" +
		"2001:db8:1::/64 torii0\n2001:db8:2::/48 torii0\nunreachable 2001:db8:ffff::1"
	if diff := cmp.Diff(want, tableOf(t)); diff != "" {
		t.Errorf("after an update the table differs (-want +got):\n%s", diff)
	}
	ways(t, map[string]string{
		"8.8.8.8": "up0", "172.16.1.1": "torii0", "172.16.9.1": "up0", "10.1.2.99": "torii0", "198.51.100.7": "up0",
		"2001:db8:2::1": "torii0", "2001:db8:ffff::1": "up0", "2001:db8:77::1": "up0",
	})
	link := nstest.IP(t, "-o", "addr", "show", "torii0") + nstest.IP(t, "link", "show", "torii0")
	if strings.Contains(link, "10.1.2.3/") || !strings.Contains(link, "10.1.2.4/24") ||
		!strings.Contains(link, "2001:db8:1::5/64") || !strings.Contains(link, "mtu 1300") {
		t.Errorf("after an update the link is:\n%s", link)
	}

	u.undo(t)
	if diff := cmp.Diff(before, nstest.State(t, "/etc/resolv.conf")); diff != "" {
		t.Errorf("it is not as it was (-before +after):\n%s", diff)
	}
}

func TestNoPacketOfOurOwnLoops(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	uplink(t)
	u := newTun()
	u.apply(t, tunnel.Settings{Addresses: prefixes("10.1.2.3/24"), MTU: 1400, Gateway: gateway})
	nstest.IP(t, "route", "del", "default") // the machine roams: no way out for a moment
	ways(t, map[string]string{"198.51.100.7": "nowhere", "8.8.8.8": "torii0"})
	// The kernel looks for the new router's link by itself, and finds the tunnel
	// if it may.
	nstest.IP(t, "route", "add", "default", "via", "192.0.2.2")
	ways(t, map[string]string{"198.51.100.7": "up0", "8.8.8.8": "torii0"})

	u.apply(t, tunnel.Settings{
		Addresses: prefixes("2001:db8:1::5/64"), MTU: 1400, Gateway: netip.MustParseAddrPort("[2001:db8:ffff::1]:443"),
	})
	for _, family := range []string{"-4", "-6"} {
		nstest.IP(t, family, "route", "del", "default")
	}
	ways(t, map[string]string{"2001:db8:ffff::1": "nowhere", "2001:db8:77::1": "torii0", "8.8.8.8": "nowhere"})
	nstest.IP(t, "-6", "route", "add", "default", "via", "2001:db8:5::2")
	nstest.IP(t, "route", "add", "default", "via", "192.0.2.2")
	ways(t, map[string]string{"2001:db8:ffff::1": "up0", "2001:db8:77::1": "torii0", "8.8.8.8": "nowhere"})
	u.undo(t)
}

func TestMaintainPutsBack(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	uplink(t)
	u := newTun()
	config := u.apply(t, tunnel.Settings{Addresses: prefixes("10.1.2.3/24", "2001:db8:1::5/64"), MTU: 1400, Gateway: gateway})
	// The kernel takes its time over an IPv6 address's route to itself.
	nstest.Await(t, "the address's own route", func() bool {
		return strings.Contains(nstest.IP(t, "-6", "route", "show", "table", "local"), "local 2001:db8:1::5")
	})
	before := nstest.State(t, "/etc/resolv.conf")
	nstest.IP(t, "rule", "flush")
	nstest.IP(t, "rule", "add", "priority", "32766", "lookup", "main")
	nstest.IP(t, "rule", "add", "priority", "32767", "lookup", "default")
	nstest.IP(t, "-6", "rule", "del", "priority", fmt.Sprint(TunnelPriority))
	nstest.IP(t, "route", "flush", "table", fmt.Sprint(Table))
	nstest.IP(t, "-6", "route", "flush", "table", fmt.Sprint(Table))
	nstest.IP(t, "addr", "flush", "dev", "torii0")
	nstest.IP(t, "route", "add", "10.66.0.0/16", "dev", "up0", "table", fmt.Sprint(Table))
	nstest.IP(t, "link", "set", "torii0", "down")
	if err := u.Maintain(u.link, config, u.record); err != nil {
		t.Fatal(err)
	}
	nstest.Await(t, "everything to be as it was", func() bool { return nstest.State(t, "/etc/resolv.conf") == before })
	u.undo(t)
}

// Administrators turn IPv6 off in two ways; a container usually has it off.
func TestMachineWithoutIPv6(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	nstest.Uplink(t, []string{"192.0.2.20/24"}, "192.0.2.1")
	for _, scope := range []string{"all", "default"} {
		if err := os.WriteFile("/proc/sys/net/ipv6/conf/"+scope+"/disable_ipv6", []byte("1"), 0); err != nil {
			t.Skip(err)
		}
	}
	before := nstest.State(t, "/etc/resolv.conf")
	u := newTun()
	u.apply(t, tunnel.Settings{
		Addresses: prefixes("10.1.2.3/24", "2001:db8:1::5/64"), MTU: 1400, Gateway: gateway, DNS: addresses("10.1.0.53"),
	})
	ways(t, map[string]string{"8.8.8.8": "torii0", "198.51.100.7": "up0", "2001:db8:77::1": "nowhere"})
	u.undo(t)
	if diff := cmp.Diff(before, nstest.State(t, "/etc/resolv.conf")); diff != "" {
		t.Errorf("it is not as it was (-before +after):\n%s", diff)
	}
}

func TestManyRoutes(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	uplink(t)
	before := nstest.State(t, "/etc/resolv.conf")
	settings := tunnel.Settings{Addresses: prefixes("10.1.2.3/24", "2001:db8:1::5/64"), MTU: 1400, Gateway: gateway}
	for n := range maxNetworks / 2 {
		settings.Include = append(settings.Include,
			netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16, byte(n >> 7), byte(n << 1)}), 31),
			netip.PrefixFrom(netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::", n+0x1000)), 48))
	}
	u := newTun()
	u.apply(t, settings)
	if got := strings.Count(tableOf(t), "torii0"); got != maxNetworks+2 {
		t.Errorf("%d routes are in the table, want %d", got, maxNetworks+2)
	}
	u.undo(t)
	if diff := cmp.Diff(before, nstest.State(t, "/etc/resolv.conf")); diff != "" {
		t.Errorf("it is not as it was (-before +after):\n%s", diff)
	}
}

func TestLinksOfOthersAreLeftAlone(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	nstest.IP(t, "link", "add", "torii0", "type", "veth", "peer", "name", "torii1")
	nstest.IP(t, "rule", "add", "priority", fmt.Sprint(TunnelPriority), "to", "203.0.113.0/24", "lookup", "main")
	before := nstest.State(t, "/etc/resolv.conf")
	u := newTun()
	u.apply(t, tunnel.Settings{Addresses: prefixes("10.1.2.3/24"), MTU: 1400, Gateway: gateway})
	if u.link.Name != "torii2" {
		t.Errorf("the link is %s", u.link.Name)
	}
	u.undo(t)
	if err := u.Undo(t.Context(), Change{Kind: ChangeLink, Link: "torii0"}); err != nil {
		t.Error(err)
	}
	if err := u.Sweep(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, nstest.State(t, "/etc/resolv.conf")); diff != "" {
		t.Errorf("somebody else's link or rule was touched (-before +after):\n%s", diff)
	}
}

func TestSweepTakesWhatNoRecordNames(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	nstest.Uplink(t, []string{"192.0.2.20/24"}, "192.0.2.1")
	before := nstest.State(t, "/etc/resolv.conf")
	u := newTun()
	u.apply(t, tunnel.Settings{Addresses: prefixes("10.1.2.3/24"), MTU: 1400, Gateway: gateway})
	if err := u.Sweep(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, nstest.State(t, "/etc/resolv.conf")); diff != "" {
		t.Errorf("something is left (-before +after):\n%s", diff)
	}
}

func TestBindMountedResolvConfIsWrittenInPlace(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	// As a container has it: a file of the host over the container's, which a
	// rename cannot replace.
	for path, text := range map[string]string{"/run/hosts-file": original, "/etc/resolv.conf": "below\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mount("/run/hosts-file", "/etc/resolv.conf", "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	inode, err := os.Stat("/run/hosts-file")
	if err != nil {
		t.Fatal(err)
	}
	u := newTun()
	u.apply(t, tunnel.Settings{Addresses: prefixes("10.1.2.3/24"), MTU: 1400, DNS: addresses("10.1.0.53")})
	if text, err := os.ReadFile("/run/hosts-file"); err != nil || !strings.Contains(string(text), "nameserver 10.1.0.53") {
		t.Errorf("the mounted file is %q, error %v", text, err)
	}
	u.undo(t)
	if text, err := os.ReadFile("/run/hosts-file"); err != nil || string(text) != original {
		t.Errorf("afterwards the mounted file is %q, error %v", text, err)
	}
	if now, err := os.Stat("/etc/resolv.conf"); err != nil || !os.SameFile(inode, now) {
		t.Errorf("the mount was replaced: %v", err)
	}
	if err := unix.Unmount("/etc/resolv.conf", 0); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile("/etc/resolv.conf"); err != nil || string(text) != "below\n" {
		t.Errorf("below the mount is %q, error %v", text, err)
	}
	entries, err := os.ReadDir("/etc")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), "torii") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}
