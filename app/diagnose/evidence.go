package diagnose

import (
	"crypto/x509"
	"net/netip"
	"time"

	"torii/app/diagnose/hello"
)

// evidence is what the probes found. The checks look at nothing else.
type evidence struct {
	target Target
	now    time.Time // by this machine's clock
	fips   bool
	strict bool

	// looked says that the name was resolved, to addresses or with lookupErr.
	looked    bool
	addresses []netip.Addr
	lookupErr error
	// reached says that something accepted the connection; dialErr why not.
	reached bool
	dialErr error

	// met says that the handshake went through, with version and suite; else
	// handshakeErr says why not, and alert which alert the server sent.
	met            bool
	version, suite uint16
	handshakeErr   error
	alert          uint8
	plain          bool // what answers speaks HTTP without TLS

	chain   []*x509.Certificate // leaf first, as it was sent
	stapled []byte

	// requested says that the server asked for a certificate, issued by one of
	// acceptable (raw names; none for anybody); required that it goes no
	// further without one.
	requested, required bool
	acceptable          [][]byte

	// older is what the server chose when everything was offered, nil where
	// that was not tried or not answered; ours says that this suite is one of
	// ours, common that the server also answers where nothing but ours is
	// offered.
	older        *hello.Answer
	ours, common bool

	answer *answer // over HTTP within TLS; nil for none
	page   *answer // over HTTP without TLS, where it was asked for the time
	unfit  bool    // nothing is left that FIPS mode allows
	portal *portal // nil for none
	// network is the time by NTP.
	network *networkTime

	verdict verdict
	// accepted says that the person has accepted the server for good, and that
	// nothing else speaks against it.
	accepted bool
	standing *Standing // nil where nobody was asked

	interrupted error
}

// answer is what the server said over HTTP.
type answer struct {
	status int
	// offset is how far the server's clock is ahead of this machine's; dated
	// says that the server told its time.
	offset time.Duration
	dated  bool
	// location is the host that the answer leads to; "" for none.
	location string
	via      string // the proxies that passed the answer on
	refusal  string // the gateway's own words
	// wantsCertificate says that the login begins with the client's certificate.
	wantsCertificate bool
}

// portal is a sign-in page that stands in the way.
type portal struct {
	status int
	host   string // where it leads to; "" for nowhere
}

// networkTime is the time of a time server.
type networkTime struct {
	server string
	offset time.Duration
	err    error
}

// wantedInVain reports whether the server gave up for want of a certificate.
func (e *evidence) wantedInVain() bool { return !e.met && e.requested }

// direct reports whether this machine goes to the server by itself.
func (e *evidence) direct() bool { return e.target.Proxy == nil && e.target.Dial == nil }

// looksLikePortal reports whether a sign-in page would explain what was seen:
// nobody answers, no TLS does, or somebody else.
func (e *evidence) looksLikePortal() bool {
	if !e.direct() {
		return false
	}
	if len(e.chain) == 0 {
		return !e.met && e.older == nil
	}
	return e.verdict.has(nameMismatch) || e.verdict.untrusted()
}
