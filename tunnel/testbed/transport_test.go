//go:build privileged && linux

package testbed_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"torii/tunnel"
	"torii/tunnel/testbed"
)

// olderDTLS makes ocserv offer the resumption that gateways had before
// PSK-NEGOTIATE.
func olderDTLS() []string {
	return []string{"dtls-psk = false", "dtls-legacy = true", "cisco-client-compat = true"}
}

func TestTransports(t *testing.T) {
	t.Parallel()
	const tls12 = `tls-priorities = "NORMAL:%SERVER_PRECEDENCE:-VERS-ALL:+VERS-TLS1.2:+VERS-DTLS1.2"`
	const noAES256 = `tls-priorities = "NORMAL:%SERVER_PRECEDENCE:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:+VERS-DTLS1.2:-AES-256-GCM:-CHACHA20-POLY1305"`
	for _, c := range []struct {
		name      string
		lines     []string
		args      []string
		transport string
		cipher    string // a part of it
		log       string // what the gateway says of it
	}{
		{"TLS 1.3 only", nil, []string{"--no-dtls"}, "tls", "TLS 1.3, AES-256-GCM", ""},
		{"TLS 1.2 only", []string{tls12}, []string{"--no-dtls"}, "tls", "TLS 1.2, AES-256-GCM", ""},
		{"DTLS, PSK", nil, nil, "dtls", "PSK, AES-256-GCM", "setting up DTLS-PSK connection"},
		{"DTLS, PSK over TLS 1.2", []string{tls12}, nil, "dtls", "PSK, AES-256-GCM", "setting up DTLS-PSK connection"},
		{"DTLS, older resumption", olderDTLS(), nil, "dtls", "DTLS 1.2, AES-256-GCM", "setting up legacy DTLS (resumption) connection"},
		{"DTLS, PSK over TLS 1.2, RSA", []string{tls12}, nil, "dtls", "PSK, AES-256-GCM", "setting up DTLS-PSK connection"},
		{"DTLS, older resumption, RSA", olderDTLS(), nil, "dtls", "DTLS 1.2, AES-256-GCM", "setting up legacy DTLS (resumption) connection"},
		{"DTLS, PSK, AES-128", []string{noAES256}, nil, "dtls", "PSK, AES-128-GCM", "setting up DTLS-PSK connection"},
		{"DTLS, older resumption, AES-128", append(olderDTLS(), noAES256), nil, "dtls", "DTLS 1.2, AES-128-GCM", "setting up legacy DTLS (resumption) connection"},
		{"gateway without UDP", []string{"udp-port = 0"}, nil, "tls", "TLS 1.3", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bed := testbed.New(t)
			config := split()
			config.Lines = c.lines
			config.RSA = strings.Contains(c.name, "RSA")
			gateway := bed.StartOcserv(t, config)
			same := guard(t, bed)
			client := connect(t, bed, gateway, c.args...)
			s := client.until("the connection over "+c.transport, usual, connectedOver(c.transport))
			if !strings.Contains(s.Cipher, c.cipher) {
				t.Errorf("cipher %q, want %q in it", s.Cipher, c.cipher)
			}
			if s.GatewayEndpoint != testbed.ServerAddress+":443" {
				t.Errorf("gateway endpoint %q", s.GatewayEndpoint)
			}
			client.carries(insideServer)
			carriesFullPackets(t, bed, insideServer, s.MTU)
			if c.log != "" && !strings.Contains(gateway.Log(), c.log) {
				t.Errorf("the gateway does not say %q", c.log)
			}
			if c.transport == "tls" {
				time.Sleep(time.Second) // DTLS would have come in a few milliseconds
				if client.last().Transport != "tls" {
					t.Errorf("transport %s", client.last().Transport)
				}
			}
			client.neverLeft()
			client.stop()
			same()
		})
	}
}

