package diagnose

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/app/api"
	"torii/certstore/verify"
	"torii/i18n"
	"torii/tunnel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const host = "vpn.example.test"

var loopback = netip.MustParseAddr("127.0.0.1")

// party is a certificate with its key and with what is sent along.
type party struct {
	certificate *x509.Certificate
	key         crypto.Signer
	above       []*party
}

// sending is the party as a server shows it, with others behind its own.
func (p *party) sending(others ...*party) *party {
	return &party{p.certificate, p.key, others}
}

func (p *party) tls() tls.Certificate {
	pair := tls.Certificate{Certificate: [][]byte{p.certificate.Raw}, PrivateKey: p.key}
	for _, other := range p.above {
		pair.Certificate = append(pair.Certificate, other.certificate.Raw)
	}
	return pair
}

// files writes certificate, chain and key for servers of others.
func (p *party) files(t *testing.T) (certificates, key string) {
	t.Helper()
	dir := t.TempDir()
	var text []byte
	for _, der := range p.tls().Certificate {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	certificates, key = filepath.Join(dir, "chain.pem"), filepath.Join(dir, "key.pem")
	for file, content := range map[string][]byte{certificates: text, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificates, key
}

var serials atomic.Int64

func days(n int) time.Time { return time.Now().AddDate(0, 0, n) }

func curveKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t *testing.T, bits int) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue makes a certificate that issuer signs; nil signs it itself. It is a leaf
// for host, valid for half a year around today, unless change says otherwise.
func issue(t *testing.T, issuer *party, name string, key crypto.Signer, change ...func(c *x509.Certificate)) *party {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serials.Add(1)), Subject: pkix.Name{CommonName: name},
		NotBefore: days(-90), NotAfter: days(90), DNSNames: []string{host},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, one := range change {
		one(template)
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatalf("issue %s: %v", name, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &party{certificate: certificate, key: key}
}

// authority turns a template into that of an authority.
func authority(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid = true, true
	c.NotBefore, c.NotAfter = days(-3000), days(3000)
	c.DNSNames, c.ExtKeyUsage, c.KeyUsage = nil, nil, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
}

func expired(c *x509.Certificate) { c.NotBefore, c.NotAfter = days(-90), days(-3) }
func early(c *x509.Certificate)   { c.NotBefore, c.NotAfter = days(3), days(90) }
func oldHash(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }
func named(names ...string) func(c *x509.Certificate) {
	return func(c *x509.Certificate) { c.DNSNames = names }
}
func forClients(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }
func found(at string) func(c *x509.Certificate) {
	return func(c *x509.Certificate) { c.IssuingCertificateURL = []string{at} }
}

// tree is the authorities of the rig, made once.
type tree struct {
	root, middle *party // trusted
	rsaRoot      *party // trusted, for signatures of old kinds
	stranger     *party // a root that nobody trusts
	words        *i18n.Catalogue
}

func plant(t *testing.T) *tree {
	t.Helper()
	words, err := i18n.New("en")
	if err != nil {
		t.Fatal(err)
	}
	r := &tree{words: words}
	r.root = issue(t, nil, "Rig Root", curveKey(t), authority)
	r.middle = issue(t, r.root, "Rig Middle", curveKey(t), authority)
	r.rsaRoot = issue(t, nil, "Rig RSA Root", rsaKey(t, 2048), authority)
	r.stranger = issue(t, nil, "Somebody's Root", curveKey(t), authority)
	return r
}

// visit is one examination of a bad server.
type visit struct {
	t       *testing.T
	tree    *tree
	target  Target
	options Options
	// loginFails says that a login fails for a reason that is no doctor's.
	loginFails bool
}

func (r *tree) visit(t *testing.T) *visit {
	t.Helper()
	authorities := &verify.Authorities{}
	authorities.Add(r.root.certificate)
	authorities.Add(r.rsaRoot.certificate)
	v := &visit{t: t, tree: r}
	v.target = Target{Host: host, Authorities: authorities}
	v.options = Options{
		Words: r.words, System: "linux", ClientVersion: "5.0.1", Platform: "linux-64", PortalPort: closedPort(t),
		Lookup: func(_ context.Context, name string) ([]netip.Addr, error) {
			if name != host {
				return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
			}
			return []netip.Addr{loopback}, nil
		},
		Describe: func(host string, err error) *tunnel.Failure {
			return &tunnel.Failure{Code: tunnel.CodeOf(err), Message: host, Detail: err.Error()}
		},
	}
	return v
}

// at sets where the server is.
func (v *visit) at(address net.Addr) {
	v.target.Port = netip.MustParseAddrPort(address.String()).Port()
}

// examine lets the doctor look.
func (v *visit) examine() api.DoctorReport {
	ctx, cancel := context.WithTimeout(v.t.Context(), time.Minute)
	defer cancel()
	return Doctor(ctx, v.target, v.options)
}

// listen opens a port on the loopback for the length of a test.
func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// freePort is a port for somebody else to listen on.
func freePort(t *testing.T) uint16 {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return netip.MustParseAddrPort(listener.Addr().String()).Port()
}

// web serves a handler on the loopback, within TLS where config is not nil.
func web(t *testing.T, config *tls.Config, handler http.HandlerFunc) net.Addr {
	t.Helper()
	listener := listen(t)
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0), TLSConfig: config}
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true) // HTTP/2 would insist on suites of its own
	done := make(chan struct{})
	go func() {
		defer close(done)
		serve := server.Serve
		if config != nil {
			serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
		}
		if err := serve(listener); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	}()
	t.Cleanup(func() { server.Close(); <-done })
	return listener.Addr()
}

