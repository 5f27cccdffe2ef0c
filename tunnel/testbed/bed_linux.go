package testbed

import (
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The addresses of a bed, all from the ranges for documentation (RFC 5737, RFC
// 3849).
const (
	ServerAddress  = "192.0.2.1"
	ServerAddress6 = "2001:db8::1"
	ClientAddress  = "192.0.2.2"
	ClientAddress6 = "2001:db8::2"
	// RelayAddress is a second address of the server, for a program that stands
	// between client and gateway (Ocserv listens on ServerAddress as well as
	// on this one, unless told otherwise).
	RelayAddress = "192.0.2.3"

	// InsideHost and InsideHost6 are hosts behind the gateway: the wire drops
	// packets to them, a tunnel carries them.
	InsideHost  = "198.51.100.1"
	InsideHost6 = "2001:db8:1::1"
	// OutsideHost and OutsideHost6 are hosts on the network outside: the wire
	// carries packets to them, and what comes through a tunnel is dropped.
	OutsideHost  = "203.0.113.1"
	OutsideHost6 = "2001:db8:2::1"

	// ServerName is the server's name; the client knows it by its hosts file.
	ServerName = "vpn.example.test"
	// OtherName leads to the server, too, but is not in its certificate.
	OtherName = "other.example.test"

	// Wire is the name of the interface of each end of the wire.
	Wire = "eth0"
)

// Bed is a client and a server on one wire.
type Bed struct {
	Client *Namespace
	Server *Namespace
	// ServerAddr and ClientAddr are the ends of the wire.
	ServerAddr netip.Addr
	ClientAddr netip.Addr
}

// New makes a bed that is taken down at the end of t. It needs root and the
// programs of build/bootstrap, and skips t without them, or fails it under CI.
func New(t testing.TB) *Bed {
	t.Helper()
	Require(t, "unshare", "nsenter", "mount", "ip", "nft")
	b := &Bed{
		Client: newNamespace(t, "cli"), Server: newNamespace(t, "srv"),
		ServerAddr: netip.MustParseAddr(ServerAddress), ClientAddr: netip.MustParseAddr(ClientAddress),
	}
	run(t, "ip", "link", "add", Wire, "netns", b.Server.pid(), "type", "veth", "peer", "name", Wire, "netns", b.Client.pid())
	b.Server.configure(t, []string{ServerAddress + "/24", RelayAddress + "/24", ServerAddress6 + "/64"})
	b.Client.configure(t, []string{ClientAddress + "/24", ClientAddress6 + "/64"})
	for _, host := range []string{InsideHost, InsideHost6, OutsideHost, OutsideHost6} {
		b.Server.Run(t, "ip", "address", "add", host, "dev", "lo")
	}
	b.Server.settle(t, ServerAddress6)
	b.Client.settle(t, ClientAddress6)
	b.Client.Run(t, "ip", "route", "add", "default", "via", ServerAddress)
	b.Client.Run(t, "ip", "-6", "route", "add", "default", "via", ServerAddress6)
	b.Server.Run(t, "nft", borderRules)
	return b
}

// borderRules keep the two ways to the server apart. Linux answers for all of
// its addresses on every interface, so without them a packet that should have
// gone through a tunnel is answered when it comes without one, and the other
// way round.
const borderRules = `table inet border {
	chain arriving {
		type filter hook prerouting priority raw;
		iifname "eth0" ip daddr != { 192.0.2.0/24, 203.0.113.0/24 } counter drop
		iifname "eth0" ip6 daddr != { 2001:db8::/64, 2001:db8:2::/64, fe80::/10, ff00::/8 } counter drop
		iifname != { "eth0", "lo" } ip daddr 203.0.113.0/24 counter drop
		iifname != { "eth0", "lo" } ip6 daddr 2001:db8:2::/64 counter drop
	}
}`

// configure gives the namespace's end of the wire its addresses.
func (ns *Namespace) configure(t testing.TB, addresses []string) {
	t.Helper()
	for _, address := range addresses {
		// Without nodad an IPv6 address cannot be used for its first second.
		ns.Run(t, "ip", "address", "add", address, "dev", Wire, "nodad")
	}
	ns.Run(t, "ip", "link", "set", Wire, "addrgenmode", "none")
	ns.Run(t, "ip", "link", "set", Wire, "up")
}

// settle waits until the kernel has done what it does a moment later: it has
// noticed that there is somebody at the other end of the wire, and answers for
// the IPv6 address.
func (ns *Namespace) settle(t testing.TB, address6 string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		link := ns.Run(t, "ip", "link", "show", "dev", Wire)
		local := ns.Run(t, "ip", "-6", "route", "show", "table", "local")
		if strings.Contains(link, "state UP") && strings.Contains(local, "local "+address6+" ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the wire of namespace %s does not come up: %s%s", ns.Name, link, local)
		}
	}
}

// Require skips t unless it runs as root on a machine that has the programs.
// Under CI (the environment's CI is set) it fails instead: there they have to be.
func Require(t testing.TB, programs ...string) {
	t.Helper()
	lacks := t.Skipf
	if os.Getenv("CI") != "" {
		lacks = t.Fatalf
	}
	if os.Geteuid() != 0 {
		lacks("network namespaces need root")
	}
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			lacks("%s is not installed; build/bootstrap installs it", p)
		}
	}
}

// run runs a command on the machine itself.
func run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
}
