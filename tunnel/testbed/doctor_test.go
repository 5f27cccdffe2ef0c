//go:build privileged && linux

package testbed_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"torii/tunnel/testbed"
)

// TestDoctor has real gateways looked at: the doctor names what is wrong and
// nothing else, and exits as a connect does.
func TestDoctor(t *testing.T) {
	t.Parallel()
	const other = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	authority := func(g *testbed.Ocserv) []string { return []string{"--ca", g.CAFile} }
	for _, c := range []struct {
		name   string
		config func(c *testbed.OcservConfig)
		begun  func(g *testbed.Ocserv)
		flags  func(g *testbed.Ocserv) []string
		want   string // the codes that fail
		exit   int
	}{
		{name: "all is well", flags: authority},
		{name: "an unknown authority", flags: func(*testbed.Ocserv) []string { return nil }, want: "unknown-issuer", exit: 6},
		{name: "its fingerprint", flags: func(g *testbed.Ocserv) []string { return []string{"--server-cert", "sha256:" + g.Fingerprint} }},
		{name: "another fingerprint", flags: func(g *testbed.Ocserv) []string { return append(authority(g), "--server-cert", other) },
			want: "pin", exit: 6},
		{name: "revoked", begun: func(g *testbed.Ocserv) { g.Staple(t, true); g.Restart() }, flags: authority, want: "revoked", exit: 6},
		{name: "it wants a certificate", config: func(c *testbed.OcservConfig) { c.Certificate, c.NoPassword = true, true },
			flags: authority, want: "client-certificate", exit: 5},
		{name: "it gets a certificate", config: func(c *testbed.OcservConfig) { c.Certificate, c.NoPassword = true, true },
			flags: func(g *testbed.Ocserv) []string { return append(authority(g), "--client-cert", g.ClientCertificate) }},
		{name: "TLS 1.1", config: func(c *testbed.OcservConfig) {
			c.RSA = true
			c.Lines = []string{`tls-priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-DTLS1.0:+SIGN-ALL:+SHA1"`}
		}, flags: authority, want: "tls-version", exit: 7},
		{name: "DHE, unknown authority", config: func(c *testbed.OcservConfig) {
			c.RSA = true
			c.Lines = []string{`tls-priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-DTLS1.2:-KX-ALL:+DHE-RSA"`}
		}, flags: func(*testbed.Ocserv) []string { return nil }, want: "tls-suite unknown-issuer", exit: 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bed := testbed.New(t)
			config := split()
			if c.config != nil {
				c.config(&config)
			}
			gateway := bed.StartOcserv(t, config)
			if c.begun != nil {
				c.begun(gateway)
			}
			flags := c.flags(gateway)
			if got, exit := doctor(t, bed, append([]string{gateway.Address()}, flags...)...); got != c.want || exit != c.exit {
				t.Errorf("the doctor finds %q and exits %d, want %q and %d", got, exit, c.want, c.exit)
			}
			if c.exit == 0 {
				return // others connect
			}
			connecting := connectWith(t, bed, []string{gateway.Password}, append([]string{gateway.Address(), "--user", gateway.User, "--once"}, flags...)...)
			if exit := connecting.wait(); exit != c.exit {
				t.Errorf("a connect exits %d, the doctor %d", exit, c.exit)
			}
		})
	}
}

// doctor runs `toriictl doctor` in the bed's client, and returns what fails.
func doctor(t *testing.T, bed *testbed.Bed, args ...string) (failing string, exit int) {
	t.Helper()
	command := toriictl(t, bed, nil, append([]string{"doctor", "--json"}, args...)...)
	out, err := command.Output()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		t.Fatal(err)
	}
	var report struct {
		Checks []struct{ Code, Status string }
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("the doctor writes %q: %v", out, err)
	}
	var codes []string
	for _, check := range report.Checks {
		if check.Status == "fail" {
			codes = append(codes, check.Code)
		}
	}
	slices.Sort(codes)
	return strings.Join(codes, " "), command.ProcessState.ExitCode()
}
