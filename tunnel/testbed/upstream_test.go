//go:build privileged && linux

package testbed_test

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"torii/tunnel/testbed"
)

// The proxies' ports, at testbed.RelayAddress.
const (
	httpProxyPort = "8888"
	socksPort     = "1080"
)

// TestThroughAProxy has a client that reaches the gateway through a proxy of
// its network only, as the environment says. Everything goes into the tunnel
// but the way to the proxy.
func TestThroughAProxy(t *testing.T) {
	t.Parallel()
	testbed.Require(t, "tinyproxy", "danted")
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, everything())
	startTinyproxy(t, bed)
	startDante(t, bed)
	bed.Disturb(t, testbed.Fault("tcp dport 443 drop"), testbed.NoUDP(testbed.OcservPort))
	same := guard(t, bed)
	for _, proxy := range []string{
		"http://bob:builder@" + net.JoinHostPort(testbed.RelayAddress, httpProxyPort),
		"socks5://" + net.JoinHostPort(testbed.RelayAddress, socksPort),
	} {
		c := connectIn(t, bed, []string{"HTTPS_PROXY=" + proxy}, []string{gateway.Password},
			gateway.Address(), "--user", gateway.User, "--ca", gateway.CAFile)
		s := c.connected()
		c.carries(testbed.InsideHost)
		if s.Transport != "tls" {
			t.Errorf("through %s: transport %s", proxy, s.Transport)
		}
		goesThrough(t, bed, testbed.RelayAddress, testbed.Wire)
		goesThrough(t, bed, testbed.OutsideHost, s.Interface)
		if strings.Contains(c.said.String()+c.tail(), "builder") {
			t.Error("the proxy's password was shown")
		}
		c.neverLeft()
		if code := c.stop(); code != exitOK {
			t.Errorf("through %s: exit code %d", proxy, code)
		}
	}
	refused := connectIn(t, bed, []string{"HTTPS_PROXY=http://bob:wrong@" + net.JoinHostPort(testbed.RelayAddress, httpProxyPort)},
		[]string{gateway.Password}, gateway.Address(), "--user", gateway.User, "--ca", gateway.CAFile)
	if code := refused.wait(); code != exitUnreachable {
		t.Errorf("with a wrong password for the proxy the exit code is %d", code)
	}
	same()
}

func startTinyproxy(t *testing.T, bed *testbed.Bed) {
	config := filepath.Join(t.TempDir(), "tinyproxy.conf")
	writeFile(t, config, "Port "+httpProxyPort+"\nListen "+testbed.RelayAddress+"\nMaxClients 20\nLogLevel Critical\n"+
		"BasicAuth bob builder\nConnectPort 443\n")
	startServer(t, bed, httpProxyPort, "tinyproxy", "-d", "-c", config)
}

func startDante(t *testing.T, bed *testbed.Bed) {
	config := filepath.Join(t.TempDir(), "danted.conf")
	writeFile(t, config, "logoutput: /dev/null\ninternal: "+testbed.RelayAddress+" port = "+socksPort+"\nexternal: "+testbed.ServerAddress+"\n"+
		"socksmethod: none\nclientmethod: none\nuser.privileged: root\nuser.unprivileged: nobody\n"+
		"client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\nsocks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\n")
	startServer(t, bed, socksPort, "danted", "-f", config, "-p", "/run/danted.pid")
}

// startServer runs a server of the bed until the end of t.
func startServer(t *testing.T, bed *testbed.Bed, port, name string, args ...string) {
	t.Helper()
	var said text
	server := bed.Server.Command(context.Background(), name, args...)
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	eventually(t, usual, name, func() bool {
		out, err := bed.Server.Try("ss", "--no-header", "--listening", "--tcp", "--numeric")
		return err == nil && strings.Contains(out, ":"+port+" ")
	})
}
