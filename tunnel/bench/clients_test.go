//go:build bench

package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"torii/tunnel/testbed"
)

// ocservOfTheBed is the gateway that every client meets: plain passwords, the
// MTU and the compatibility switches of docs/performance.md.
func ocservOfTheBed() testbed.OcservConfig {
	return testbed.OcservConfig{
		Network: innerNetwork,
		Routes:  []string{innerNetwork},
		Lines:   []string{"mtu = 1434", "dtls-legacy = true", "cisco-client-compat = true"},
	}
}

// torii connects in the foreground as root, with a helper of its own.
func torii(bed *testbed.Bed, server *testbed.Ocserv, args ...string) client {
	name := strings.TrimSpace("torii " + strings.Join(args, " "))
	return client{name: name, inner: innerServer, start: func(t *testing.T) *process {
		return startTorii(t, bed, server.Password+"\n", append([]string{
			server.Address(), "--ca", server.CAFile, "--user", server.User}, args...)...)
	}}
}

// startTorii runs toriictl with a home of its own.
func startTorii(t *testing.T, bed *testbed.Bed, input string, args ...string) *process {
	home := t.TempDir()
	environment := []string{"HOME=" + home, "XDG_RUNTIME_DIR=" + home, "XDG_CONFIG_HOME=" + home,
		"TORII_HELPER=" + filepath.Join(home, "helper.sock")}
	return startProcess(t, bed.Client, input, environment, binary(t, "toriictl"),
		append([]string{"connect", "--password-stdin"}, args...)...)
}

// openconnectScript is the least that makes openconnect's tunnel usable; its
// usual script does DNS as well, which nobody here asks for.
const openconnectScript = `#!/bin/sh
case "$reason" in
connect)
	ip link set dev "$TUNDEV" up mtu "$INTERNAL_IP4_MTU"
	ip addr add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
	ip route add ` + innerNetwork + ` dev "$TUNDEV"
	;;
esac
`

// openconnect is the peer that people use today.
func openconnect(bed *testbed.Bed, server *testbed.Ocserv, args ...string) client {
	name := strings.TrimSpace("openconnect " + strings.Join(args, " "))
	return client{name: name, inner: innerServer, start: func(t *testing.T) *process {
		script := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(script, []byte(openconnectScript), 0o755); err != nil {
			t.Fatal(err)
		}
		return startProcess(t, bed.Client, server.Password+"\n", nil, "openconnect", append([]string{
			"--cafile", server.CAFile, "--user", server.User, "--passwd-on-stdin", "--non-inter",
			"--script", script, server.Address()}, args...)...)
	}}
}

// wireguardPair starts both peers for a turn; the client's end is measured.
func wireguardPair(bed *testbed.Bed) client {
	return client{name: "wireguard-go pair", inner: wireguardServer, start: func(t *testing.T) *process {
		return startWireguardPair(t, bed)
	}}
}

// The roles that the test binary plays in processes of their own.
const (
	roleVariable  = "TORII_BENCH_ROLE"
	inputVariable = "TORII_BENCH_INPUT"
	roleWireguard = "wireguard"
	roleGateway   = "gateway"
)

// TestMain plays a role where it is told to, and runs the bench otherwise.
func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(roleVariable) {
	case roleWireguard:
		err = runWireguardPeer(os.Getenv(inputVariable))
	case roleGateway:
		err = runGateway(os.Getenv(inputVariable))
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// startRole starts this test binary in a role.
func startRole(t *testing.T, ns *testbed.Namespace, role, input string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return startProcess(t, ns, "", []string{roleVariable + "=" + role, inputVariable + "=" + input}, self)
}
