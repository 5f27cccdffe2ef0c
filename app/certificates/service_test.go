package certificates

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
	"go.uber.org/goleak"
	"software.sslmate.com/src/go-pkcs12"

	"torii/app/api"
	"torii/app/secrets"
	"torii/certstore"
	"torii/i18n"
	"torii/tunnel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// made is a certificate with its key.
type made struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

// issue makes a certificate that issuer signs; nil signs it itself.
func issue(t *testing.T, issuer *made, name string, change func(c *x509.Certificate)) *made {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	parent, by := template, key
	if issuer != nil {
		parent, by = issuer.Certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &made{c, key}
}

func authority(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid = true, true
	c.ExtKeyUsage, c.KeyUsage = nil, x509.KeyUsageCertSign
}

// server turns a template into that of a server.
func server(names ...string) func(c *x509.Certificate) {
	return func(c *x509.Certificate) {
		c.DNSNames, c.ExtKeyUsage = names, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
}

func (m *made) pem() []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.Raw}) }

// both is a certificate and its key as PEM.
func (m *made) both(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(m.key)
	if err != nil {
		t.Fatal(err)
	}
	return append(m.pem(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
}

// rig is a Service with a keyring in memory.
type rig struct {
	*Service
	t       *testing.T
	folder  string
	catalog *i18n.Catalogue
}

// newRig takes the process's one keyring, so tests with rigs take turns.
func newRig(t *testing.T) *rig {
	t.Helper()
	keyring.MockInit()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	t.Cleanup(func() { keyring.MockInitWithError(errors.New("a test's keyring is used after its end")) })
	words, err := i18n.New("en")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, folder: t.TempDir(), catalog: words}
	r.reopen()
	return r
}

// reopen is a restart of the agent.
func (r *rig) reopen() {
	r.t.Helper()
	vault, err := secrets.Open(filepath.Join(r.folder, "config"))
	if err != nil {
		r.t.Fatal(err)
	}
	if r.Service, err = Open(filepath.Join(r.folder, "data"), vault, func() *i18n.Catalogue { return r.catalog }); err != nil {
		r.t.Fatal(err)
	}
}

// add imports a file that wants nothing.
func (r *rig) add(request api.ImportCertificates) []api.Certificate {
	r.t.Helper()
	imported, err := r.Import(r.t.Context(), request, true)
	if err != nil || imported.Want != api.WantNothing || len(imported.Added) == 0 {
		r.t.Fatalf("import: %+v, %v", imported, err)
	}
	return imported.Added
}

func wantCode(t *testing.T, what string, err error, want tunnel.Code) {
	t.Helper()
	if tunnel.CodeOf(err) != want {
		t.Errorf("%s: the code is %q (%v), want %q", what, tunnel.CodeOf(err), err, want)
	}
}

func detail(err error) string {
	coded, ok := errors.AsType[*tunnel.Error](err)
	if !ok {
		return ""
	}
	return coded.Detail
}

// request is what a gateway asks for that takes these signatures.
func request(issuers ...*made) *tls.CertificateRequestInfo {
	r := &tls.CertificateRequestInfo{Version: tls.VersionTLS13, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}}
	for _, i := range issuers {
		r.AcceptableCAs = append(r.AcceptableCAs, i.RawSubject)
	}
	return r
}

const gateway = "vpn.example.com:443"

// shows asks what an entry's choice shows: the names of the leaf, "" for none.
func (r *rig) shows(choice string, asked *tls.CertificateRequestInfo) (string, error) {
	r.t.Helper()
	chooses, err := r.ForGateway(choice, gateway)
	if err != nil || chooses == nil {
		return "", err
	}
	shown, err := chooses(r.t.Context(), asked, nil)
	if err != nil || shown == nil {
		return "", err
	}
	digest := make([]byte, 32)
	if _, err := shown.PrivateKey.(crypto.Signer).Sign(rand.Reader, digest, crypto.SHA256); err != nil {
		r.t.Errorf("it does not sign: %v", err)
	}
	return shown.Leaf.Subject.CommonName, nil
}

func (r *rig) wantShows(what, choice string, asked *tls.CertificateRequestInfo, want string) {
	r.t.Helper()
	if got, err := r.shows(choice, asked); got != want || err != nil {
		r.t.Errorf("%s: it shows %q (%v), want %q", what, got, err, want)
	}
}

