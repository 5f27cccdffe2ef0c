// Package diagnose is the certificate doctor: it connects to a server as the
// engine would, but sends no credentials, and says what is wrong with it, why,
// and who can mend it (003).
//
//	doctor.go      what is asked, and the way through an examination
//	probe_*.go     the probes: each finds something out and decides nothing
//	evidence.go    what the probes found
//	chain.go       what the certificates say, taken together
//	check_*.go     a check a file: evidence in, finding out, no network
//	report.go      findings in words
package diagnose

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"time"

	"torii/app/api"
	"torii/certstore/verify"
	"torii/i18n"
	"torii/tunnel"
)

// Target is the server to look at, with what its connection says about it.
type Target struct {
	Host string // a name, or an address without brackets
	Port uint16 // 0 means 443
	// Authorities may vouch for the server; nil means the system's alone.
	// Intermediates complete what the server sends.
	Authorities   *verify.Authorities
	Intermediates []*x509.Certificate
	// Accepted tells whether the person has accepted exactly this leaf for the
	// server, though nobody vouches for it; nil for never.
	Accepted func(leaf *x509.Certificate) bool
	// Pin is the SHA-256 of the only certificate that is accepted, in
	// hexadecimal digits; "" for none.
	Pin string
	// Identities are the certificates, leaf first, that could be shown to a
	// server that asks; they are looked at and never sent.
	Identities [][]*x509.Certificate
	// OldTLS lets the server speak TLS 1.0 and 1.1, as in tunnel.Config.
	OldTLS bool
	// Proxy is the proxy on the way (http or socks5); nil for none.
	Proxy *url.URL
	// Dial replaces this machine's network, as in tunnel.Config; nil for none.
	Dial tunnel.Dialer
}

// Standing is what is known of the revocation of a verified chain.
type Standing struct {
	// Revoked says that one of its certificates was taken back, Unreachable
	// that this could not be found out. Neither is set where all are good.
	Revoked, Unreachable bool
	// Seen are the values: which certificate, when, who said so.
	Seen string
}

// Revocation finds out whether a verified chain, leaf to root, was revoked. It
// returns nil where the chain names nobody to ask.
type Revocation func(ctx context.Context, path []*x509.Certificate, stapled []byte) *Standing

// Options are what an examination uses.
type Options struct {
	// Words are the language of the report.
	Words *i18n.Catalogue
	// Describe words an error about a host.
	Describe func(host string, err error) *tunnel.Failure
	// System is the operating system for which remedies are given, as
	// runtime.GOOS names it; "" means this one.
	System string
	// Now is this machine's clock; nil for the system's.
	Now func() time.Time
	// Lookup resolves names; nil for the system's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// ClientVersion and Platform are what the gateway is told about this client.
	ClientVersion, Platform string
	// FIPS says that FIPS mode is on.
	FIPS bool
	// Revocation is asked about a chain that is trusted otherwise; nil for
	// nobody. StrictRevocation refuses where the answer cannot be had.
	Revocation       Revocation
	StrictRevocation bool
	// TimeServer is asked for the time, HOST or HOST:PORT; "" for none.
	TimeServer string
	// PortalPort is where a sign-in page would answer; 0 means 80.
	PortalPort uint16

	// hurry bounds each step further, for tests; 0 does not.
	hurry time.Duration
}

// The bounds of an examination in time. Each is what a person waits for one
// thing at most; together they are longer than all may take.
const (
	allTime       = 30 * time.Second
	lookupTime    = 6 * time.Second
	dialTime      = 8 * time.Second
	handshakeTime = 8 * time.Second
	answerTime    = 6 * time.Second
	fetchTime     = 4 * time.Second
	portalTime    = 4 * time.Second
	clockTime     = 4 * time.Second
)

// Doctor examines a server and reports, within half a minute. Where ctx ends
// earlier the report holds what was found until then, and an error.
func Doctor(ctx context.Context, target Target, options Options) api.DoctorReport {
	ctx, cancel := context.WithTimeout(ctx, allTime)
	defer cancel()
	d := &doctor{target: target.filled(), options: options.filled()}
	e := d.examine(ctx)
	return report(e, d.options)
}

func (t Target) filled() Target {
	if t.Port == 0 {
		t.Port = 443
	}
	if t.Authorities == nil {
		t.Authorities = &verify.Authorities{}
	}
	return t
}

// address is HOST:PORT.
func (t Target) address() string { return net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port))) }

func (o Options) filled() Options {
	if o.System == "" {
		o.System = runtime.GOOS
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Lookup == nil {
		o.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if o.PortalPort == 0 {
		o.PortalPort = 80
	}
	return o
}

// within bounds one step of the examination.
func (d *doctor) within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if d.options.hurry > 0 {
		limit = min(limit, d.options.hurry)
	}
	return context.WithTimeout(ctx, limit)
}

// doctor is one examination.
type doctor struct {
	target  Target
	options Options
	// known are the server's addresses, place the one that answered first.
	known []netip.Addr
	place netip.AddrPort
}

// examine collects the evidence.
func (d *doctor) examine(ctx context.Context) *evidence {
	e := &evidence{target: d.target, now: d.options.Now(), fips: d.options.FIPS, strict: d.options.StrictRevocation}
	defer func() { e.interrupted = ctx.Err() }()
	if d.options.TimeServer != "" {
		e.network = d.askTimeServer(ctx, d.options.TimeServer)
	}
	if !d.resolve(ctx, e) {
		return e
	}
	d.known = e.addresses
	d.meet(ctx, e)
	d.judge(ctx, e)
	if e.asksForTheTime() {
		e.page = d.page(ctx, d.options.PortalPort) // its server may tell it
	}
	if e.met && e.fips {
		e.unfit = d.lacksApproved(ctx)
	}
	if e.looksLikePortal() {
		e.portal = d.lookForPortal(ctx, e)
	}
	return e
}

// meet connects to the server and hears what it says.
func (d *doctor) meet(ctx context.Context, e *evidence) {
	conn, err := d.dial(ctx)
	if err != nil {
		e.dialErr = err
		return
	}
	defer conn.Close()
	e.reached = true
	secured := d.handshake(ctx, conn, e)
	switch {
	case secured != nil:
		d.ask(ctx, secured, e)
	case !e.wantedInVain():
		d.tryOlder(ctx, e)
	}
}

// judge finds out who vouches for the server.
func (d *doctor) judge(ctx context.Context, e *evidence) {
	if len(e.chain) == 0 {
		return
	}
	chain := slices.Concat(e.chain, d.target.Intermediates)
	e.verdict = judge(chain, nil, d.target.Authorities, d.target.Host, e.now)
	e.accepted = d.target.Accepted != nil && d.target.Accepted(e.chain[0]) && e.verdict.onlyUntrusted()
	if e.verdict.untrusted() {
		fetched := d.fetchIssuers(ctx, chain)
		e.verdict = judge(chain, fetched, d.target.Authorities, d.target.Host, e.now)
	}
	if d.options.Revocation != nil && e.verdict.trusted() {
		e.standing = d.options.Revocation(ctx, e.verdict.path, e.stapled)
	}
}