// carriesFullPackets checks that packets of the tunnel's MTU cross it whole in
// both directions, and longer ones do not enter it.
func carriesFullPackets(t *testing.T, bed *testbed.Bed, host string, mtu int) {
	t.Helper()
	const headers = 20 + 8 // IPv4 and ICMP
	whole := func(size int) error {
		_, err := bed.Client.Try("ping", "-n", "-M", "do", "-c", "3", "-i", "0.05", "-W", "5", "-s", strconv.Itoa(size-headers), host)
		return err
	}
	if err := whole(mtu); err != nil {
		t.Errorf("packets of %d bytes do not cross: %v", mtu, err)
	}
	if whole(mtu+1) == nil {
		t.Errorf("packets of more than %d bytes enter the tunnel", mtu)
	}
}

func TestConnectOverIPv6(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, split())
	c := connectWith(t, bed, []string{gateway.Password}, gateway.Address6(), "--user", gateway.User, "--ca", gateway.CAFile)
	s := c.until("DTLS", usual, connectedOver("dtls"))
	if s.GatewayEndpoint != gateway.Address6() {
		t.Errorf("gateway endpoint %q", s.GatewayEndpoint)
	}
	c.carries(insideServer)
}

// TestUDPBlockedFromTheStart wants a connection by TLS within five seconds and
// not a word about it.
func TestUDPBlockedFromTheStart(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, split())
	bed.Disturb(t, testbed.NoUDP(testbed.OcservPort))
	c := connect(t, bed, gateway)
	s := c.until("the connection", 5*time.Second, connectedOver(""))
	if s.Transport != "tls" {
		t.Errorf("transport %s", s.Transport)
	}
	c.carries(insideServer)
	// As long as a handshake over UDP is tried.
	time.Sleep(6 * time.Second)
	c.carries(insideServer)
	c.neverLeft()
	for _, s := range c.all() {
		if s.Error != nil {
			t.Errorf("an error was shown: %+v", s.Error)
		}
	}
}

// TestUDPIsCutAndComesBack pings all the time while UDP is cut and heals.
func TestUDPIsCutAndComesBack(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, split())
	c := connect(t, bed, gateway)
	c.until("DTLS", usual, connectedOver("dtls"))
	pings := startPing(t, bed, insideServer)
	pings.progress(10)
	cut := time.Now()
	heal := bed.Disturb(t, testbed.NoUDP(testbed.OcservPort))
	mark := c.mark()
	c.untilAfter(mark, "TLS in place of DTLS", usual, connectedOver("tls"))
	took := time.Since(cut)
	pings.progress(1)
	lost := pings.lost()
	t.Logf("the change to TLS came %v after the cut; %d pings were lost", took.Round(100*time.Millisecond), lost)
	if took > 15*time.Second {
		t.Errorf("the change to TLS took %v", took)
	}
	if lost == 0 {
		t.Error("UDP was cut and no ping was lost: they do not take DTLS")
	}
	pings.progress(20)
	if again := pings.lost(); again > lost+5 {
		t.Errorf("pings are lost over TLS: %d, and then %d", lost, again)
	}
	heal()
	lost = pings.lost()
	mark = c.mark()
	// DTLS rests for a minute after it failed.
	c.untilAfter(mark, "DTLS again", 90*time.Second, connectedOver("dtls"))
	pings.progress(20)
	if again := pings.lost(); again > lost {
		t.Errorf("the way back lost %d pings", again-lost)
	}
	c.neverLeft()
}

// TestNarrowPath has paths that carry IP packets of up to 1300 bytes: one that
// both ends know of, and one whose narrow place nobody tells them about.
func TestNarrowPath(t *testing.T) {
	t.Parallel()
	const path = 1300
	t.Run("known", func(t *testing.T) {
		t.Parallel()
		bed := testbed.New(t)
		bed.SetMTU(t, path)
		c := connect(t, bed, bed.StartOcserv(t, split()))
		s := c.until("DTLS", usual, connectedOver("dtls"))
		if s.MTU >= path || s.MTU < path-100 {
			t.Errorf("MTU %d on a path of %d bytes", s.MTU, path)
		}
		throughput(t, bed, insideServer, "-n", "2M")
		c.neverLeft()
	})
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		bed := testbed.New(t)
		bed.Disturb(t, testbed.NarrowUDP(path))
		c := connect(t, bed, bed.StartOcserv(t, split()))
		s := c.until("the path's MTU", usual, func(s tunnel.Snapshot) bool { return s.Transport == "dtls" && s.MTU < path })
		if s.MTU < path-100 {
			t.Errorf("MTU %d on a path of %d bytes", s.MTU, path)
		}
		throughput(t, bed, insideServer, "-n", "2M")
		throughput(t, bed, insideServer, "-n", "2M", "-R")
		c.neverLeft()
		if last := c.last(); last.Transport != "dtls" {
			t.Errorf("transport %s at the end", last.Transport)
		}
	})
}

