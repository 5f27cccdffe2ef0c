package enrol

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"torii/certstore/enrol/internal/cms"
)

// TestHostileAnswers meets authorities, and people in between, whose answers
// must not be taken.
func TestHostileAnswers(t *testing.T) {
	stranger := issue(t, nil, "Example CA", rsaKey(2), anAuthority)
	bend := func(change func(r *responder, q received, a *reply)) func(*responder, received) []byte {
		return func(r *responder, q received) []byte {
			a := r.answer(q, statusSuccess)
			a.content = r.envelope(q, r.issue(q))
			change(r, q, &a)
			return r.write(a)
		}
	}
	failing := func(info, text string) func(*responder, received) []byte {
		return bend(func(_ *responder, _ received, a *reply) {
			a.status, a.failInfo, a.text, a.content = statusFailure, info, text, nil
		})
	}
	for _, c := range []struct {
		name   string
		answer func(*responder, received) []byte
		fault  Fault
		reason Reason
		text   string
	}{
		{name: "badAlg", answer: failing("0", ""), fault: FaultRefused, reason: ReasonAlgorithm},
		{name: "badMessageCheck", answer: failing("1", ""), fault: FaultRefused, reason: ReasonMessage},
		{name: "badRequest", answer: failing("2", ""), fault: FaultRefused, reason: ReasonRequest},
		{name: "badTime", answer: failing("3", ""), fault: FaultRefused, reason: ReasonTime},
		{name: "badCertId", answer: failing("4", ""), fault: FaultRefused, reason: ReasonCertificate},
		{name: "no reason", answer: failing("", ""), fault: FaultRefused, reason: ReasonUnknown},
		{name: "a reason that is none", answer: failing("99", ""), fault: FaultRefused, reason: ReasonUnknown},
		{name: "with a text", answer: failing("2", "the\tword\x00 is\nused\u202e up"), fault: FaultRefused, reason: ReasonRequest, text: "the word is used up"},
		{name: "with a long text", answer: failing("2", strings.Repeat("x", 5000)), fault: FaultRefused, reason: ReasonRequest, text: strings.Repeat("x", 200)},

		{name: "another nonce", answer: bend(func(_ *responder, _ received, a *reply) { a.nonce = newNonce() }), fault: FaultOtherAnswer},
		{name: "no nonce", answer: bend(func(_ *responder, _ received, a *reply) { a.nonce = nil }), fault: FaultOtherAnswer},
		{name: "another transaction", answer: bend(func(_ *responder, _ received, a *reply) { a.transaction = strings.Repeat("0", 32) }), fault: FaultOtherAnswer},
		{name: "no transaction", answer: bend(func(_ *responder, _ received, a *reply) { a.transaction = "" }), fault: FaultOtherAnswer},
		{name: "a refusal of another transaction", answer: bend(func(_ *responder, _ received, a *reply) {
			a.status, a.failInfo, a.transaction = statusFailure, "2", "x"
		}), fault: FaultOtherAnswer},
		{name: "another type", answer: bend(func(_ *responder, _ received, a *reply) { a.kind = "19" }), fault: FaultUnreadable},
		{name: "no type", answer: bend(func(_ *responder, _ received, a *reply) { a.kind = "" }), fault: FaultUnreadable},
		{name: "another state", answer: bend(func(_ *responder, _ received, a *reply) { a.status = "1" }), fault: FaultUnreadable},
		{name: "no state", answer: bend(func(_ *responder, _ received, a *reply) { a.status = "" }), fault: FaultUnreadable},

		{name: "signed by a namesake", answer: bend(func(_ *responder, _ received, a *reply) { a.by = stranger }), fault: FaultForeignAnswer},
		{name: "signed by a person of the authority", answer: bend(func(r *responder, _ received, a *reply) {
			a.by = issue(t, r.authority, "Mallory", rsaKey(2), nil)
		}), fault: FaultForeignAnswer},
		{name: "signed with the authority's name and serial number", answer: bend(func(r *responder, _ received, a *reply) {
			a.by = &party{r.authority.Certificate, rsaKey(2)}
		}), fault: FaultForeignAnswer},
		{name: "signed by the requester", answer: func(r *responder, q received) []byte {
			a := r.answer(q, statusSuccess)
			a.by = &party{q.signer, rsaKey(2)}
			return r.write(a)
		}, fault: FaultForeignAnswer},
		{name: "signed by nobody", answer: func(r *responder, q received) []byte {
			return cms.Bag([]*x509.Certificate{r.issue(q)})
		}, fault: FaultForeignAnswer},
		{name: "content put in afterwards", answer: func(r *responder, q received) []byte {
			a := r.answer(q, statusSuccess)
			a.content = r.envelope(q, r.issue(q))
			return bytes.Replace(r.write(a), a.content[:len(a.content)-8], bytes.Repeat([]byte{7}, len(a.content)-8), 1)
		}, fault: FaultForeignAnswer},
		{name: "a certificate of another key", answer: func(r *responder, q received) []byte {
			return r.success(q, r.issueFor(&rsaKey(3).PublicKey, q.request(t).RawSubject))
		}, fault: FaultOtherKey},
		{name: "no certificate", answer: func(r *responder, q received) []byte { return r.success(q) }, fault: FaultUnreadable},
		{name: "the authority's only", answer: func(r *responder, q received) []byte { return r.success(q, r.authority.Certificate) }, fault: FaultOtherKey},
		{name: "our own temporary one", answer: func(r *responder, q received) []byte { return r.success(q, q.signer) }, fault: FaultForeignIssuer},
		{name: "of another authority", answer: func(r *responder, q received) []byte {
			other := &responder{t: t, authority: stranger}
			return r.success(q, other.issue(q), stranger.Certificate)
		}, fault: FaultForeignIssuer},
		{name: "issued by a person", answer: func(r *responder, q received) []byte {
			person := issue(t, r.authority, "Mallory", rsaKey(2), nil)
			other := &responder{t: t, authority: person}
			return r.success(q, other.issue(q), person.Certificate)
		}, fault: FaultForeignIssuer},
		{name: "over already", answer: func(r *responder, q received) []byte {
			issued := sign(t, &x509.Certificate{SerialNumber: rsaKey(0).N, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(0, 0, -1)},
				r.authority, q.request(t).PublicKey, nil)
			return r.success(q, issued.Certificate)
		}, fault: FaultForeignIssuer},

		{name: "encrypted for somebody else", answer: bend(func(r *responder, q received, a *reply) {
			other := q
			other.signer = stranger.Certificate
			a.content = r.envelope(other, r.issue(q))
		}), fault: FaultUnreadable},
		{name: "encrypted with another key", answer: bend(func(r *responder, q received, a *reply) {
			other := *q.signer
			other.PublicKey = stranger.PublicKey
			q.signer = &other
			a.content = r.envelope(q, r.issue(q))
		}), fault: FaultUnreadable},
		{name: "success without content", answer: bend(func(_ *responder, _ received, a *reply) { a.content = nil }), fault: FaultUnreadable},
		{name: "not encrypted", answer: bend(func(r *responder, q received, a *reply) {
			a.content = cms.Bag([]*x509.Certificate{r.issue(q)})
		}), fault: FaultUnreadable},
		{name: "chance", answer: func(*responder, received) []byte { return newNonce() }, fault: FaultUnreadable},
		{name: "nothing", answer: func(*responder, received) []byte { return nil }, fault: FaultUnreadable},
		{name: "text", answer: func(*responder, received) []byte { return []byte("out of order") }, fault: FaultUnreadable},
		{name: "half", answer: func(r *responder, q received) []byte {
			whole := r.success(q, r.issue(q))
			return whole[:len(whole)/2]
		}, fault: FaultUnreadable},
		{name: "deep", answer: func(*responder, received) []byte { return bytes.Repeat([]byte{0x30, 0x80}, 400_000) }, fault: FaultUnreadable},
		{name: "huge", answer: func(*responder, received) []byte { return make([]byte, largestAnswer+1) }, fault: FaultTooLarge},
		{name: "a web page", answer: func(*responder, received) []byte {
			return []byte("\r\n<!DOCTYPE html><html><form>Log in")
		}, fault: FaultWebPage},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newResponder(t)
			r.reply = func(_ int, q received) []byte { return c.answer(r, q) }
			identity, err := try(t, Config{URL: r.serve()}, Request{})
			wantFault(t, c.name, err, c.fault)
			if identity != nil {
				t.Errorf("there is an identity all the same: %v", identity)
			}
			if failed, ok := errors.AsType[*Error](err); ok && (failed.Reason != c.reason || failed.Text != c.text) {
				t.Errorf("the reason is %q and the text %q, want %q and %q", failed.Reason, failed.Text, c.reason, c.text)
			}
			if n := len(r.all()); n != 1 {
				t.Errorf("%d messages were sent", n)
			}
		})
	}
}

