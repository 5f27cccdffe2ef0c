package revoke

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestPublicAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "64:ff9b::808:808": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "224.0.0.1": false, "255.255.255.255": false, "192.0.2.1": false, "198.18.0.1": false,
		"::1": false, "::": false, "fe80::1": false, "fd00::1": false, "ff02::1": false, "2001:db8::1": false, "fec0::1": false,
		"::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false, "64:ff9b::a00:1": false, "2002:7f00:1::": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: public is %v", text, got)
		}
	}
}

// TestPrivateAddressesAreRefused: at each step, by whatever name.
func TestPrivateAddressesAreRefused(t *testing.T) {
	var visits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { visits.Add(1) }))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fetch := NewFetch(nil)
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} {
		_, err := fetch(t.Context(), Request{URL: "http://" + host + ":" + port + "/", Most: 10})
		if err == nil || !strings.Contains(err.Error(), "no public address") {
			t.Errorf("%s: %v", host, err)
		}
	}
	// Through a proxy the name is the proxy's matter, an address is not.
	via, _ := url.Parse(server.URL)
	proxied := NewFetch(func(*url.URL) (*url.URL, error) { return via, nil })
	if _, err := proxied(t.Context(), Request{URL: "http://10.0.0.1/", Most: 10}); err == nil {
		t.Error("a private address is asked for at the proxy")
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("the server was visited %d times", n)
	}
	if _, err := proxied(t.Context(), Request{URL: "http://ocsp.example.test/", Most: 10}); err != nil || visits.Load() != 1 {
		t.Errorf("through the person's own proxy: %v", err)
	}
	// Where the first address is allowed, the next one is looked at all the same.
	elsewhere := httptest.NewServer(http.RedirectHandler("http://[::1]:"+port+"/", http.StatusFound))
	defer elsewhere.Close()
	first := newFetch(nil, func(ip netip.Addr) bool { return ip.Is4() })
	if _, err := first(t.Context(), Request{URL: elsewhere.URL, Most: 10}); err == nil || !strings.Contains(err.Error(), "no public address") {
		t.Errorf("a redirect: %v", err)
	}
}

func TestFetchIsBounded(t *testing.T) {
	stuck := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/small", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Write([]byte(r.Method + " " + r.Header.Get("Content-Type") + " " + string(body)))
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { w.Write(bytes.Repeat([]byte("x"), 101)) })
	mux.HandleFunc("/missing", http.NotFound)
	mux.Handle("/round", http.RedirectHandler("/round", http.StatusFound))
	mux.Handle("/moved", http.RedirectHandler("/small", http.StatusMovedPermanently))
	mux.Handle("/secure", http.RedirectHandler("https://example.test/", http.StatusFound))
	mux.Handle("/file", http.RedirectHandler("file:///etc/passwd", http.StatusFound))
	mux.HandleFunc("/stuck", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stuck:
		case <-r.Context().Done():
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	defer close(stuck)
	fetch := newFetch(nil, func(netip.Addr) bool { return true })
	for _, c := range []struct {
		place string
		body  string
		want  string // "" for an error
	}{
		{"/small", "", "GET  "}, {"/small", "q", "POST t/q q"}, {"/moved", "q", "POST t/q q"},
		{"/large", "", ""}, {"/missing", "", ""}, {"/round", "", ""}, {"/secure", "", ""}, {"/file", "", ""},
	} {
		request := Request{URL: server.URL + c.place, Most: 100, ContentType: "t/q"}
		if c.body != "" {
			request.Body = []byte(c.body)
		}
		got, err := fetch(t.Context(), request)
		if (err == nil) != (c.want != "") || err == nil && string(got) != c.want {
			t.Errorf("%s %q: %q, %v", c.place, c.body, got, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := fetch(ctx, Request{URL: server.URL + "/stuck", Most: 100}); err == nil {
		t.Error("an answer that never comes is one")
	}
}

// TestACheckEnds: who is silent costs no more than the limit, however many
// addresses there are.
func TestACheckEnds(t *testing.T) {
	never := func(ctx context.Context, _ Request) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	root := made(t, nil, "Root", authority)
	middle := made(t, root, "Middle", func(c *x509.Certificate) {
		authority(c)
		asks("http://a.example.test", "http://b.example.test")(c)
	})
	leaf := made(t, middle, "leaf", func(c *x509.Certificate) {
		c.OCSPServer = []string{"http://a.example.test", "http://b.example.test", "http://c.example.test"}
		c.CRLDistributionPoints = []string{"http://d.example.test", "http://e.example.test"}
	})
	start := time.Now()
	got := New(Options{Fetch: never, Limit: 100 * time.Millisecond}).Check(t.Context(), Question{Path: path(leaf, middle, root)})
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	for _, f := range got {
		if f.Status != Unreachable {
			t.Errorf("%+v", f)
		}
	}
}
