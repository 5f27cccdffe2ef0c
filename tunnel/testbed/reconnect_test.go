//go:build privileged && linux

package testbed_test

import (
	"strings"
	"testing"
	"time"

	"torii/tunnel"
	"torii/tunnel/testbed"
)

// TestRekeyUnderLoad has a gateway that wants new keys every few seconds, and
// loads the tunnel meanwhile.
func TestRekeyUnderLoad(t *testing.T) {
	t.Parallel()
	const tls12 = `tls-priorities = "NORMAL:%SERVER_PRECEDENCE:-VERS-ALL:+VERS-TLS1.2:+VERS-DTLS1.2"`
	for _, c := range []struct {
		name  string
		lines []string
		args  []string
		ways  int // local endpoints that must have been used
	}{
		{"new tunnel", []string{"rekey-method = new-tunnel"}, nil, 5},
		{"new tunnel, TLS only", []string{"rekey-method = new-tunnel"}, []string{"--no-dtls"}, 3},
		{"new tunnel, older resumption", append(olderDTLS(), "rekey-method = new-tunnel"), nil, 5},
		{"ssl, TLS 1.2", []string{"rekey-method = ssl", tls12}, nil, 5},
		// TLS changes its keys within the connection here, DTLS comes anew
		// (ocserv says ten seconds later than TLS).
		{"ssl, TLS 1.3", []string{"rekey-method = ssl"}, nil, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bed := testbed.New(t)
			config := split()
			config.Lines = append(c.lines, "rekey-time = 4")
			client := connect(t, bed, bed.StartOcserv(t, config), c.args...)
			client.connected()
			pings := startPing(t, bed, insideServer)
			// Slow enough for the machine to have time for others.
			throughput(t, bed, insideServer, "-t", "8", "-b", "20M")
			throughput(t, bed, insideServer, "-t", "8", "-b", "20M", "-R")
			pings.progress(3)
			client.neverLeft()
			ways := make(map[string]bool)
			for _, s := range client.all() {
				ways[s.LocalEndpoint] = true
			}
			lost := pings.lost()
			worst := time.Duration(pings.worst.Load())
			t.Logf("%d local endpoints; %d pings lost; the slowest took %v", len(ways), lost, worst)
			// What is on its way when the gateway drops the old tunnel is lost.
			if lost > 20 {
				t.Errorf("%d pings were lost", lost)
			}
			if worst > 1900*time.Millisecond {
				t.Errorf("a ping took %v", worst)
			}
			delete(ways, "") // not connected yet
			if len(ways) < c.ways {
				t.Errorf("%d local endpoints, want %d at least: there were no new keys", len(ways), c.ways)
			}
		})
	}
}

func TestGatewayRestart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		end  func(*testbed.Ocserv)
	}{
		{"orderly", func(g *testbed.Ocserv) { g.Stop() }},
		{"crash", func(g *testbed.Ocserv) { g.Kill() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bed := testbed.New(t)
			gateway := bed.StartOcserv(t, everything())
			same := guard(t, bed)
			client := connect(t, bed, gateway)
			client.connected()
			client.carries(testbed.InsideHost)
			mark := client.mark()
			c.end(gateway)
			client.untilAfter(mark, "reconnecting", usual, func(s tunnel.Snapshot) bool { return s.State == tunnel.StateReconnecting })
			if reaches(bed.Client, testbed.OutsideHost) {
				t.Error("packets leak around the full tunnel while it is down")
			}
			time.Sleep(time.Second)
			mark = client.mark()
			gateway.Start()
			// The gateway knows nothing of the session: the password is
			// remembered for as long as the connection is wished for.
			client.untilAfter(mark, "the connection again", 2*usual, connectedOver(""))
			client.carries(testbed.InsideHost)
			client.stop()
			same()
		})
	}
}

// TestPulledPlug cuts everything and puts it back, which the session outlives.
func TestPulledPlug(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	config := split()
	config.Lines = []string{"dpd = 3"}
	gateway := bed.StartOcserv(t, config)
	c := connect(t, bed, gateway)
	before := c.until("DTLS", usual, connectedOver("dtls"))
	inside := startTalk(t, bed)
	inside.goesOn()
	mark := c.mark()
	heal := bed.Disturb(t, testbed.NothingAtAll())
	c.untilAfter(mark, "reconnecting", 2*usual, func(s tunnel.Snapshot) bool { return s.State == tunnel.StateReconnecting })
	mark = c.mark()
	heal()
	after := c.untilAfter(mark, "the connection again", 2*usual, connectedOver(""))
	c.carries(insideServer)
	inside.goesOn()
	if strings.Join(after.Addresses, " ") != strings.Join(before.Addresses, " ") {
		t.Errorf("the addresses changed from %v to %v", before.Addresses, after.Addresses)
	}
	if n := strings.Count(gateway.Log(), "authentication to authenticate user"); n != 1 {
		t.Errorf("%d logins, want the kept session: %s", n, gateway.Log())
	}
}

// TestGatewayEndsTheSession has gateways that end a session on purpose. The
// connection is still wished for, so it logs in again, with what it remembers.
func TestGatewayEndsTheSession(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		line string
		end  func(*testing.T, *testbed.Ocserv)
	}{
		{"session limit", "session-timeout = 4", nil},
		{"administrator", "", func(t *testing.T, g *testbed.Ocserv) { g.Control(t, "disconnect", "user", g.User) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bed := testbed.New(t)
			config := split()
			if c.line != "" {
				config.Lines = []string{c.line}
			}
			gateway := bed.StartOcserv(t, config)
			client := connect(t, bed, gateway)
			client.connected()
			mark := client.mark()
			if c.end != nil {
				c.end(t, gateway)
			}
			start := time.Now()
			client.untilAfter(mark, "reconnecting", usual, func(s tunnel.Snapshot) bool { return s.State == tunnel.StateReconnecting })
			t.Logf("the end came after %v", time.Since(start).Round(100*time.Millisecond))
			start = time.Now()
			client.untilAfter(client.mark(), "the connection again", usual, connectedOver(""))
			t.Logf("the connection came back after %v", time.Since(start).Round(100*time.Millisecond))
			client.carries(insideServer)
			if n := strings.Count(gateway.Log(), "authentication to authenticate user"); n < 2 {
				t.Errorf("%d logins, want another one", n)
			}
		})
	}
}

// TestRoaming gives the client another address outside, as another network
// does: the session goes on from there at once, without a login.
func TestRoaming(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, split())
	c := connect(t, bed, gateway)
	before := c.until("DTLS", usual, connectedOver("dtls"))
	inside := startTalk(t, bed)
	inside.goesOn()
	mark := c.mark()
	bed.Client.Run(t, "ip", "address", "del", testbed.ClientAddress+"/24", "dev", testbed.Wire)
	bed.Client.Run(t, "ip", "address", "add", "192.0.2.77/24", "dev", testbed.Wire)
	bed.Client.Run(t, "ip", "route", "replace", "default", "via", testbed.ServerAddress)
	moved := c.untilAfter(mark, "a connection from the new address", usual, func(s tunnel.Snapshot) bool {
		return s.State == tunnel.StateConnected && strings.HasPrefix(s.LocalEndpoint, "192.0.2.77:")
	})
	c.carries(insideServer)
	inside.goesOn()
	if strings.Join(moved.Addresses, " ") != strings.Join(before.Addresses, " ") {
		t.Errorf("the addresses inside changed from %v to %v", before.Addresses, moved.Addresses)
	}
	if n := strings.Count(gateway.Log(), "authentication to authenticate user"); n != 1 {
		t.Errorf("%d logins, want the kept session", n)
	}
}
