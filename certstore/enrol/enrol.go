package enrol

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Config is where an authority is, and how far it is believed.
type Config struct {
	// URL is the authority's address: http or https.
	URL string
	// Identifier names one of several authorities at the address; "" mostly.
	Identifier string
	// Fingerprint is of the authority's certificate: SHA-256, SHA-1 or MD5 in
	// hexadecimal. Where it is "", Authority.Confirm is needed over http.
	Fingerprint string
	// AllowOld takes triple DES and SHA-1 from an authority that offers nothing
	// better.
	AllowOld bool
	// Transport carries the messages; nil for one that trusts the system's
	// authorities.
	Transport http.RoundTripper
	// Now is the clock; nil for the system's.
	Now func() time.Time
	// PollFirst is the time before the first question after a request that
	// waits for approval; it doubles up to a minute. PollFor is how long to go
	// on. Zero means ten seconds, and ten minutes.
	PollFirst, PollFor time.Duration
}

// Client asks one authority. It may be used again, and from any goroutine.
type Client struct {
	config      Config
	server      *server
	fingerprint fingerprint
	own         *http.Transport // to be closed
}

// New makes a client; it asks nothing yet. The error is an *Error.
func New(config Config) (*Client, error) {
	c := &Client{config: config}
	if c.config.Now == nil {
		c.config.Now = time.Now
	}
	if c.config.PollFirst <= 0 {
		c.config.PollFirst = 10 * time.Second
	}
	if c.config.PollFor <= 0 {
		c.config.PollFor = 10 * time.Minute
	}
	var err error
	if c.fingerprint, err = parseFingerprint(config.Fingerprint); err != nil {
		return nil, err
	}
	if c.config.Transport == nil {
		c.own = newTransport()
		c.config.Transport = c.own
	}
	c.server, err = newServer(config.URL, config.Identifier, c.config.Transport)
	return c, err
}

// Close gives up connections that are kept.
func (c *Client) Close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// Request is what a person or a profile asks for.
type Request struct {
	// Subject is in DER, made by the function of that name.
	Subject []byte
	// Challenge is the challenge password; "" for none.
	Challenge Secret
	// KeyBits is the size of the key of RSA; less than 2048 means 2048.
	KeyBits int
	// Waiting is called whenever the authority says that somebody has to
	// approve, with how long that has been so; nil for nothing.
	Waiting func(time.Duration)
}

// Renewal is what identity is to be renewed.
type Renewal struct {
	// Old is the identity, whose key must be of RSA, sign, and open what is
	// encrypted for it (crypto.Decrypter): the answer comes encrypted for it.
	Old       *tls.Certificate
	Challenge Secret
	KeyBits   int
	Waiting   func(time.Duration)
}

// Identity is what an authority issued.
type Identity struct {
	// Key is the new key, which nobody else has seen.
	Key *rsa.PrivateKey
	// Chain begins with the identity's own certificate, and ends before the
	// authority's root.
	Chain    []*x509.Certificate
	Warnings []Warning
}

// Format implements fmt.Formatter, so that no key is printed by accident.
func (i *Identity) Format(f fmt.State, _ rune) {
	name := ""
	if i != nil && len(i.Chain) > 0 {
		name = i.Chain[0].Subject.String()
	}
	fmt.Fprintf(f, "identity %q [key redacted]", name)
}

// MarshalText keeps the key out of whatever is written by reflection.
func (i *Identity) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(i)), nil }