// TestThroughTheKeyring: the key is used after a restart, and what opens it is
// in the keyring.
func TestThroughTheKeyring(t *testing.T) {
	r := newRig(t)
	alice := issue(t, nil, "Alice", nil)
	added := r.add(api.ImportCertificates{Data: alice.both(t)})
	if added[0].Keeping != api.KeepInKeyring || added[0].Locked || added[0].Name != "Alice" {
		t.Errorf("added %+v", added[0])
	}
	r.reopen()
	r.wantShows("after a restart", "Alice", request(), "Alice")
	keyring.MockInit() // everything in it is gone
	r.reopen()
	_, err := r.shows("Alice", request())
	wantCode(t, "a keyring that lost it", err, tunnel.CodeClientCertificate)
	if !strings.Contains(detail(err), "lost what opens “Alice”") {
		t.Errorf("the detail is %q", detail(err))
	}
	keyring.MockInitWithError(errors.New("failed to unlock"))
	bob := issue(t, nil, "Bob", nil)
	imported, err := r.Import(t.Context(), api.ImportCertificates{Data: bob.both(t)}, false)
	if err != nil || imported.Want != api.WantKeep || len(imported.Added) != 0 {
		t.Errorf("a locked keyring: %+v, %v", imported, err)
	}
}

func TestPassphrase(t *testing.T) {
	r := newRig(t)
	data := issue(t, nil, "Alice", nil).both(t)
	for _, c := range []struct {
		keep, phrase string
		want         api.Want
	}{{api.KeepUnderPassphrase, "", api.WantPassphrase}, {api.KeepUnderPassphrase, "short", api.WantPassphrase}} {
		imported, err := r.Import(t.Context(), api.ImportCertificates{Data: data, Keep: c.keep, Passphrase: c.phrase}, false)
		if err != nil || imported.Want != c.want || len(imported.Added) != 0 {
			t.Errorf("%q: %+v, %v", c.phrase, imported, err)
		}
	}
	r.add(api.ImportCertificates{Data: data, Keep: api.KeepUnderPassphrase, Passphrase: "correct horse"})
	r.reopen()
	if list, err := r.List(api.CertificateQuery{Kind: api.CertificateUser}); err != nil || len(list) != 1 || !list[0].Locked {
		t.Errorf("after a restart: %+v, %v", list, err)
	}
	for _, choice := range []string{"Alice", api.CertificateAutomatic} {
		_, err := r.shows(choice, request())
		wantCode(t, "while it is locked", err, tunnel.CodeClientCertificate)
		if !strings.Contains(detail(err), "unlock it first") {
			t.Errorf("the detail is %q", detail(err))
		}
	}
	r.wantAsksPassphrase()
	r.reopen()
	wantCode(t, "a wrong passphrase", r.Unlock(t.Context(), "wrong horse"), tunnel.CodeInvalid)
	if imported, err := r.Import(t.Context(), api.ImportCertificates{
		Data: issue(t, nil, "Bob", nil).both(t), Keep: api.KeepUnderPassphrase, Passphrase: "another phrase",
	}, false); err != nil || imported.Want != api.WantOtherPassphrase {
		t.Errorf("another passphrase: %+v, %v", imported, err)
	}
	wantCode(t, "the passphrase", r.Unlock(t.Context(), "correct horse"), "")
	r.wantShows("unlocked", "Alice", request(), "Alice")
	if list, _ := r.List(api.CertificateQuery{}); len(list) != 1 || list[0].Locked {
		t.Errorf("unlocked: %+v", list)
	}
}

