package enrol

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// slow is a responder whose authority thinks for some questions.
func slow(t *testing.T, questions int) *responder {
	r := newResponder(t)
	var wanted *x509.Certificate
	r.reply = func(n int, q received) []byte {
		if n == 0 {
			wanted = r.issue(q)
		}
		if n < questions {
			return r.write(r.answer(q, statusPending))
		}
		return r.success(q, wanted)
	}
	return r
}

// pend enrols with a responder that needs no network.
func pend(ctx context.Context, t *testing.T, transport http.RoundTripper, waiting func(time.Duration)) (*Identity, error) {
	t.Helper()
	c := client(t, Config{URL: "https://ca.example.com/scep", Transport: transport})
	authority, err := c.Authority(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return c.Enrol(ctx, authority, Request{Subject: alice(t), Waiting: waiting})
}

func TestPending(t *testing.T) {
	rsaKeys()
	synctest.Test(t, func(t *testing.T) {
		r := slow(t, 5)
		began := time.Now()
		var waited []time.Duration
		identity, err := pend(t.Context(), t, r, func(d time.Duration) { waited = append(waited, d) })
		if err != nil {
			t.Fatal(err)
		}
		if identity.Chain[0].Subject.CommonName != "alice" {
			t.Errorf("got %v", identity.Chain[0].Subject)
		}
		// After 10, 20, 40, 60 and 60 seconds.
		if took := time.Since(began); took != 190*time.Second {
			t.Errorf("it took %v", took)
		}
		if want := []time.Duration{0, 10 * time.Second, 30 * time.Second, 70 * time.Second, 130 * time.Second}; !slices.Equal(waited, want) {
			t.Errorf("the person heard of it after %v, want %v", waited, want)
		}
		all := r.all()
		for i, q := range all[1:] {
			var asked struct{ Issuer, Subject asn1.RawValue }
			if _, err := asn1.Unmarshal(q.content, &asked); err != nil {
				t.Fatal(err)
			}
			if q.kind != "20" || q.transaction != all[0].transaction || !q.signer.Equal(all[0].signer) ||
				slices.Equal(q.nonce, all[i].nonce) || !slices.Equal(asked.Issuer.FullBytes, r.authority.RawSubject) ||
				!slices.Equal(asked.Subject.FullBytes, alice(t)) {
				t.Errorf("question %d is a %s of transaction %s, signed by %v", i, q.kind, q.transaction, q.signer.Subject)
			}
		}
	})
}

func TestPendingForever(t *testing.T) {
	rsaKeys()
	synctest.Test(t, func(t *testing.T) {
		r := slow(t, 1000)
		began := time.Now()
		_, err := pend(t.Context(), t, r, nil)
		wantFault(t, "nobody approves", err, FaultStillPending)
		if took := time.Since(began); took != 10*time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

func TestPendingRefused(t *testing.T) {
	rsaKeys()
	synctest.Test(t, func(t *testing.T) {
		r := newResponder(t)
		r.reply = func(n int, q received) []byte {
			a := r.answer(q, statusPending)
			if n == 2 {
				a.status, a.failInfo = statusFailure, "4"
			}
			return r.write(a)
		}
		_, err := pend(t.Context(), t, r, nil)
		wantFault(t, "refused in the end", err, FaultRefused)
		if n := len(r.all()); n != 3 {
			t.Errorf("%d messages were sent", n)
		}
	})
}

func TestPendingGivenUp(t *testing.T) {
	rsaKeys()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		_, err := pend(ctx, t, slow(t, 1000), func(d time.Duration) {
			if d > 0 {
				stop()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
	})
}

// away is a network that is away for some messages.
type away struct {
	*responder
	from, until, sent int
	broken            bool
}

func (a *away) RoundTrip(request *http.Request) (*http.Response, error) {
	if a.sent++; a.sent > a.from && a.sent <= a.until {
		if a.broken {
			return &http.Response{StatusCode: http.StatusForbidden, Body: http.NoBody, Request: request}, nil
		}
		return nil, errors.New("network is unreachable")
	}
	return a.responder.RoundTrip(request)
}

func TestPendingWithoutNetwork(t *testing.T) {
	rsaKeys()
	synctest.Test(t, func(t *testing.T) {
		// Two for the authority and one for the request come through.
		if _, err := pend(t.Context(), t, &away{responder: slow(t, 3), from: 3, until: 5}, nil); err != nil {
			t.Errorf("the network was away for a while: %v", err)
		}
		_, err := pend(t.Context(), t, &away{responder: slow(t, 3), from: 3, until: 1000}, nil)
		wantFault(t, "the network is away", err, FaultStillPending)
		if inner := errors.Unwrap(err); !is(inner, FaultUnreachable) {
			t.Errorf("it does not say why: %v", err)
		}
		_, err = pend(t.Context(), t, &away{responder: slow(t, 3), from: 3, until: 1000, broken: true}, nil)
		wantFault(t, "not allowed any more", err, FaultStatus)
	})
}

// TestStalls shows that a server that says nothing is given up.
func TestStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := client(t, Config{URL: "https://ca.example.com/scep", Transport: stalling{}})
		_, err := c.Authority(t.Context())
		wantFault(t, "silence", err, FaultTimeout)
		if took := time.Since(began); took != oneRequest {
			t.Errorf("it took %v", took)
		}
	})
}

type stalling struct{}

func (stalling) RoundTrip(request *http.Request) (*http.Response, error) {
	<-request.Context().Done()
	return nil, request.Context().Err()
}