// TestReplay answers a second person with what the first one got.
func TestReplay(t *testing.T) {
	r := newResponder(t)
	var first []byte
	r.reply = func(_ int, q received) []byte {
		if first == nil {
			first = r.success(q, r.issue(q))
		}
		return first
	}
	config := Config{URL: r.serve()}
	if _, err := try(t, config, Request{}); err != nil {
		t.Fatal(err)
	}
	_, err := try(t, config, Request{})
	wantFault(t, "a replay", err, FaultOtherAnswer)
}

// TestHostileAuthorities meets those that show something else than
// certificates.
func TestHostileAuthorities(t *testing.T) {
	for _, c := range []struct {
		name  string
		shown []byte
		fault Fault
	}{
		{"nothing", nil, FaultUnreadable},
		{"chance", newNonce(), FaultUnreadable},
		{"a web page", []byte("<html><body>404"), FaultWebPage},
		{"an empty bag", cms.Bag(nil), FaultNoAuthority},
		{"too many", cms.Bag(slices.Repeat([]*x509.Certificate{issue(t, nil, "One", rsaKey(0), anAuthority).Certificate}, 51)), FaultUnreadable},
		{"huge", make([]byte, largestAnswer+1), FaultTooLarge},
		{"deep", bytes.Repeat([]byte{0x30, 0x80}, 400_000), FaultUnreadable},
		{"a key of a million bits", largeKey(t), FaultUnreadable},
		{"a key of a million bits in a bag", cms.Bag([]*x509.Certificate{{Raw: largeKey(t)}}), FaultNoAuthority},
		{"a person", issue(t, nil, "Mallory", rsaKey(0), nil).Raw, FaultNoAuthority},
	} {
		r := newResponder(t)
		r.shown = c.shown
		_, err := try(t, Config{URL: r.serve()}, Request{})
		wantFault(t, c.name, err, c.fault)
	}
}