// wantAsksPassphrase has a connection ask the person: who gives up, who is wrong
// too often, and who knows it at the second attempt.
func (r *rig) wantAsksPassphrase() {
	r.t.Helper()
	var asked []tunnel.Question
	connect := func(choice string, phrases ...string) error {
		asked = nil
		chooses, err := r.ForGateway(choice, gateway)
		if err != nil {
			return err
		}
		shown, err := chooses(r.t.Context(), request(), func(_ context.Context, q tunnel.Question) (tunnel.Answer, error) {
			asked = append(asked, q)
			if len(asked) > len(phrases) {
				return tunnel.Answer{Choice: tunnel.ChoiceCancel}, nil
			}
			return tunnel.Answer{Choice: tunnel.ChoiceOK, Fields: map[string]tunnel.Secret{passphraseField: tunnel.NewSecret(phrases[len(asked)-1])}}, nil
		})
		if err == nil && (shown == nil || shown.Leaf.Subject.CommonName != "Alice") {
			r.t.Errorf("it shows %+v", shown)
		}
		return err
	}
	wantCode(r.t, "who gives up", connect("Alice"), tunnel.CodeCancelled)
	wantCode(r.t, "who gives up, automatic", connect(api.CertificateAutomatic), tunnel.CodeCancelled)
	wantCode(r.t, "who is wrong too often", connect("Alice", "a", "b", "c", "d", "e", "f"), tunnel.CodeClientCertificate)
	if len(asked) != mostAttempts {
		r.t.Errorf("asked %d times", len(asked))
	}
	wantCode(r.t, "who knows it", connect("Alice", "wrong horse", "correct horse"), "")
	if len(asked) != 2 || asked[0].Error != "" || asked[1].Error == "" || asked[1].Form.Attempt != 1 || !AsksPassphrase(asked[0]) ||
		!strings.Contains(asked[0].Message, "Alice") || strings.HasPrefix(asked[0].Form.Fields[0].Label, "certificates.") {
		r.t.Errorf("asked %+v", asked)
	}
	wantCode(r.t, "the next connection", connect("Alice"), "")
	if len(asked) != 0 {
		r.t.Error("it is asked for again")
	}
}

func TestImportWants(t *testing.T) {
	r := newRig(t)
	alice := issue(t, nil, "Alice", nil)
	file, err := pkcs12.Modern2023.Encode(alice.key, alice.Certificate, nil, "geheim")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "alice.p12")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		request api.ImportCertificates
		want    api.Want
		code    tunnel.Code
		detail  string
	}{
		{"no password", api.ImportCertificates{File: path}, api.WantPassword, "", ""},
		{"another password", api.ImportCertificates{File: path, Password: "x"}, api.WantOtherPassword, "", ""},
		{"a missing file", api.ImportCertificates{File: path + "x"}, "", tunnel.CodeNotFound, path + "x"},
		{"a folder", api.ImportCertificates{File: filepath.Dir(path)}, "", tunnel.CodeBadImport, "neither PKCS#12"},
		{"a path of another's folder", api.ImportCertificates{File: "alice.p12"}, "", tunnel.CodeInvalid, "alice.p12"},
		{"nothing", api.ImportCertificates{}, "", tunnel.CodeBadImport, "empty"},
		{"a web page", api.ImportCertificates{Data: []byte("<html>")}, "", tunnel.CodeBadImport, "web page"},
		{"a text", api.ImportCertificates{Data: []byte("hello")}, "", tunnel.CodeBadImport, "neither"},
		{"cut off", api.ImportCertificates{Data: file[:100], Password: "geheim"}, "", tunnel.CodeBadImport, "damaged"},
		{"a strange way to keep", api.ImportCertificates{File: path, Password: "geheim", Keep: "cloud"}, "", tunnel.CodeInvalid, "cloud"},
		{"a server's, for none", api.ImportCertificates{Data: issue(t, nil, "x", server("vpn.example.com")).pem()}, api.WantServer, "", ""},
	} {
		imported, err := r.Import(t.Context(), c.request, true)
		wantCode(t, c.name, err, c.code)
		if imported.Want != c.want || len(imported.Added) != 0 || !strings.Contains(detail(err), c.detail) {
			t.Errorf("%s: %+v, detail %q", c.name, imported, detail(err))
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error says the password", c.name)
		}
	}
	if list, err := r.List(api.CertificateQuery{}); err != nil || len(list) != 0 {
		t.Errorf("something came in: %+v, %v", list, err)
	}
	if got := r.add(api.ImportCertificates{File: path, Password: "geheim", Name: "Work"}); got[0].Name != "Work" {
		t.Errorf("it is called %q", got[0].Name)
	}
}

