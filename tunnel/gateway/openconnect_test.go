//go:build privileged && linux

package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// insideVariable marks the test process that runs in a namespace of its own.
const insideVariable = "TORII_TEST_IN_NAMESPACE"

// TestOpenconnect lets Debian's openconnect use the gateway: a client that
// nobody of this project wrote. The test runs itself again in a network
// namespace, where openconnect may make its interface.
func TestOpenconnect(t *testing.T) {
	if os.Getenv(insideVariable) == "" {
		requirePeers(t, "openconnect", "curl", "ip")
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v=true", "-test.timeout=2m")
		command.Env = append(os.Environ(), insideVariable+"=1")
		command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("in the namespace: %v\n%s", err, out)
		}
		return
	}
	run(t, "ip", "link", "set", "lo", "up")
	for _, c := range []struct {
		name    string
		config  Config
		args    []string
		answers string
		says    string // what openconnect must have said once packets flow
	}{
		{"password, DTLS", Config{}, nil, DefaultPassword, `Established DTLS connection.*AES-256-GCM`},
		{"TLS only", Config{NoDTLS: true}, nil, DefaultPassword, ""},
		{"UDP blocked", Config{Fault: FaultUDPBlocked}, nil, DefaultPassword, ""},
		{"groups and a code", Config{Groups: []string{"all", "staff"}, OneTimeCode: "4242"}, []string{"--authgroup=staff"}, DefaultPassword + "\n4242", ""},
		{"older login", Config{LegacyLogin: true}, []string{"--no-xmlpost"}, DefaultPassword, ""},
		{"camouflage", Config{Camouflage: "hush"}, []string{"--usergroup=?hush"}, DefaultPassword, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := c.config
			config.Names = []string{"127.0.0.1"}
			g := newGateway(t, config)
			at, err := g.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
			if err != nil {
				t.Fatal(err)
			}
			said := startOpenconnect(t, g, at, c.answers, c.args...)
			if out := fetch(t, "http://10.98.0.1/address"); out != "10.98.0.2\n" {
				t.Errorf("through openconnect: %q\n%s", out, said)
			}
			if out := fetch(t, "http://[fd00:98::1]/address"); out != "fd00:98::2\n" {
				t.Errorf("IPv6 through openconnect: %q\n%s", out, said)
			}
			if c.says != "" {
				pattern := regexp.MustCompile(c.says)
				eventually(t, "openconnect says "+c.says+"\n"+said.String(), func() bool { return pattern.MatchString(said.String()) })
				if out := fetch(t, "http://10.98.0.1/zeros?n=3000000"); len(out) != 3000000 {
					t.Errorf("over DTLS: %d bytes", len(out))
				}
			}
		})
	}
}

// requirePeers skips where a program is missing, or fails in CI.
func requirePeers(t *testing.T, names ...string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is missing", name)
			}
			t.Skipf("%s is missing", name)
		}
	}
}

// output is what a program has said so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// startOpenconnect connects, with a script that sets addresses and routes and
// leaves DNS alone.
func startOpenconnect(t *testing.T, g *Gateway, at netip.AddrPort, answers string, args ...string) *output {
	t.Helper()
	script := filepath.Join(t.TempDir(), "script")
	err := os.WriteFile(script, []byte(`#!/bin/sh
[ "$reason" = connect ] || exit 0
ip link set "$TUNDEV" up mtu "$INTERNAL_IP4_MTU"
ip address add "$INTERNAL_IP4_ADDRESS/24" dev "$TUNDEV"
ip -6 address add "$INTERNAL_IP6_ADDRESS/64" dev "$TUNDEV" nodad
`), 0o700)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	leaf := leafOf(t, g)
	command := exec.CommandContext(ctx, "openconnect", append([]string{
		"--protocol=anyconnect", "--user=" + DefaultUser, "--passwd-on-stdin", "--non-inter",
		"--servercert=" + leaf, "--script=" + script, "--verbose",
		fmt.Sprintf("https://%s", at)}, args...)...)
	command.Stdin = strings.NewReader(answers + "\n")
	said := &output{}
	command.Stdout, command.Stderr = said, said
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGINT) }
	command.WaitDelay = 5 * time.Second
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		command.Wait()
	})
	return said
}

// leafOf is the pin of the gateway's certificate as openconnect writes it.
func leafOf(t *testing.T, g *Gateway) string {
	t.Helper()
	conn, err := newClient(t, g).dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	return "pin-sha256:" + base64.StdEncoding.EncodeToString(sum[:])
}

// fetch fetches a page with curl, once the tunnel is there.
func fetch(t *testing.T, url string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "curl", "-s", "-S", "--max-time", "20", "--retry", "20",
		"--retry-delay", "1", "--retry-all-errors", "--retry-max-time", "20", url).Output()
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(out)
}

// run runs a command that must succeed.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}
