//go:build privileged && linux

package testbed_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"torii/tunnel/testbed"
)

// Networks behind the gateway, beside its own.
const (
	hostsBehind    = "198.51.100.0/24" // of testbed.InsideHost
	hostsBehind6   = "2001:db8:1::/64" // of testbed.InsideHost6
	insideServer6  = "fd00:99::1"
	insideNetwork6 = "fd00:99::/64"
)

func TestSplitTunnel(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, testbed.OcservConfig{
		Network: insideNetwork, Network6: insideNetwork6,
		Routes: []string{insideNetwork, insideNetwork6, hostsBehind, hostsBehind6},
		Lines:  []string{"no-route = 198.51.100.128/25"},
	})
	same := guard(t, bed)
	c := connect(t, bed, gateway)
	s := c.connected()
	for _, host := range []string{insideServer, insideServer6, testbed.InsideHost, testbed.InsideHost6, testbed.OutsideHost, testbed.OutsideHost6} {
		c.carries(host)
	}
	for _, route := range []string{insideNetwork, insideNetwork6, hostsBehind, hostsBehind6} {
		if !slices.Contains(s.SecureRoutes, route) {
			t.Errorf("secure routes %v lack %s", s.SecureRoutes, route)
		}
	}
	if !slices.Contains(s.NonSecureRoutes, "198.51.100.128/25") {
		t.Errorf("non-secure routes %v", s.NonSecureRoutes)
	}
	goesThrough(t, bed, testbed.InsideHost, s.Interface)
	goesThrough(t, bed, testbed.InsideHost6, s.Interface)
	goesThrough(t, bed, "198.51.100.200", testbed.Wire)
	goesThrough(t, bed, testbed.OutsideHost, testbed.Wire)
	goesThrough(t, bed, testbed.ServerAddress, testbed.Wire)
	c.stop()
	same()
}

func TestFullTunnel(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, testbed.OcservConfig{Network: insideNetwork, Network6: insideNetwork6})
	same := guard(t, bed)
	c := connect(t, bed, gateway)
	s := c.connected()
	for _, host := range []string{insideServer, insideServer6, testbed.InsideHost, testbed.InsideHost6} {
		c.carries(host)
	}
	for _, route := range []string{"0.0.0.0/0", "::/0"} {
		if !slices.Contains(s.SecureRoutes, route) {
			t.Errorf("secure routes %v lack %s", s.SecureRoutes, route)
		}
	}
	goesThrough(t, bed, testbed.OutsideHost, s.Interface)
	goesThrough(t, bed, testbed.OutsideHost6, s.Interface)
	if reaches(bed.Client, testbed.OutsideHost) || reaches(bed.Client, testbed.OutsideHost6) {
		t.Error("packets leak around the full tunnel")
	}
	c.stop()
	same()
	if !reaches(bed.Client, testbed.OutsideHost) {
		t.Error("the way out did not come back")
	}
}

// TestFullTunnelOfOneFamilyDoesNotLeak has a gateway that gives no IPv6
// address: what the machine has of IPv6 outside must not be used meanwhile.
func TestFullTunnelOfOneFamilyDoesNotLeak(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, testbed.OcservConfig{Network: insideNetwork})
	same := guard(t, bed)
	c := connect(t, bed, gateway)
	c.connected()
	c.carries(testbed.InsideHost)
	for _, host := range []string{testbed.OutsideHost, testbed.OutsideHost6, testbed.InsideHost6} {
		if reaches(bed.Client, host) {
			t.Errorf("%s is reached around the full tunnel", host)
		}
	}
	c.stop()
	same()
	if !reaches(bed.Client, testbed.OutsideHost6) {
		t.Error("the way out did not come back")
	}
}

// TestManyRoutes has a gateway that sends hundreds of networks, as some do for
// a cloud provider's.
func TestManyRoutes(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	config := split()
	const many = 500
	for n := range many {
		config.Routes = append(config.Routes, fmt.Sprintf("10.%d.%d.0/24", 100+n/250, n%250))
	}
	gateway := bed.StartOcserv(t, config)
	same := guard(t, bed)
	c := connect(t, bed, gateway)
	s := c.connected()
	if len(s.SecureRoutes) < many {
		t.Errorf("%d secure routes", len(s.SecureRoutes))
	}
	goesThrough(t, bed, "10.100.0.1", s.Interface)
	goesThrough(t, bed, "10.101.249.1", s.Interface)
	goesThrough(t, bed, "10.102.0.1", testbed.Wire)
	c.carries(insideServer)
	c.stop()
	same()
}

// goesThrough checks which interface the client would send packets to host on.
func goesThrough(t *testing.T, bed *testbed.Bed, host, link string) {
	t.Helper()
	if out := bed.Client.Run(t, "ip", "route", "get", host); !strings.Contains(out, " dev "+link+" ") {
		t.Errorf("%s does not go through %s: %s", host, link, out)
	}
}

// The names that the server inside knows.
const (
	domain     = "corp.test"
	insideName = "intranet." + domain
)

// startNames starts a name server at testbed.InsideHost that knows insideName
// and nothing else.
func startNames(t *testing.T, bed *testbed.Bed) {
	t.Helper()
	testbed.Require(t, "dnsmasq", "getent")
	server := bed.Server.Command(context.Background(), "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
		"--no-hosts", "--user=root", "--pid-file=", "--listen-address="+testbed.InsideHost, "--bind-interfaces",
		"--host-record="+insideName+","+testbed.InsideHost)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
}