// largeKey is an authority's certificate with a key that takes minutes to use.
func largeKey(t *testing.T) []byte {
	t.Helper()
	n := new(big.Int).Lsh(big.NewInt(1), 1_000_000)
	template := issue(t, nil, "Large", rsaKey(0), anAuthority)
	return sign(t, template.Certificate, template, &rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537}, nil).Raw
}

// TestTheWay meets what happens to messages on the way.
func TestTheWay(t *testing.T) {
	elsewhere := newResponder(t).serve()
	redirect := func(to string, status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, to+"?"+r.URL.RawQuery, status)
		}
	}
	for _, c := range []struct {
		name   string
		serve  http.HandlerFunc
		secure bool
		fault  Fault
		status int
	}{
		{name: "500 for everything", serve: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", 500) }, fault: FaultStatus, status: 500},
		{name: "huge capabilities", serve: func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, largestAnswer+1)) }, fault: FaultTooLarge},
		{name: "a bomb", serve: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			packed := gzip.NewWriter(w)
			for range 64 {
				packed.Write(make([]byte, 1<<20))
			}
			packed.Close()
		}, fault: FaultTooLarge},
		{name: "cut off", serve: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write([]byte("AES"))
		}, fault: FaultUnreachable},
		{name: "round and round", serve: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) }, fault: FaultRedirect},
		{name: "out of HTTPS", serve: redirect(elsewhere, http.StatusTemporaryRedirect), secure: true, fault: FaultRedirect},
		{name: "to a file", serve: redirect("file:///etc/passwd", 302), fault: FaultRedirect},
		{name: "403", serve: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("operation") != "GetCACaps" {
				http.Error(w, "", http.StatusForbidden)
				return
			}
			w.Write([]byte(everything))
		}, fault: FaultStatus, status: 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.serve)
			if c.secure {
				server.Close()
				server = newTLS(t, c.serve)
			}
			defer server.Close()
			_, err := try(t, Config{URL: server.URL, Transport: server.Client().Transport}, Request{})
			wantFault(t, c.name, err, c.fault)
			if failed, ok := errors.AsType[*Error](err); ok && failed.Status != c.status {
				t.Errorf("the status is %d", failed.Status)
			}
		})
	}

	t.Run("a message lost by a redirect", func(t *testing.T) {
		r := newResponder(t)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			if request.Method == "POST" {
				http.Redirect(w, request, elsewhere, http.StatusFound)
				return
			}
			r.ServeHTTP(w, request)
		}))
		defer server.Close()
		_, err := try(t, Config{URL: server.URL}, Request{})
		wantFault(t, "302", err, FaultRedirect)
	})
	t.Run("a redirect that keeps it", func(t *testing.T) {
		r := newResponder(t)
		server := httptest.NewServer(redirect(r.serve(), 307))
		defer server.Close()
		if _, err := try(t, Config{URL: server.URL}, Request{}); err != nil {
			t.Error(err)
		}
	})
	t.Run("an untrusted server", func(t *testing.T) {
		_, err := try(t, Config{URL: newTLS(t, newResponder(t)).URL}, Request{})
		wantFault(t, "HTTPS", err, FaultUntrustedServer)
	})
	t.Run("nobody there", func(t *testing.T) {
		server := httptest.NewServer(nil)
		server.Close()
		_, err := try(t, Config{URL: server.URL}, Request{})
		wantFault(t, "closed", err, FaultUnreachable)
	})
	t.Run("given up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		}))
		defer server.Close()
		_, err := client(t, Config{URL: server.URL}).Authority(ctx)
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestAddresses(t *testing.T) {
	for _, address := range []string{"", "ca.example.com/scep", "ftp://ca.example.com/", "http:///scep", "http://me:secret@ca.example.com/", "http://ca.example.com/#x", "http://ca\x7f/", "://"} {
		_, err := New(Config{URL: address})
		wantFault(t, address, err, FaultAddress)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
	// What is in the address already stays there.
	var asked url.Values
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.URL.Query() }))
	defer server.Close()
	c := client(t, Config{URL: server.URL + "/scep?tenant=7", Identifier: "a b&c"})
	c.Authority(t.Context())
	if fmt.Sprint(asked) != fmt.Sprint(url.Values{"tenant": {"7"}, "operation": {"GetCACert"}, "message": {"a b&c"}}) {
		t.Errorf("asked was %v", asked)
	}
}

