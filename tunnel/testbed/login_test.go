//go:build privileged && linux

package testbed_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"torii/tunnel"
	"torii/tunnel/testbed"
)

// split is a gateway with a split tunnel.
func split() testbed.OcservConfig {
	return testbed.OcservConfig{Network: insideNetwork, Routes: []string{insideNetwork}}
}

// The network inside and the gateway's address in it.
const (
	insideNetwork = "10.99.0.0/24"
	insideServer  = "10.99.0.1"
)

// The exit codes of design.md, section 3.
const (
	exitOK            = 0
	exitLoginRefused  = 5
	exitServerRefused = 6
	exitUnreachable   = 7
)

func TestPasswordLogin(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, split())
	same := guard(t, bed)
	if reaches(bed.Client, insideServer) {
		t.Fatalf("%s answers without a tunnel", insideServer)
	}
	c := connect(t, bed, gateway)
	s := c.connected()
	if s.Gateway != gateway.Address() || s.Protocol != "anyconnect" || s.Interface == "" || !s.Wanted {
		t.Errorf("snapshot %+v", s)
	}
	c.carries(insideServer)
	if code := c.stop(); code != exitOK {
		t.Errorf("after an interrupt the exit code is %d", code)
	}
	if s := c.last(); s.State != tunnel.StateDisconnected || s.Error != nil {
		t.Errorf("the last snapshot: %+v", s)
	}
	if len(c.rubbish) > 0 {
		t.Errorf("lines that are no snapshot: %q", c.rubbish)
	}
	same()
	if reaches(bed.Client, insideServer) {
		t.Errorf("%s answers after the end of the tunnel", insideServer)
	}
	eventually(t, usual, "the end of the session at the gateway", func() bool {
		return !strings.Contains(gateway.Control(t, "show", "users"), gateway.User)
	})
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, split())
	same := guard(t, bed)
	c := connectWith(t, bed, []string{"not the password"}, gateway.Address(), "--user", gateway.User, "--ca", gateway.CAFile)
	if code := c.wait(); code != exitLoginRefused {
		t.Errorf("exit code %d", code)
	}
	if s := c.last(); s.State.Up() || s.State.Busy() {
		t.Errorf("the last state: %s", s.State)
	}
	said := slices.ContainsFunc(c.all(), func(s tunnel.Snapshot) bool {
		return s.Question != nil && strings.Contains(s.Question.Error, "Login failed")
	})
	if !said {
		t.Error("the gateway's word on the password was not shown")
	}
	same()
}

func TestGroupChoice(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	groups := t.TempDir()
	// The group that was chosen shows in the routes.
	for group, route := range map[string]string{"staff": "198.51.100.0/24", "guests": insideNetwork} {
		writeFile(t, filepath.Join(groups, group), "route = "+route+"\n")
	}
	config := split()
	config.Groups = []string{"guests[Guests of the house]", "staff"}
	config.Lines = []string{"config-per-group = " + groups + "/"}
	gateway := bed.StartOcserv(t, config)
	for _, c := range []struct{ name, address, group, route string }{
		{"by name", gateway.Address(), "staff", "198.51.100.0/24"},
		{"by its label", gateway.Address(), "Guests of the house", insideNetwork},
		{"by the URL", gateway.Address() + "/staff", "", "198.51.100.0/24"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{c.address, "--user", gateway.User, "--ca", gateway.CAFile}
			if c.group != "" {
				args = append(args, "--group", c.group)
			}
			client := connectWith(t, bed, []string{gateway.Password}, args...)
			s := client.connected()
			if !strings.Contains(strings.Join(s.SecureRoutes, " "), c.route) {
				t.Errorf("secure routes %v, want %s among them", s.SecureRoutes, c.route)
			}
		})
	}
}

// oneTimeCode is RFC 6238's code of six digits for a moment.
func oneTimeCode(secret []byte, at time.Time) string {
	mac := hmac.New(sha1.New, secret)
	binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:])&0x7fffffff%1e6)
}

func TestOneTimeCode(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	config := split()
	config.OneTimeCodes = true
	gateway := bed.StartOcserv(t, config)
	args := []string{gateway.Address(), "--user", gateway.User, "--ca", gateway.CAFile}
	c := connectWith(t, bed, []string{gateway.Password, oneTimeCode(gateway.OneTimeSecret, time.Now())}, args...)
	c.connected()
	c.carries(insideServer)
	c.stop()
	wrong := connectWith(t, bed, []string{gateway.Password, "000000"}, args...)
	if code := wrong.wait(); code != exitLoginRefused {
		t.Errorf("with a wrong code the exit code is %d", code)
	}
}

func TestClientCertificate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		noPassword bool
		priorities string
	}{
		{"alone", true, ""},
		{"alone, TLS 1.2", true, "NORMAL:%SERVER_PRECEDENCE:-VERS-ALL:+VERS-TLS1.2:+VERS-DTLS1.2"},
		{"and password", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bed := testbed.New(t)
			config := split()
			config.Certificate, config.NoPassword = true, c.noPassword
			if c.priorities != "" {
				config.Lines = append(config.Lines, `tls-priorities = "`+c.priorities+`"`)
			}
			gateway := bed.StartOcserv(t, config)
			var secrets []string
			if !c.noPassword {
				secrets = []string{gateway.Password}
			}
			args := []string{gateway.Address(), "--user", gateway.User, "--ca", gateway.CAFile}
			client := connectWith(t, bed, secrets, append(args, "--client-cert", gateway.ClientCertificate)...)
			client.connected()
			client.carries(insideServer)
			client.stop()
			without := connectWith(t, bed, secrets, args...)
			if code := without.wait(); code != exitLoginRefused {
				t.Errorf("without the certificate the exit code is %d", code)
			}
			if e := without.last().Error; e == nil || e.Code != tunnel.CodeClientCertificate {
				t.Errorf("without the certificate: %+v", e)
			}
		})
	}
}

// writeFile writes a file that everybody reads: ocserv's workers do.
func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestServerCertificate has a gateway whose authority nobody told the client
// of, and one that is known by its certificate alone.
func TestServerCertificate(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, split())
	same := guard(t, bed)
	for _, args := range [][]string{
		{gateway.Address()}, // an unknown authority
		{gateway.Address(), "--server-cert", "sha256:" + strings.Repeat("ab", 32)},
		{testbed.OtherName, "--ca", gateway.CAFile},
	} {
		client := connectWith(t, bed, []string{gateway.Password}, append(args, "--user", gateway.User)...)
		if code := client.wait(); code != exitServerRefused {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
	if strings.Contains(gateway.Log(), gateway.User) {
		t.Error("a server that was not verified heard the user's name")
	}
	named := connectWith(t, bed, []string{gateway.Password}, testbed.ServerName, "--user", gateway.User, "--ca", gateway.CAFile)
	named.connected()
	named.stop()
	pinned := connectWith(t, bed, []string{gateway.Password}, gateway.Address(), "--user", gateway.User,
		"--server-cert", "sha256:"+gateway.Fingerprint)
	pinned.connected()
	pinned.carries(insideServer)
	if code := pinned.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	same()
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	same := guard(t, bed)
	for _, host := range []string{testbed.ServerAddress, "nobody.example.test"} {
		c := connectWith(t, bed, []string{"secret"}, host, "--user", "alice")
		if code := c.wait(); code != exitUnreachable {
			t.Errorf("%s: exit code %d", host, code)
		}
	}
	same()
}
