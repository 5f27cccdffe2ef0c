package nstest

import (
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
)

// Uplink makes the link "up0" with addresses, the way of this namespace to a
// world that is not there: it is one end of a pair whose other end, "world0",
// lies beside it and has no address. Gateways become default routes.
func Uplink(t *testing.T, addresses []string, gateways ...string) {
	t.Helper()
	pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "up0"}, PeerName: "world0"}
	if err := netlink.LinkAdd(pair); err != nil {
		t.Fatalf("make links: %v", err)
	}
	link, err := netlink.LinkByName("up0")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range addresses {
		address, err := netlink.ParseAddr(text)
		if err != nil {
			t.Fatal(err)
		}
		address.Flags = 0x02 // IFA_F_NODAD: nobody waits for it
		if err := netlink.AddrAdd(link, address); err != nil {
			t.Fatalf("add address %s: %v", text, err)
		}
	}
	for _, name := range []string{"up0", "world0"} {
		IP(t, "link", "set", name, "addrgenmode", "none")
		IP(t, "link", "set", name, "up")
	}
	Await(t, "the links' carrier", func() bool {
		return !strings.Contains(IP(t, "link", "show", "up"), "NO-CARRIER")
	})
	for _, text := range gateways {
		if err := netlink.RouteAdd(&netlink.Route{LinkIndex: link.Attrs().Index, Gw: netip.MustParseAddr(text).AsSlice()}); err != nil {
			t.Fatalf("add default route by %s: %v", text, err)
		}
	}
}

// IP runs ip(8) and returns what it says.
func IP(t *testing.T, args ...string) string {
	t.Helper()
	output, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return string(output)
}

// State is everything of this namespace that a tunnel changes, as text:
// addresses, links, rules and routes of both families, and the resolver's file.
func State(t *testing.T, resolvConf string) string {
	t.Helper()
	var b strings.Builder
	for _, command := range [][]string{
		{"-d", "addr"}, {"-4", "rule"}, {"-6", "rule"},
		{"-4", "route", "show", "table", "all"}, {"-6", "route", "show", "table", "all"},
	} {
		lines := strings.Split(strings.TrimSpace(IP(t, command...)), "\n")
		if slices.Contains(command, "route") {
			slices.Sort(lines) // the first rule of all makes the kernel list its tables in another order
		}
		b.WriteString("$ ip " + strings.Join(command, " ") + "\n" + strings.Join(lines, "\n") + "\n")
	}
	text, err := os.ReadFile(resolvConf)
	if err != nil {
		text = []byte(err.Error())
	}
	b.WriteString("$ cat " + resolvConf + "\n" + string(text))
	return b.String()
}

// Await waits until done reports true, and fails the test when it does not in
// half a minute.
func Await(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("timed out: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
