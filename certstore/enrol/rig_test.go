package enrol

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/certstore/enrol/internal/cms"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// party is a certificate with its key.
type party struct {
	*x509.Certificate
	key *rsa.PrivateKey
}

func (p *party) requester() *requester { return &requester{p.Certificate, p.key, p.key} }

// rsaKey is a key of those that the tests share: making one takes a while.
var rsaKeys = sync.OnceValue(func() []*rsa.PrivateKey {
	keys := make([]*rsa.PrivateKey, 4)
	for i := range keys {
		keys[i], _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	return keys
})

func rsaKey(n int) *rsa.PrivateKey { return rsaKeys()[n] }

// issue makes a certificate that issuer signs; nil signs it itself.
func issue(t testing.TB, issuer *party, name string, key *rsa.PrivateKey, change func(c *x509.Certificate)) *party {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	if change != nil {
		change(template)
	}
	parent := &party{template, key}
	if issuer != nil {
		parent = issuer
	}
	return sign(t, template, parent, &key.PublicKey, key)
}

func sign(t testing.TB, template *x509.Certificate, parent *party, public crypto.PublicKey, key *rsa.PrivateKey) *party {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent.Certificate, public, parent.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &party{c, key}
}

// anAuthority turns a template into that of an authority.
func anAuthority(c *x509.Certificate) {
	c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
}

// withUsage gives a template a key usage.
func withUsage(usage x509.KeyUsage) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.KeyUsage = usage }
}

// everything is what a modern authority can.
const everything = "Renewal\nSHA-256\nAES\nPOSTPKIOperation\nSCEPStandard\n"

// responder is an authority of the tests' own, which does what each test
// wants. It is served by HTTP; what it answers is its fields' matter.
type responder struct {
	t         testing.TB
	authority *party
	caps      string
	shown     []byte

	mu       sync.Mutex
	received []received
	// reply makes an answer to the n-th message, beginning with 0.
	reply func(n int, r received) []byte
}

// received is a request as it arrived.
type received struct {
	method, kind, transaction string
	nonce                     []byte
	signer                    *x509.Certificate
	cipher                    cms.Cipher
	hash                      crypto.Hash
	content                   []byte
}

func (r received) request(t testing.TB) *x509.CertificateRequest {
	t.Helper()
	request, err := x509.ParseCertificateRequest(r.content)
	if err != nil {
		t.Fatal(err)
	}
	if err := request.CheckSignature(); err != nil {
		t.Fatal(err)
	}
	return request
}

func newResponder(t testing.TB) *responder {
	t.Helper()
	authority := issue(t, nil, "Example CA", rsaKey(0), anAuthority)
	r := &responder{t: t, authority: authority, caps: everything, shown: authority.Raw}
	r.reply = func(_ int, q received) []byte { return r.success(q, r.issue(q)) }
	return r
}

// serve serves the responder and returns its address.
func (r *responder) serve() string {
	server := httptest.NewServer(r)
	r.t.Cleanup(server.Close)
	return server.URL + "/scep"
}

// newTLS serves by HTTPS.
func newTLS(t testing.TB, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are meant to fail
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// ServeHTTP implements http.Handler.
func (r *responder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	switch operation := request.URL.Query().Get("operation"); operation {
	case "GetCACaps":
		w.Write([]byte(r.caps))
	case "GetCACert":
		w.Write(r.shown)
	case "PKIOperation":
		q, err := r.read(request)
		if err != nil {
			r.t.Errorf("the responder cannot read the request: %v", err)
			http.Error(w, "bad", http.StatusBadRequest)
			return
		}
		r.mu.Lock()
		n := len(r.received)
		r.received = append(r.received, q)
		r.mu.Unlock()
		w.Write(r.reply(n, q))
	default:
		r.t.Errorf("the operation is %q", operation)
	}
}

// all are the messages that arrived.
func (r *responder) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.received
}