// TestEveryFlawHasWords: each has a sentence of its own.
func TestEveryFlawHasWords(t *testing.T) {
	r := newRig(t)
	said := map[string]bool{}
	for _, flaw := range []certstore.Flaw{
		certstore.FlawTooLarge, certstore.FlawEmpty, certstore.FlawWebPage, certstore.FlawUnknown, certstore.FlawDamaged,
		certstore.FlawUnsupported, certstore.FlawTooMuchWork, certstore.FlawNoMatch, certstore.FlawNothing,
	} {
		text := detail(r.flawed(&certstore.FileError{Flaw: flaw}))
		if text == "" || strings.HasPrefix(text, "certificates.") || said[text] {
			t.Errorf("%s: %q", flaw, text)
		}
		said[text] = true
	}
}

// TestTrustIsBroughtByTrustedFacesOnly: a person's own certificate everybody of
// this user may bring, and who vouches for servers only a trusted face.
func TestTrustIsBroughtByTrustedFacesOnly(t *testing.T) {
	r := newRig(t)
	root := issue(t, nil, "Root", authority)
	middle := issue(t, root, "Issuing", authority)
	vpn := issue(t, middle, "vpn", server("vpn.example.com"))
	for name, request := range map[string]api.ImportCertificates{
		"authority": {Data: root.pem()}, "intermediate": {Data: middle.pem()}, "server": {Data: vpn.pem(), Server: "vpn.example.com"},
	} {
		imported, err := r.Import(t.Context(), request, false)
		wantCode(t, name, err, tunnel.CodePolicy)
		if len(imported.Added) != 0 {
			t.Errorf("%s came in: %+v", name, imported)
		}
	}
	if roots, intermediates := r.Authorities(); len(roots)+len(intermediates) != 0 || r.Accepts("vpn.example.com", 443, vpn.Certificate) {
		t.Error("somebody is trusted")
	}
	own, err := r.Import(t.Context(), api.ImportCertificates{Data: issue(t, middle, "Alice", nil).both(t)}, false)
	if err != nil || len(own.Added) != 1 {
		t.Errorf("one's own: %+v, %v", own, err)
	}
	if got := r.add(api.ImportCertificates{Data: append(root.pem(), middle.pem()...)}); len(got) != 2 || !got[0].Root || got[1].Root {
		t.Errorf("the window's authorities: %+v", got)
	}
	roots, intermediates := r.Authorities()
	if len(roots) != 1 || !roots[0].Equal(root.Certificate) || len(intermediates) != 1 || !intermediates[0].Equal(middle.Certificate) {
		t.Errorf("roots %d, intermediates %d", len(roots), len(intermediates))
	}
}

// TestServersAreAcceptedWhereValid: an invalid certificate is accepted for
// nobody (000, server certificates).
func TestServersAreAcceptedWhereValid(t *testing.T) {
	r := newRig(t)
	usual := server("vpn.example.com")
	for name, c := range map[string]struct {
		change func(c *x509.Certificate)
		server string
		said   string // "" where it is accepted
	}{
		"self-signed":         {usual, "vpn.example.com", ""},
		"on another port":     {usual, "vpn.example.com:8443", ""},
		"for another name":    {usual, "mail.example.com", "another name"},
		"expired":             {func(c *x509.Certificate) { usual(c); c.NotAfter = time.Now().Add(-time.Minute) }, "vpn.example.com", "has expired"},
		"not yet valid":       {func(c *x509.Certificate) { usual(c); c.NotBefore = time.Now().Add(time.Hour) }, "vpn.example.com", "not valid yet"},
		"for another purpose": {func(c *x509.Certificate) { c.DNSNames = []string{"vpn.example.com"} }, "vpn.example.com", "not for servers"},
	} {
		leaf := issue(t, nil, "vpn", c.change)
		imported, err := r.Import(t.Context(), api.ImportCertificates{Data: leaf.pem(), Server: c.server}, true)
		if c.said == "" {
			if err != nil || len(imported.Added) != 1 || imported.Added[0].Kind != api.CertificateServer || imported.Added[0].Host != "vpn.example.com" {
				t.Errorf("%s: %+v, %v", name, imported, err)
			}
			continue
		}
		wantCode(t, name, err, tunnel.CodePolicy)
		if !strings.Contains(detail(err), c.said) || len(imported.Added) != 0 {
			t.Errorf("%s: detail %q, %+v", name, detail(err), imported)
		}
	}
	leaf := issue(t, nil, "vpn", usual)
	wantCode(t, "accept", r.Accept("vpn.example.com", 443, leaf.Certificate), "")
	if !r.Accepts("vpn.example.com", 443, leaf.Certificate) || r.Accepts("vpn.example.com", 8443, leaf.Certificate) {
		t.Error("it is accepted for another server")
	}
}