// form is a gateway's answer to the greeting.
func form(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/xml")
	io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><config-auth client="vpn" type="auth-request"><auth id="main">
<form method="post" action="/auth"><input type="text" name="username" label="User"/></form></auth></config-auth>`)
}

// gateway serves a gateway with a certificate.
func (v *visit) gateway(p *party, change ...func(c *tls.Config)) {
	v.t.Helper()
	v.gatewaySaying(p, form, change...)
}

func (v *visit) gatewaySaying(p *party, handler http.HandlerFunc, change ...func(c *tls.Config)) {
	v.t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{p.tls()}}
	for _, one := range change {
		one(config)
	}
	v.at(web(v.t, config, handler))
}

// ill lists what a report says is wrong, sorted: "expired" for what fails,
// "weak-key?" for what warns.
func ill(r api.DoctorReport) string {
	var list []string
	for _, c := range r.Checks {
		switch c.Status {
		case api.DoctorFail:
			list = append(list, string(c.Code))
		case api.DoctorWarn:
			list = append(list, string(c.Code)+"?")
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// complete holds every check of a report to what a person needs of it.
func complete(t *testing.T, r api.DoctorReport) {
	t.Helper()
	seen := map[api.DoctorCode]bool{}
	for _, c := range r.Checks {
		if seen[c.Code] {
			t.Errorf("%s is reported twice", c.Code)
		}
		seen[c.Code] = true
		if c.Status == api.DoctorPass {
			if c.Title+c.Cause+c.Remedy+string(c.Who)+c.Tell != "" {
				t.Errorf("%s is well and has words: %+v", c.Code, c)
			}
			continue
		}
		if c.Title == "" || c.Cause == "" || c.Remedy == "" || c.Seen == "" || c.Who != api.DoctorYou && c.Who != api.DoctorAdministrator {
			t.Errorf("%s lacks words: %+v", c.Code, c)
		}
		if c.Who == api.DoctorAdministrator && c.Tell == "" {
			t.Errorf("%s says nothing for the administrator", c.Code)
		}
	}
}

// moody answers a hello as a server does, and hangs up as soon as the client
// goes on: for reasons of its own, that nobody outside can know.
func moody(t *testing.T, p *party) net.Addr {
	t.Helper()
	listener := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			server := tls.Server(&once{Conn: conn}, &tls.Config{Certificates: []tls.Certificate{p.tls()}, MinVersion: tls.VersionTLS13})
			server.Handshake() // it fails, as it must
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return listener.Addr()
}

// once is a connection on which nothing but the first answer is sent.
type once struct {
	net.Conn
	sent bool
}

func (c *once) Write(b []byte) (int, error) {
	if c.sent {
		return 0, net.ErrClosed
	}
	c.sent = true
	// The ServerHello stands alone in the first record.
	const header = 5
	size := header + int(b[3])<<8 + int(b[4])
	n, err := c.Conn.Write(b[:min(size, len(b))])
	if err == nil {
		err = net.ErrClosed
	}
	return n, err
}
