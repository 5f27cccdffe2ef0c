// Package revoke finds out whether the authorities have taken a certificate of
// a verified chain back: by the OCSP answer that the server brought along
// (stapled), by asking the responder (RFC 6960), or by the list of revoked
// certificates (CRL, RFC 5280 section 5).
//
// It is for chains that are trusted otherwise: the addresses to ask stand in
// the certificates, so that an unknown server could make this computer fetch
// what it likes (design.md, security rule 7). It decides nothing.
//
//	revoke.go  the Checker, and what it finds
//	ocsp.go    answers of responders
//	crl.go     lists
//	fetch.go   the way to both: bounded, http only, no private addresses
//	cache.go   what is known already
package revoke

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Status is what is known of one certificate.
type Status string

// The statuses.
const (
	Good    Status = "good"
	Revoked Status = "revoked"
	// Unreachable: the certificate says where to ask, and no valid answer came.
	Unreachable Status = "unreachable"
	// Unchecked: the certificate says nowhere to ask.
	Unchecked Status = "unchecked"
)

// Source is where a Status comes from.
type Source string

// The sources.
const (
	FromStapled Source = "stapled"
	FromOCSP    Source = "ocsp"
	FromCRL     Source = "crl"
)

// Finding is the Status of one certificate.
type Finding struct {
	Certificate *x509.Certificate
	Status      Status
	// Source and URL say who told a Good or Revoked; URL is empty for a stapled
	// answer.
	Source Source
	URL    string
	// RevokedAt and Reason (RFC 5280 section 5.3.1) are set where Status is
	// Revoked.
	RevokedAt time.Time
	Reason    int
	// Err says why the Status is Unreachable.
	Err error

	// until is when the answer is to be asked anew.
	until time.Time
}

// Result is a Finding for each certificate of a chain but its root, the leaf's
// first.
type Result []Finding

// Find returns the first Finding of a Status.
func (r Result) Find(status Status) (Finding, bool) {
	for _, f := range r {
		if f.Status == status {
			return f, true
		}
	}
	return Finding{}, false
}

// The bounds of a check.
const (
	// defaultLimit is how long a check may take in all.
	defaultLimit = 4 * time.Second
	// fetchLimit is how long one question may take of it, so that another way
	// gets its turn.
	fetchLimit = 2 * time.Second
	// longestPath bounds the certificates that are asked about.
	longestPath = 8
	// mostAddresses bounds where one certificate may lead: its responders, and
	// its lists.
	mostAddresses = 2
	// skew is how wrong two clocks may be.
	skew = 5 * time.Minute
)

// Options make a Checker.
type Options struct {
	// Fetch asks; nil is NewFetch's, which goes to no private address.
	Fetch Fetch
	// Now is the clock; nil for the system's.
	Now func() time.Time
	// Limit bounds a check in time; 0 means four seconds.
	Limit time.Duration
}

// Checker asks and remembers. Its methods may be called from any goroutine; it
// has nothing to close.
type Checker struct {
	fetch Fetch
	now   func() time.Time
	limit time.Duration
	cache cache
}

// New makes a Checker.
func New(options Options) *Checker {
	c := &Checker{fetch: options.Fetch, now: options.Now, limit: options.Limit}
	if c.fetch == nil {
		c.fetch = NewFetch(nil)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.limit == 0 {
		c.limit = defaultLimit
	}
	return c
}

// Question is what a Checker is asked.
type Question struct {
	// Path is a verified chain from the leaf to the root.
	Path []*x509.Certificate
	// Stapled is the OCSP answer that the server brought along; nil for none.
	Stapled []byte
	// Anew asks again where nobody answered a moment ago. Without it a
	// reconnect does not wait a second time for who is silent.
	Anew bool
}

// Check finds the status of each certificate of a path. It fetches nothing
// where the certificates name no address, the stapled answer does or the answers
// are known, and takes no longer than the Checker's limit.
func (c *Checker) Check(ctx context.Context, q Question) Result {
	count := min(len(q.Path)-1, longestPath)
	if count <= 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	result := make(Result, count)
	var work sync.WaitGroup
	for i := range result {
		var stapled []byte
		if i == 0 {
			stapled = q.Stapled
		}
		one := pair{subject: q.Path[i], issuer: q.Path[i+1]}
		known, asks := c.known(one, stapled, q.Anew)
		if !asks {
			result[i] = known
			continue
		}
		work.Go(func() { result[i] = c.ask(ctx, one) })
	}
	work.Wait()
	return result
}

// pair is a certificate with the one that issued it.
type pair struct {
	subject, issuer *x509.Certificate
}

// known is what needs no question; asks is set where one is needed. An answer
// that the certificate is revoked outlasts another one that came along with the
// server: it may be an older one.
func (c *Checker) known(p pair, stapled []byte, anew bool) (found Finding, asks bool) {
	now := c.now()
	cached, ok := c.cache.get(p, now)
	if ok && cached.Status == Revoked {
		return cached, false
	}
	if len(stapled) > 0 {
		if found, err := p.readOCSP(stapled, now); err == nil {
			found.Source = FromStapled
			return found, false
		}
	}
	if ok && !(anew && cached.Status == Unreachable) {
		return cached, false
	}
	if len(p.responders())+len(p.lists()) == 0 {
		return Finding{Certificate: p.subject, Status: Unchecked}, false
	}
	return Finding{}, true
}

// ask asks the responders, and then for the lists.
func (c *Checker) ask(ctx context.Context, p pair) Finding {
	var silent []error
	for _, way := range []struct {
		addresses []string
		ask       func(context.Context, pair, string) (Finding, error)
		source    Source
	}{
		{p.responders(), c.askResponder, FromOCSP},
		{p.lists(), c.askList, FromCRL},
	} {
		for _, address := range way.addresses {
			one, cancel := context.WithTimeout(ctx, fetchLimit)
			found, err := way.ask(one, p, address)
			cancel()
			if err != nil {
				silent = append(silent, fmt.Errorf("%s: %w", address, err))
				continue
			}
			found.Source, found.URL = way.source, address
			c.cache.put(p, found, c.now())
			return found
		}
	}
	found := Finding{Certificate: p.subject, Status: Unreachable, Err: errors.Join(silent...), until: c.now().Add(silence)}
	c.cache.put(p, found, c.now())
	return found
}

// window checks the times of an answer and says until when it may be used again.
// One without an end has the newest word always (RFC 6960 section 4.2.2.1), so
// it is believed for a day, and asked for again soon.
func window(this, next, now time.Time) (until time.Time, err error) {
	if this.After(now.Add(skew)) {
		return until, fmt.Errorf("the answer is from the future (%s)", this.Format(time.RFC3339))
	}
	if next.IsZero() {
		if now.After(this.Add(24 * time.Hour)) {
			return until, fmt.Errorf("the answer is of %s", this.Format(time.RFC3339))
		}
		return now.Add(10 * time.Minute), nil
	}
	if now.After(next.Add(skew)) {
		return until, fmt.Errorf("the answer was valid until %s", next.Format(time.RFC3339))
	}
	until = now.Add(longestKept)
	if next.Before(until) {
		until = next
	}
	return until, nil
}