// resolves reports whether the client's programs find insideName.
func resolves(bed *testbed.Bed) bool {
	out, err := bed.Client.Try("getent", "hosts", insideName)
	return err == nil && strings.HasPrefix(out, testbed.InsideHost+" ")
}

// dnsGateway sends names to the server of startNames.
func dnsGateway() testbed.OcservConfig {
	config := split()
	config.Routes = append(config.Routes, hostsBehind)
	config.Lines = []string{"dns = " + testbed.InsideHost, "dns = 198.51.100.2", "default-domain = " + domain, "split-dns = " + domain}
	return config
}

// machineNames is what a machine's resolv.conf may hold before: nobody answers
// there.
const machineNames = "# made by hand\nnameserver 192.0.2.2\noptions timeout:1 attempts:1\nsearch example.test\n"

// TestNamesInABindMountedFile has /etc/resolv.conf as containers have it: a
// mount point, which cannot be replaced but only written.
func TestNamesInABindMountedFile(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	bed.Client.SetResolvConf(t, machineNames)
	startNames(t, bed)
	gateway := bed.StartOcserv(t, dnsGateway())
	same := guard(t, bed)
	if resolves(bed) {
		t.Fatal("the name is known without a tunnel")
	}
	c := connect(t, bed, gateway)
	s := c.connected()
	if want := []string{testbed.InsideHost, "198.51.100.2"}; !slices.Equal(s.DNS, want) {
		t.Errorf("name servers %v, want %v", s.DNS, want)
	}
	if want := []string{domain}; !slices.Equal(s.SearchDomains, want) {
		t.Errorf("search domains %v, want %v", s.SearchDomains, want)
	}
	eventually(t, usual, "the name inside", func() bool { return resolves(bed) })
	c.stop()
	same()
	if resolves(bed) {
		t.Error("the name is known without a tunnel")
	}
}

// TestNamesInAPlainFile has a helper that serves already, as an installed one
// does, and a resolv.conf that is a link to a file of a folder that can be
// written.
func TestNamesInAPlainFile(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	startNames(t, bed)
	gateway := bed.StartOcserv(t, dnsGateway())
	dir := t.TempDir()
	link, file := filepath.Join(dir, "resolv.conf"), filepath.Join(dir, "real.conf")
	writeFile(t, file, machineNames)
	if err := os.Symlink("real.conf", link); err != nil {
		t.Fatal(err)
	}
	helper := startHelper(t, bed, "--resolv-conf", link)
	same := guard(t, bed)
	c := connect(t, bed, gateway)
	c.connected()
	text := readFile(t, file)
	if !strings.Contains(text, "nameserver "+testbed.InsideHost+"\n") || !strings.Contains(text, domain) {
		t.Errorf("resolv.conf holds %q", text)
	}
	if target, err := os.Readlink(link); err != nil || target != "real.conf" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	c.stop()
	if text := readFile(t, file); text != machineNames {
		t.Errorf("resolv.conf came back as %q", text)
	}
	helper.stop()
	same()
}

// TestProfileIsWhatTheGatewaySent compares everything that the gateway sends
// with what is shown and what is in force.
func TestProfileIsWhatTheGatewaySent(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	config := dnsGateway()
	config.Network6 = insideNetwork6
	config.Routes = append(config.Routes, "10.20.0.0/255.255.0.0", "fd00:20::/48")
	config.Lines = append(config.Lines, "mtu = 1400", `banner = "Welcome to the bed"`, "no-route = 10.20.30.0/24")
	gateway := bed.StartOcserv(t, config)
	same := guard(t, bed)
	c := connect(t, bed, gateway)
	s := c.connected()
	for _, route := range []string{insideNetwork, hostsBehind, "10.20.0.0/16", "fd00:20::/48"} {
		if !slices.Contains(s.SecureRoutes, route) {
			t.Errorf("secure routes %v lack %s", s.SecureRoutes, route)
		}
	}
	if !slices.Contains(s.NonSecureRoutes, "10.20.30.0/24") {
		t.Errorf("non-secure routes %v", s.NonSecureRoutes)
	}
	if s.Banner != "Welcome to the bed" {
		t.Errorf("banner %q", s.Banner)
	}
	addresses := bed.Client.Run(t, "ip", "-brief", "address", "show", "dev", s.Interface)
	for _, address := range s.Addresses {
		prefix, err := netip.ParsePrefix(address)
		if err != nil || !strings.Contains(addresses, " "+prefix.String()) {
			t.Errorf("address %s is not on the interface: %s", address, addresses)
		}
	}
	if len(s.Addresses) != 2 {
		t.Errorf("addresses %v", s.Addresses)
	}
	if link := bed.Client.Run(t, "ip", "link", "show", "dev", s.Interface); s.MTU > 1400 || !strings.Contains(link, " mtu ") {
		t.Errorf("MTU %d, link %s", s.MTU, link)
	}
	goesThrough(t, bed, "10.20.1.1", s.Interface)
	goesThrough(t, bed, "10.20.30.1", testbed.Wire)
	goesThrough(t, bed, "fd00:20::7", s.Interface)
	c.stop()
	same()
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