func (r *responder) read(request *http.Request) (received, error) {
	q := received{method: request.Method}
	message, err := messageOf(request)
	if err != nil {
		return q, err
	}
	signed, err := cms.ParseSigned(message)
	if err != nil {
		return q, err
	}
	verified, err := signed.Verify(signed.Certificates)
	if err != nil {
		return q, err
	}
	q.signer, q.hash = verified.Signer, verified.Hash
	if !verified.Attribute(scep(attributeMessageType), &q.kind) ||
		!verified.Attribute(scep(attributeTransaction), &q.transaction) || !verified.Attribute(scep(attributeSenderNonce), &q.nonce) {
		return q, errors.New("an attribute is missing")
	}
	q.content, q.cipher, err = cms.Open(signed.Content, r.authority.Certificate, r.authority.key)
	return q, err
}

// issue issues what a request asks for.
func (r *responder) issue(q received) *x509.Certificate {
	return r.issueFor(q.request(r.t).PublicKey, q.request(r.t).RawSubject)
}

func (r *responder) issueFor(public crypto.PublicKey, subject []byte) *x509.Certificate {
	return sign(r.t, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), RawSubject: subject,
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, r.authority, public, nil).Certificate
}

// reply is an answer that can be bent.
type reply struct {
	kind, status, failInfo, text string
	transaction                  string
	nonce                        []byte
	content                      []byte
	by                           *party
	hash                         crypto.Hash
}

// answer is the frame of every answer to a request.
func (r *responder) answer(q received, status string) reply {
	return reply{kind: "3", status: status, transaction: q.transaction, nonce: q.nonce, by: r.authority, hash: crypto.SHA256}
}

func (r *responder) write(a reply) []byte {
	var attributes []cms.Attribute
	add := func(oid asn1.ObjectIdentifier, tag int, value []byte) {
		if len(value) > 0 {
			der, err := asn1.Marshal(asn1.RawValue{Tag: tag, Bytes: value})
			if err != nil {
				r.t.Fatal(err)
			}
			attributes = append(attributes, cms.Attribute{Type: oid, Value: der})
		}
	}
	add(scep(attributeMessageType), asn1.TagPrintableString, []byte(a.kind))
	add(scep(attributeStatus), asn1.TagPrintableString, []byte(a.status))
	add(scep(attributeFailInfo), asn1.TagPrintableString, []byte(a.failInfo))
	add(failInfoText()[0], asn1.TagUTF8String, []byte(a.text))
	add(scep(attributeTransaction), asn1.TagPrintableString, []byte(a.transaction))
	add(scep(attributeRecipientNonce), asn1.TagOctetString, a.nonce)
	add(scep(attributeSenderNonce), asn1.TagOctetString, newNonce())
	message, err := cms.Sign(a.content, a.by.Certificate, a.by.key, a.hash, time.Now(), attributes)
	if err != nil {
		r.t.Fatal(err)
	}
	return message
}

// envelope is the content of an answer with certificates.
func (r *responder) envelope(q received, certificates ...*x509.Certificate) []byte {
	sealed, err := cms.Seal(cms.Bag(certificates), q.signer, cms.AES128)
	if err != nil {
		r.t.Fatal(err)
	}
	return sealed
}

func (r *responder) success(q received, certificates ...*x509.Certificate) []byte {
	a := r.answer(q, statusSuccess)
	a.content = r.envelope(q, certificates...)
	return r.write(a)
}

// RoundTrip implements http.RoundTripper: without a network.
func (r *responder) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, request)
	return recorder.Result(), nil
}

// client makes a client that is closed with the test.
func client(t testing.TB, config Config) *Client {
	t.Helper()
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// alice is the subject of most requests.
func alice(t testing.TB) []byte {
	t.Helper()
	subject, err := Subject([]Name{{"Name_CN", "%USER%"}, {"Company_O", "Example"}}, Replacements{User: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	return subject
}

// try enrols at an address; the authority was confirmed.
func try(t testing.TB, config Config, request Request) (*Identity, error) {
	t.Helper()
	c := client(t, config)
	authority, err := c.Authority(context.Background())
	if err != nil {
		return nil, err
	}
	authority.Confirm()
	if request.Subject == nil {
		request.Subject = alice(t)
	}
	return c.Enrol(context.Background(), authority, request)
}

// wantFault holds an error to a fault.
func wantFault(t testing.TB, what string, err error, want Fault) {
	t.Helper()
	if !is(err, want) {
		t.Errorf("%s: the error is %v, want the fault %q", what, err, want)
	}
}
