//go:build privileged && linux

package testbed_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"torii/tunnel/testbed"
)

// reaches reports whether a ping to host is answered.
func reaches(ns *testbed.Namespace, host string) bool {
	_, err := ns.Try("ping", "-n", "-c", "1", "-W", "1", host)
	return err == nil
}

// eventually polls until a condition holds.
func eventually(t *testing.T, within time.Duration, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !condition(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come within %v", what, within)
		}
	}
}

func TestBedKeepsInsideAndOutsideApart(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	for _, host := range []string{testbed.ServerAddress, testbed.ServerAddress6, testbed.OutsideHost, testbed.OutsideHost6} {
		if !reaches(bed.Client, host) {
			t.Errorf("the wire does not carry packets to %s", host)
		}
	}
	for _, host := range []string{testbed.InsideHost, testbed.InsideHost6} {
		if reaches(bed.Client, host) {
			t.Errorf("the wire carries packets to %s, which is behind the gateway", host)
		}
	}
}

func TestBedFaults(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	heal := bed.Disturb(t, testbed.NothingAtAll())
	if reaches(bed.Client, testbed.ServerAddress) {
		t.Error("a pulled plug carries packets")
	}
	heal()
	if !reaches(bed.Client, testbed.ServerAddress) {
		t.Error("a healed wire carries nothing")
	}
	bed.Disturb(t, testbed.Loss(50))
	out, _ := bed.Client.Try("ping", "-n", "-q", "-i", "0.002", "-c", "400", testbed.ServerAddress)
	// Half is lost on the way there, half of the rest on the way back.
	if !strings.Contains(out, "400 packets transmitted, ") || strings.Contains(out, " 0% packet loss") || strings.Contains(out, " 100% packet loss") {
		t.Errorf("with loss: %s", out)
	}
}

func TestBedHasFilesOfItsOwn(t *testing.T) {
	t.Parallel()
	real, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		t.Fatal(err)
	}
	bed := testbed.New(t)
	bed.Client.SetResolvConf(t, "nameserver 192.0.2.53\n")
	if got := bed.Client.Run(t, "cat", "/etc/resolv.conf"); got != "nameserver 192.0.2.53\n" {
		t.Errorf("resolv.conf in the client: %q", got)
	}
	bed.Client.Run(t, "sh", "-c", "echo changed >/etc/resolv.conf && touch /run/mark /var/lib/mark /etc/torii-mark")
	if now, err := os.ReadFile("/etc/resolv.conf"); err != nil || string(now) != string(real) {
		t.Errorf("the machine's own resolv.conf was touched: %q, %v", now, err)
	}
	for _, file := range []string{"/run/mark", "/var/lib/mark", "/etc/torii-mark"} {
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s is on the machine", file)
		}
	}
	if out := bed.Server.Run(t, "getent", "hosts", testbed.ServerName); !strings.HasPrefix(out, testbed.ServerAddress+" ") {
		t.Errorf("the server's name: %q", out)
	}
}

// TestBedEndsWhatRunsInIt leaves a program behind and looks whether it is gone
// with its bed.
func TestBedEndsWhatRunsInIt(t *testing.T) {
	t.Parallel()
	watched := &quietly{TB: t}
	bed := testbed.New(watched)
	sleeper := bed.Client.Command(context.Background(), "sleep", "600")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "the program", func() bool { return len(bed.Client.Processes()) == 1 })
	watched.end()
	sleeper.Wait()
	if len(watched.errors) != 1 || !strings.Contains(watched.errors[0], "sleep 600") {
		t.Errorf("the bed's word about what was left: %q", watched.errors)
	}
}

// quietly is a test of its own that may fail without failing the real one.
type quietly struct {
	testing.TB
	cleanups []func()
	errors   []string
}

func (q *quietly) Cleanup(f func()) { q.cleanups = append(q.cleanups, f) }
func (q *quietly) Errorf(_ string, args ...any) {
	for _, a := range args {
		if text, ok := a.(string); ok && strings.Contains(text, "sleep") {
			q.errors = append(q.errors, text)
		}
	}
}

func (q *quietly) end() {
	for len(q.cleanups) > 0 {
		last := q.cleanups[len(q.cleanups)-1]
		q.cleanups = q.cleanups[:len(q.cleanups)-1]
		last()
	}
}

// openconnectScript gives openconnect's interface its address and the inside
// network; nothing else is asked of it here.
const openconnectScript = `#!/bin/sh
[ "$reason" = connect ] || exit 0
ip link set dev "$TUNDEV" up mtu "$INTERNAL_IP4_MTU"
ip addr add "$INTERNAL_IP4_ADDRESS/32" dev "$TUNDEV"
ip route add 10.99.0.0/24 dev "$TUNDEV"
`

// TestOcservServesOpenconnect shows that the gateway works with the client
// that it was made for, so that what fails elsewhere is not the bed's fault.
func TestOcservServesOpenconnect(t *testing.T) {
	t.Parallel()
	testbed.Require(t, "openconnect")
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, testbed.OcservConfig{Network: "10.99.0.0/24", Routes: []string{"10.99.0.0/24"}})
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte(openconnectScript), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		client := bed.Client.Command(t.Context(), "openconnect", "--cafile", gateway.CAFile, "--user", gateway.User,
			"--passwd-on-stdin", "--non-inter", "--script", script, gateway.Address())
		client.Stdin = strings.NewReader(gateway.Password + "\n")
		if err := client.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, 20*time.Second, "a ping through openconnect", func() bool { return reaches(bed.Client, "10.99.0.1") })
		client.Process.Signal(os.Interrupt)
		client.Wait()
		if reaches(bed.Client, "10.99.0.1") {
			t.Error("the inside network is reached without a tunnel")
		}
		gateway.Restart()
	}
}