func TestChoices(t *testing.T) {
	r := newRig(t)
	acme, other := issue(t, nil, "Acme", authority), issue(t, nil, "Other", authority)
	until := func(days int) func(c *x509.Certificate) {
		return func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, days) }
	}
	r.wantShows("an empty store", api.CertificateAutomatic, request(), "")
	chooses, err := r.ForGateway(api.CertificateAutomatic, gateway)
	if err != nil {
		t.Fatal(err)
	}
	r.add(api.ImportCertificates{Data: issue(t, acme, "Short", until(10)).both(t)})
	if shown, err := chooses(t.Context(), request(), nil); err != nil || shown == nil || shown.Leaf.Subject.CommonName != "Short" {
		t.Errorf("what came in meanwhile is not shown: %v", err) // each connection chooses anew
	}
	r.add(api.ImportCertificates{Data: issue(t, other, "Long", until(300)).both(t)})
	r.add(api.ImportCertificates{Data: issue(t, acme, "Over", func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().AddDate(0, 0, -9), time.Now().AddDate(0, 0, -1)
	}).both(t)})
	r.wantShows("disabled", api.CertificateDisabled, request(), "")
	r.wantShows("by name", "Short", request(), "Short")
	r.wantShows("an expired one by its name", "Over", request(), "Over")
	r.wantShows("automatic", api.CertificateAutomatic, request(), "Long")
	r.wantShows("an issuer is named", api.CertificateAutomatic, request(acme), "Short")
	_, err = r.ForGateway("Nobody", gateway)
	wantCode(t, "a name that there is not", err, tunnel.CodeNotFound)
	named, err := r.ForGateway("Short", gateway)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Delete(api.CertificateRef{Certificate: "Short"}); err != nil {
		t.Fatal(err)
	}
	_, err = named(t.Context(), request(), nil)
	wantCode(t, "one that was deleted meanwhile", err, tunnel.CodeNotFound)
}

// TestWhatWorkedComesFirst: a connection that came up is remembered, one that
// did not is not.
func TestWhatWorkedComesFirst(t *testing.T) {
	r := newRig(t)
	for name, days := range map[string]int{"Short": 10, "Long": 300} {
		r.add(api.ImportCertificates{Data: issue(t, nil, name, func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, days) }).both(t)})
	}
	r.wantShows("by name", "Short", request(), "Short")
	r.wantShows("nothing has worked yet", api.CertificateAutomatic, request(), "Long")
	r.wantShows("by name, again", "Short", request(), "Short")
	if err := r.LetIn(gateway); err != nil {
		t.Fatal(err)
	}
	r.wantShows("it has worked", api.CertificateAutomatic, request(), "Short")
	r.reopen()
	r.wantShows("after a restart", api.CertificateAutomatic, request(), "Short")
	r.wantShows("another by name", "Long", request(), "Long")
	r.Forget(gateway) // the next connection, by password alone
	if err := r.LetIn(gateway); err != nil {
		t.Fatal(err)
	}
	r.wantShows("a connection without a certificate", api.CertificateAutomatic, request(), "Short")
}

