package anyconnect_test

import (
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
)

// heard keeps the headers of each request.
type heard struct {
	*hostile
	headers []http.Header
	paths   []string
}

// newHeard is a gateway that works and closes its connection after each answer
// if closes.
func newHeard(t *testing.T, closes bool) *heard {
	t.Helper()
	h := &heard{}
	keep := func(answer func(io.Writer, *http.Request)) func(io.Writer, *http.Request) {
		return func(w io.Writer, r *http.Request) {
			h.mu.Lock()
			h.headers, h.paths = append(h.headers, r.Header), append(h.paths, r.RequestURI)
			h.mu.Unlock()
			answer(w, r)
			if closes && r.Method != http.MethodConnect {
				hangUp(w)
			}
		}
	}
	h.hostile = newHostile(t, keep(goodLogin), keep(goodConnect))
	return h
}

// tunnelOf logs in and opens a tunnel, in the settings of an earlier one.
func (h *heard) tunnelOf(previous *tunnel.Settings) {
	h.t.Helper()
	login, err := anyconnect.Hurry().Login(h.t.Context(), h.cfg, (&person{fields: map[string]string{"username": "u", "password": "p"}}).ask, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	transport, err := login.Open(h.t.Context(), previous, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	transport.Close(tunnel.EndKeepSession)
}

// TestTheDeviceIsNamed in every request: gateways admit a device by its serial
// number or a MAC address (reference 002).
func TestTheDeviceIsNamed(t *testing.T) {
	h := newHeard(t, false)
	h.cfg.Device = tunnel.DeviceIdentity{ClientVersion: "1.2.3", Platform: "linux-64", PlatformVersion: "Debian 12", DeviceType: "PC",
		UniqueID: "SERIAL", ComputerName: "desk", MACAddresses: []string{"12:34:56:78:90:ab"}}
	h.tunnelOf(nil)
	if len(h.headers) != 3 {
		t.Fatalf("%d requests", len(h.headers))
	}
	for i, header := range h.headers {
		for name, want := range map[string]string{
			"X-AnyConnect-Identifier-ClientVersion": "1.2.3", "X-AnyConnect-Identifier-Platform": "linux-64",
			"X-AnyConnect-Identifier-PlatformVersion": "Debian 12", "X-AnyConnect-Identifier-DeviceType": "PC",
			"X-AnyConnect-Identifier-Device-UniqueID": "SERIAL", "User-Agent": "AnyConnect-compatible OpenConnect VPN Agent 1.2.3",
			"X-Transcend-Version": "1",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("request %d: %s is %q, want %q", i, name, got, want)
			}
		}
		if got := header.Get("X-Aggregate-Auth"); (got == "1") != (i < 2) {
			t.Errorf("request %d: X-Aggregate-Auth %q", i, got)
		}
	}
	for _, request := range h.got()[:2] {
		for _, want := range []string{`unique-id="SERIAL"`, "<mac-address>12:34:56:78:90:ab</mac-address>", `computer-name="desk"`, ">linux-64</device-id>"} {
			if !strings.Contains(request, want) {
				t.Errorf("no %s in %s", want, request)
			}
		}
	}
	connect := h.headers[2]
	if connect.Get("X-CSTP-Hostname") != "desk" || connect.Get("Cookie") != "webvpn=cookie" {
		t.Errorf("CONNECT said %v", connect)
	}
}

// TestTheCamouflageSecretIsSaidOnEachConnection: a gateway may close it between
// two requests. It is not told within a document.
func TestTheCamouflageSecretIsSaidOnEachConnection(t *testing.T) {
	h := newHeard(t, true)
	h.cfg.Path = "/?hush"
	h.tunnelOf(nil)
	if want := []string{"/?hush", "/auth?hush", "/CSCOSSLC/tunnel"}; !slices.Equal(h.paths, want) {
		t.Errorf("asked for %q, want %q", h.paths, want)
	}
	for _, request := range h.got() {
		if _, body, _ := strings.Cut(request, "<config-auth"); strings.Contains(body, "hush") {
			t.Errorf("the secret is in a document: %s", body)
		}
	}
}

// TestTheOldAddressesAreAskedForAgain, each in a header of its own.
func TestTheOldAddressesAreAskedForAgain(t *testing.T) {
	h := newHeard(t, false)
	h.tunnelOf(&tunnel.Settings{Addresses: []netip.Prefix{netip.MustParsePrefix("10.9.0.2/24"), netip.MustParsePrefix("fd00::2/64")}})
	connect := h.headers[len(h.headers)-1]
	if got := connect.Values("X-CSTP-Address"); !slices.Equal(got, []string{"10.9.0.2", "fd00::2"}) {
		t.Errorf("asked for %q", got)
	}
	if got := connect.Get("X-CSTP-Address-Type"); got != "IPv6,IPv4" {
		t.Errorf("families %q", got)
	}
	if compression := connect.Get("X-CSTP-Accept-Encoding") + connect.Get("X-DTLS-Accept-Encoding"); compression != "" {
		t.Errorf("compression is offered: %s", compression)
	}
}

// TestWhereDTLSIsOffered: not through a proxy, which carries no datagrams, and
// not where the person does not want it.
func TestWhereDTLSIsOffered(t *testing.T) {
	for _, refused := range []bool{false, true} {
		h := newHeard(t, false)
		h.cfg.NoDTLS = refused
		h.tunnelOf(nil)
		connect := h.headers[len(h.headers)-1]
		suites, secret := connect.Get("X-DTLS-CipherSuite"), connect.Get("X-DTLS-Master-Secret")
		if offered := strings.HasPrefix(suites, "PSK-NEGOTIATE:") && len(secret) == 96; offered == refused || refused && suites+secret != "" {
			t.Errorf("refused %v: suites %q, secret of %d", refused, suites, len(secret))
		}
	}
}
