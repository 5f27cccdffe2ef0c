//go:build privileged && linux

package testbed_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"torii/tunnel/testbed"
)

// nobody is a user without any privilege, as setpriv(1) wants it.
var nobody = []string{"--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"}

// TestProxyModeWithoutPrivileges has an ordinary user connect where there is no
// helper, and curl as the program that uses the proxy.
func TestProxyModeWithoutPrivileges(t *testing.T) {
	t.Parallel()
	testbed.Require(t, "curl", "setpriv")
	bed := testbed.New(t)
	config := split()
	config.Routes = append(config.Routes, hostsBehind)
	config.Lines = []string{"dns = " + testbed.InsideHost, "split-dns = " + domain}
	gateway := bed.StartOcserv(t, config)
	startNames(t, bed)
	servePage(t, bed, testbed.InsideHost, "inside")
	servePage(t, bed, testbed.OutsideHost, "outside")
	same := guard(t, bed)

	c := connectAs(t, bed, nobody, gateway, "--mode", "proxy")
	s := c.connected()
	if s.Interface != "" || s.Proxy == "" {
		t.Fatalf("interface %q, proxy %q", s.Interface, s.Proxy)
	}
	fetch := func(user []string, args ...string) string {
		command := append(append([]string{}, user...), "curl", "--silent", "--show-error", "--max-time", "10")
		out, err := bed.Client.Try("setpriv", append(command, args...)...)
		if err != nil {
			return err.Error()
		}
		return out
	}
	own, _, _ := strings.Cut(s.Addresses[0], "/")
	for _, scheme := range []string{"socks5h://", "http://"} {
		proxy := scheme + s.Proxy
		for url, want := range map[string]string{
			"http://" + testbed.InsideHost + "/":  "inside " + own,
			"http://" + insideName + "/":          "inside " + own,
			"http://" + testbed.OutsideHost + "/": "outside " + testbed.ClientAddress,
		} {
			if got := fetch(nobody, "--proxy", proxy, url); got != want {
				t.Errorf("%s through %s: %q, want %q", url, proxy, got, want)
			}
		}
		if got := fetch([]string{"--no-new-privs"}, "--proxy", proxy, "http://"+testbed.InsideHost+"/"); strings.Contains(got, "inside") {
			t.Errorf("%s serves another user: %q", proxy, got)
		}
	}
	if reaches(bed.Client, testbed.InsideHost) {
		t.Error("proxy mode changed the machine's routes")
	}
	c.stop()
	same()
}

// servePage serves a web page at an address of the bed's server: a word, and
// the address that it was asked from.
func servePage(t *testing.T, bed *testbed.Bed, host, word string) {
	t.Helper()
	var listener net.Listener
	err := bed.Server.Do(func() (err error) {
		listener, err = net.Listen("tcp", net.JoinHostPort(host, "80"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, _, _ := net.SplitHostPort(r.RemoteAddr)
		fmt.Fprintf(w, "%s %s", word, from)
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Close()
		if err := <-served; err != http.ErrServerClosed {
			t.Errorf("serve a page at %s: %v", host, err)
		}
	})
}

// connectAs connects as another user, with a home and an authority's file that
// this user can read.
func connectAs(t *testing.T, bed *testbed.Bed, user []string, gateway *testbed.Ocserv, args ...string) *client {
	t.Helper()
	home, err := os.MkdirTemp("", "torii-home-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	ca := filepath.Join(home, "ca.pem")
	writeFile(t, ca, readFile(t, gateway.CAFile))
	for _, path := range []string{home, ca} {
		if err := os.Chown(path, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	variables := []string{"HOME=" + home, "XDG_RUNTIME_DIR=" + home, "XDG_CONFIG_HOME=" + home + "/config",
		"XDG_DATA_HOME=" + home + "/data", "XDG_STATE_HOME=" + home + "/state"}
	command := append(append(variables, "setpriv"), user...)
	return connectIn(t, bed, command, []string{gateway.Password},
		append([]string{gateway.Address(), "--user", gateway.User, "--ca", ca}, args...)...)
}
