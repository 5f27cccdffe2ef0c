package revoke

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// everywhere is a Fetch that may go to the loopback, where the tests' servers
// are; count counts its questions.
func everywhere(count *atomic.Int32) Fetch {
	fetch := newFetch(nil, func(netip.Addr) bool { return true })
	return func(ctx context.Context, request Request) ([]byte, error) {
		count.Add(1)
		return fetch(ctx, request)
	}
}

// freePort is one that nobody listens on at the moment.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// opensslResponder runs `openssl ocsp` as the responder of an authority until
// the test ends. signer is the authority itself or whom it named.
func opensslResponder(t *testing.T, f folder, port int, issuer, signer *party, index string) {
	t.Helper()
	certificate, _ := f.keep("issuer", issuer)
	signs, key := f.keep("signer", signer)
	command := exec.Command("openssl", "ocsp", "-index", index, "-CA", certificate, "-rsigner", signs, "-rkey", key,
		"-port", strconv.Itoa(port), "-nmin", "5", "-ignore_err")
	command.Dir = f.path
	log, err := os.Create(f.file("responder.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(f.file("responder.log"))
			t.Logf("openssl: %s", text)
		}
	})
	// It does not survive a connection that asks nothing, so its word is waited for.
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if text, _ := os.ReadFile(f.file("responder.log")); strings.Contains(string(text), "waiting for OCSP client connections") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("openssl ocsp does not listen")
		}
	}
}

// TestRealResponder asks OpenSSL's responder, which signs itself or has a
// certificate for that, about a leaf and about an intermediate.
func TestRealResponder(t *testing.T) {
	root := made(t, nil, "Root", authority)
	for name, delegated := range map[string]bool{"the authority signs": false, "somebody named signs": true} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			port := freePort(t)
			address := "http://127.0.0.1:" + strconv.Itoa(port) + "/"
			middle := made(t, root, "Middle", authority)
			good := made(t, middle, "good", asks(address, ""))
			bad := made(t, middle, "bad", asks(address, ""))
			strange := made(t, middle, "strange", asks(address, ""))
			signer := middle
			if delegated {
				signer = made(t, middle, "Responder", responder)
			}
			opensslResponder(t, f, port, middle, signer, f.index([]*party{good}, bad))
			var questions atomic.Int32
			c := New(Options{Fetch: everywhere(&questions), Limit: 20 * time.Second})
			for _, step := range []struct {
				leaf   *party
				want   Status
				source Source
			}{{good, Good, FromOCSP}, {bad, Revoked, FromOCSP}, {strange, Unreachable, ""}, {bad, Revoked, FromOCSP}, {good, Good, FromOCSP}} {
				got := c.Check(t.Context(), Question{Path: path(step.leaf, middle, root)})
				if len(got) != 2 || got[0].Status != step.want || got[0].Source != step.source {
					t.Fatalf("%s: %+v, want %s", step.leaf.certificate.Subject.CommonName, got, step.want)
				}
				if got[1].Status != Unchecked {
					t.Errorf("the intermediate without an address is %s", got[1].Status)
				}
				if step.want == Revoked && (got[0].RevokedAt.IsZero() || got[0].Reason != 1) {
					t.Errorf("revoked at %v for reason %d", got[0].RevokedAt, got[0].Reason)
				}
			}
			if n := questions.Load(); n != 3 {
				t.Errorf("asked %d times; what is known is not asked again", n)
			}
		})
	}
}

// TestRealLists reads lists that OpenSSL made, for a leaf and for its issuer.
func TestRealLists(t *testing.T) {
	f := newFolder(t)
	lists := map[string][]byte{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write(lists[r.URL.Path])
	}))
	defer server.Close()
	root := made(t, nil, "Root", authority)
	middle := made(t, root, "Middle", func(c *x509.Certificate) {
		authority(c)
		asks("", server.URL+"/root.crl")(c)
	})
	lost := made(t, root, "Lost", func(c *x509.Certificate) {
		authority(c)
		asks("", server.URL+"/root.crl")(c)
	})
	good := made(t, middle, "good", asks("", server.URL+"/middle.crl"))
	bad := made(t, middle, "bad", asks("", server.URL+"/middle.crl"))
	under := made(t, lost, "under", nil)
	lists["/root.crl"] = f.list(root, lost)
	lists["/middle.crl"] = f.list(middle, bad)
	for _, c := range []struct {
		name  string
		chain []*x509.Certificate
		want  [2]Status
	}{
		{"good", path(good, middle, root), [2]Status{Good, Good}},
		{"a revoked leaf", path(bad, middle, root), [2]Status{Revoked, Good}},
		{"a revoked issuer", path(under, lost, root), [2]Status{Unchecked, Revoked}},
	} {
		var questions atomic.Int32
		got := New(Options{Fetch: everywhere(&questions), Limit: 20 * time.Second}).Check(t.Context(), Question{Path: c.chain})
		if len(got) != 2 || got[0].Status != c.want[0] || got[1].Status != c.want[1] {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