// PEM is the identity as certstore.Read takes it: the key, and the chain. It is
// as secret as the key.
func (i *Identity) PEM() ([]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(i.Key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	for _, c := range i.Chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return text, nil
}

// Enrol makes a key and obtains a certificate for it. The error is an *Error,
// or the context's.
func (c *Client) Enrol(ctx context.Context, authority *Authority, request Request) (*Identity, error) {
	if err := c.Ready(authority); err != nil {
		return nil, err
	}
	if err := checkSubject(request.Subject); err != nil {
		return nil, err
	}
	key, err := newKey(request.KeyBits)
	if err != nil {
		return nil, err
	}
	now := c.config.Now()
	first, err := temporary(request.Subject, key, now.Add(-time.Hour), now.Add(c.config.PollFor+24*time.Hour))
	if err != nil {
		return nil, err
	}
	t := &transaction{
		client: c, authority: authority, key: key, by: &requester{first, key, key}, waiting: request.Waiting,
	}
	return t.run(ctx, typePKCSReq, request.Subject, request.Challenge)
}

// Renew makes a new key for an identity's subject, and obtains a certificate
// for it on the strength of the old one (RFC 8894, section 2.2). FaultNoRenewal
// means that the authority wants to be asked as for a first one.
func (c *Client) Renew(ctx context.Context, authority *Authority, renewal Renewal) (*Identity, error) {
	if err := c.Ready(authority); err != nil {
		return nil, err
	}
	if !authority.Capabilities.Renewal {
		return nil, fail(FaultNoRenewal, nil)
	}
	by, err := oldRequester(renewal.Old)
	if err != nil {
		return nil, err
	}
	key, err := newKey(renewal.KeyBits)
	if err != nil {
		return nil, err
	}
	t := &transaction{client: c, authority: authority, key: key, by: by, waiting: renewal.Waiting}
	return t.run(ctx, typeRenewalReq, by.certificate.RawSubject, renewal.Challenge)
}

// Ready says beforehand whether Enrol and Renew trust an authority enough: one
// over http with FaultUnconfirmed they do not.
func (c *Client) Ready(authority *Authority) error {
	if c.server.at.Scheme != "https" && !authority.confirmed {
		return failf(FaultUnconfirmed, "its address begins with http://")
	}
	return nil
}

func oldRequester(old *tls.Certificate) (*requester, error) {
	if old == nil || len(old.Certificate) == 0 {
		return nil, failf(FaultOldIdentity, "there is none")
	}
	leaf, err := x509.ParseCertificate(old.Certificate[0])
	if err != nil {
		return nil, fail(FaultOldIdentity, err)
	}
	signer, signs := old.PrivateKey.(crypto.Signer)
	opener, opens := old.PrivateKey.(crypto.Decrypter)
	if _, ok := leaf.PublicKey.(*rsa.PublicKey); !ok || !signs || !opens {
		return nil, failf(FaultOldIdentity, "its key cannot open an answer")
	}
	return &requester{leaf, signer, opener}, nil
}

// transaction is one request, from sending it to having the certificate.
type transaction struct {
	client    *Client
	authority *Authority
	key       *rsa.PrivateKey
	by        *requester
	waiting   func(time.Duration)

	id       string
	warnings []Warning
}

func (t *transaction) run(ctx context.Context, kind messageType, subject []byte, challenge Secret) (*Identity, error) {
	public, err := x509.MarshalPKIXPublicKey(&t.key.PublicKey)
	if err != nil {
		return nil, fail(FaultRequest, err)
	}
	t.id = transactionOf(public)
	request, err := newRequest(subject, t.key, challenge, t.authority.hash)
	if err != nil {
		return nil, err
	}
	a, err := t.ask(ctx, kind, request)
	if err == nil && a.pending {
		a, err = t.poll(ctx, subject)
	}
	if err != nil {
		return nil, err
	}
	return t.take(a)
}

// ask sends one message and verifies the answer.
func (t *transaction) ask(ctx context.Context, kind messageType, content []byte) (*answer, error) {
	nonce := newNonce()
	message, err := pack(kind, content, t.id, nonce, t.by, t.authority, t.client.config.Now())
	if err != nil {
		return nil, err
	}
	reply, err := t.client.server.send(ctx, message, t.authority.Capabilities.POST)
	if err != nil {
		return nil, err
	}
	a, err := unpack(reply, t.id, nonce, t.by, t.authority)
	if err != nil {
		return nil, err
	}
	for _, warning := range a.warnings {
		if !slices.Contains(t.warnings, warning) {
			t.warnings = append(t.warnings, warning)
		}
	}
	return a, nil
}

// slowestPoll is the longest time between two questions.
const slowestPoll = time.Minute

// poll asks again until the request is decided, or the time is over. A network
// that is away for a while does not end it.
func (t *transaction) poll(ctx context.Context, subject []byte) (*answer, error) {
	question, err := issuerAndSubject(t.authority.issuer.RawSubject, subject)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	limit, cancel := context.WithTimeout(ctx, t.client.config.PollFor)
	defer cancel()
	pause := t.client.config.PollFirst
	var last error
	for {
		if t.waiting != nil {
			t.waiting(time.Since(began))
		}
		select {
		case <-limit.Done():
		case <-time.After(pause):
		}
		if limit.Err() == nil {
			var a *answer
			a, last = t.ask(limit, typeCertPoll, question)
			if last == nil && !a.pending {
				return a, nil
			}
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case limit.Err() != nil:
			return nil, fail(FaultStillPending, passing(last))
		case last != nil && passing(last) == nil:
			return nil, last
		}
		pause = min(2*pause, slowestPoll)
	}
}

// passing is an error that may be over at the next try; nil where it is none.
func passing(err error) error {
	failed, ok := errors.AsType[*Error](err)
	if ok && (failed.Fault == FaultUnreachable || failed.Fault == FaultTimeout || failed.Status >= http.StatusInternalServerError) {
		return err
	}
	return nil
}

// take makes an identity of what was issued.
func (t *transaction) take(a *answer) (*Identity, error) {
	i := slices.IndexFunc(a.certificates, func(c *x509.Certificate) bool { return t.key.PublicKey.Equal(c.PublicKey) })
	if i < 0 {
		return nil, fail(FaultOtherKey, nil)
	}
	leaf := a.certificates[i]
	chain := t.authority.chain(leaf, a.certificates, t.client.config.Now())
	if chain == nil {
		return nil, failf(FaultForeignIssuer, "it names %q as its issuer, and is valid from %s to %s",
			cleanText(leaf.Issuer.String()), leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly))
	}
	// The gateway knows the root; sending it along is of no use (RFC 8446,
	// section 4.4.2).
	if last := chain[len(chain)-1]; len(chain) > 1 && issued(last, last) {
		chain = chain[:len(chain)-1]
	}
	return &Identity{Key: t.key, Chain: chain, Warnings: slices.Concat(t.authority.Warnings, t.warnings)}, nil
}