// TestSentences holds every fault and reason to words, and to saying nothing
// of the error's own.
func TestSentences(t *testing.T) {
	for _, fault := range []Fault{FaultAddress, FaultRequest, FaultFingerprint, FaultOldIdentity, FaultUnreachable, FaultTimeout,
		FaultUntrustedServer, FaultStatus, FaultRedirect, FaultTooLarge, FaultWebPage, FaultUnreadable, FaultNoAuthority, FaultMismatch,
		FaultUnconfirmed, FaultOldMethods, FaultNoRenewal, FaultRefused, FaultStillPending, FaultForeignAnswer, FaultOtherAnswer, FaultOtherKey, FaultForeignIssuer} {
		if text := fail(fault, nil).Error(); !strings.Contains(text, " ") || text == string(fault) {
			t.Errorf("%s has no words: %q", fault, text)
		}
	}
	got := (&Error{Fault: FaultRefused, Reason: ReasonTime, Text: "late", Err: context.Canceled}).Error()
	if want := `the certification authority refuses: the clocks of both differ too much (it says "late"): context canceled`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestWeakAnswers shows what is taken with a warning.
func TestWeakAnswers(t *testing.T) {
	r := newResponder(t)
	r.reply = func(_ int, q received) []byte {
		a := r.answer(q, statusSuccess)
		a.content, a.hash = r.envelope(q, r.issue(q)), crypto.SHA1
		return r.write(a)
	}
	identity, err := try(t, Config{URL: r.serve()}, Request{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []Warning{WarnAnswerSHA1}; !slices.Equal(identity.Warnings, want) {
		t.Errorf("the warnings are %v, want %v", identity.Warnings, want)
	}
}