// TestPathNarrows makes the wire narrower under a connection, as a change of
// the route does.
func TestPathNarrows(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	c := connect(t, bed, bed.StartOcserv(t, split()))
	wide := c.until("DTLS", usual, connectedOver("dtls"))
	throughput(t, bed, insideServer, "-n", "2M")
	bed.SetMTU(t, 1300)
	throughput(t, bed, insideServer, "-n", "2M")
	narrow := c.until("the narrower path's MTU", usual, func(s tunnel.Snapshot) bool { return s.Transport == "dtls" && s.MTU < 1300 })
	throughput(t, bed, insideServer, "-n", "2M", "-R")
	t.Logf("MTU %d and then %d", wide.MTU, narrow.MTU)
	c.neverLeft()
}

// TestPathTooNarrowForIPv6 has a path over which UDP cannot carry what IPv6
// demands of every link, 1280 bytes (RFC 8200, section 5): packets take TLS.
func TestPathTooNarrowForIPv6(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	bed.Disturb(t, testbed.NarrowUDP(1250))
	config := split()
	config.Network6 = insideNetwork6
	config.Routes = append(config.Routes, insideNetwork6)
	c := connect(t, bed, bed.StartOcserv(t, config))
	c.connected()
	time.Sleep(5 * time.Second) // DTLS comes up and is found too narrow
	for _, host := range []string{insideServer, insideServer6} {
		if out, err := bed.Client.Try("ping", "-n", "-c", "20", "-i", "0.05", "-W", "5", "-s", "1200", host); err != nil || lossOf(t, out) > 0 {
			t.Errorf("full packets to %s: %v %s", host, err, out)
		}
	}
	throughput(t, bed, insideServer6, "-n", "2M")
	throughput(t, bed, insideServer6, "-n", "2M", "-R")
	c.neverLeft()
}

// TestLossyPath loses every twentieth packet, in both directions.
func TestLossyPath(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	bed.Disturb(t, testbed.Loss(5))
	c := connect(t, bed, bed.StartOcserv(t, split()))
	c.until("DTLS", usual, connectedOver("dtls"))
	throughput(t, bed, insideServer, "-n", "1M")
	throughput(t, bed, insideServer, "-n", "1M", "-R")
	out, _ := bed.Client.Try("ping", "-n", "-q", "-i", "0.02", "-c", "200", insideServer)
	if lost := lossOf(t, out); lost > 30 {
		t.Errorf("of 200 pings %d %% were lost at 5 %% in each direction: %s", lost, out)
	}
	c.neverLeft()
	if last := c.last(); last.Transport != "dtls" {
		t.Errorf("transport %s at the end", last.Transport)
	}
}

// TestReorderingPath lets some datagrams overtake others, and loses none.
func TestReorderingPath(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	config := split()
	config.Lines = []string{"listen-host = " + testbed.ServerAddress}
	gateway := bed.StartOcserv(t, config)
	relay := startRelay(t, bed, gateway)
	c := connectWith(t, bed, []string{gateway.Password}, testbed.RelayAddress, "--user", gateway.User, "--ca", gateway.CAFile)
	c.until("DTLS", usual, connectedOver("dtls"))
	out := bed.Client.Run(t, "ping", "-n", "-q", "-i", "0.002", "-c", "500", "-W", "5", insideServer)
	if lossOf(t, out) != 0 {
		t.Errorf("reordering lost pings: %s", out)
	}
	throughput(t, bed, insideServer, "-n", "2M")
	throughput(t, bed, insideServer, "-n", "2M", "-R")
	if relay.overtaken.Load() < 20 {
		t.Errorf("only %d datagrams were overtaken", relay.overtaken.Load())
	}
	c.neverLeft()
	if last := c.last(); last.Transport != "dtls" {
		t.Errorf("transport %s at the end", last.Transport)
	}
}