func TestDelete(t *testing.T) {
	r := newRig(t)
	root := issue(t, nil, "Alice", authority) // of the same name as a person
	r.add(api.ImportCertificates{Data: root.pem()})
	added := r.add(api.ImportCertificates{Data: issue(t, nil, "Alice", nil).both(t)})
	_, err := r.Delete(api.CertificateRef{Certificate: "Alice"})
	wantCode(t, "two of that name", err, tunnel.CodeInvalid)
	if !strings.Contains(detail(err), "more than one") {
		t.Errorf("the detail is %q", detail(err))
	}
	for _, ref := range []api.CertificateRef{{Certificate: "Bob"}, {Kind: api.CertificateServer, Certificate: "Alice"}, {}} {
		_, err := r.Delete(ref)
		wantCode(t, "nobody", err, tunnel.CodeNotFound)
	}
	_, err = r.Delete(api.CertificateRef{Kind: "pets", All: true})
	wantCode(t, "another kind", err, tunnel.CodeInvalid)
	deleted, err := r.Delete(api.CertificateRef{Kind: api.CertificateUser, Certificate: added[0].Fingerprint[:8]})
	if err != nil || len(deleted.Deleted) != 1 || deleted.Deleted[0].ID != added[0].ID {
		t.Errorf("by the fingerprint: %+v, %v", deleted, err)
	}
	for range 2 {
		r.add(api.ImportCertificates{Data: issue(t, nil, "Alice", nil).both(t), Keep: api.KeepInMemory})
	}
	if deleted, err := r.Delete(api.CertificateRef{Kind: api.CertificateUser, All: true}); err != nil || len(deleted.Deleted) != 2 {
		t.Errorf("all: %+v, %v", deleted, err)
	}
	if list, err := r.List(api.CertificateQuery{}); err != nil || len(list) != 1 || list[0].Kind != api.CertificateAuthority {
		t.Errorf("what is left: %+v, %v", list, err)
	}
}

func TestDescribe(t *testing.T) {
	root := issue(t, nil, "Root", func(c *x509.Certificate) {
		authority(c)
		c.Subject.CommonName, c.Subject.Organization = "", []string{"Acme"}
	})
	id := asn1.ObjectIdentifier{1, 2, 3, 4}
	c := issue(t, root, "Alice", func(c *x509.Certificate) {
		c.SerialNumber = big.NewInt(0xabc)
		c.DNSNames, c.EmailAddresses = []string{"a.example.com"}, []string{"alice@example.com"}
		c.IPAddresses, c.URIs = []net.IP{net.ParseIP("2001:db8::1")}, []*url.URL{{Scheme: "urn", Opaque: "x"}}
		c.KeyUsage |= x509.KeyUsageKeyAgreement | x509.KeyUsageDecipherOnly
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageEmailProtection)
		c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{id}
	})
	d := Describe(c.Certificate, time.Now())
	for what, ok := range map[string]bool{
		"subject": d.Subject == "CN=Alice", "issuer": d.Issuer == "O=Acme" && d.IssuerName == "Acme", "serial": d.Serial == "abc",
		"names":       slices.Equal(d.Names, []string{"a.example.com", "2001:db8::1", "alice@example.com", "urn:x"}),
		"usages":      slices.Equal(d.KeyUsages, []string{"digitalSignature", "keyAgreement", "decipherOnly"}),
		"extended":    slices.Equal(d.ExtendedKeys, []string{"clientAuth", "emailProtection", "1.2.3.4"}),
		"key":         d.Key == "ECDSA P-256" && d.Signature == "ECDSA-SHA256",
		"fingerprint": d.Fingerprint == certstore.Fingerprint(c.Certificate), "status": d.Status == api.CertificateValid,
		"expired":       Describe(c.Certificate, c.NotAfter.Add(time.Second)).Status == api.CertificateExpired,
		"not yet valid": Describe(c.Certificate, c.NotBefore.Add(-time.Second)).Status == api.CertificateNotYetValid,
	} {
		if !ok {
			t.Errorf("%s: %+v", what, d)
		}
	}
}

// TestNothingTellsTheKey looks at all that faces see and all that is on disk.
func TestNothingTellsTheKey(t *testing.T) {
	r := newRig(t)
	alice := issue(t, nil, "Alice", nil)
	added := r.add(api.ImportCertificates{Data: alice.both(t)})
	list, err := r.List(api.CertificateQuery{})
	if err != nil {
		t.Fatal(err)
	}
	private, err := alice.key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal([]any{added, list})
	if err != nil {
		t.Fatal(err)
	}
	files := [][]byte{text}
	err = filepath.WalkDir(r.folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files = append(files, text)
		return err
	})
	if err != nil || len(files) < 3 {
		t.Errorf("looked at %d places: %v", len(files), err)
	}
	encoded, err := json.Marshal(private)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range files {
		if bytes.Contains(text, private) || bytes.Contains(text, encoded[1:30]) || bytes.Contains(text, []byte("PRIVATE")) {
			t.Errorf("a key is in the open: %.100s", text)
		}
	}
}
