package enrol

import (
	"bytes"
	"context"
	"crypto"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"torii/certstore/enrol/internal/cms"
)

func messageOf(request *http.Request) ([]byte, error) {
	if request.Method == http.MethodPost {
		return io.ReadAll(request.Body)
	}
	return base64.StdEncoding.DecodeString(request.URL.Query().Get("message"))
}

func TestEnrol(t *testing.T) {
	r := newResponder(t)
	identity, err := try(t, Config{URL: r.serve()}, Request{Challenge: "Straße 7"})
	if err != nil {
		t.Fatal(err)
	}
	leaf := identity.Chain[0]
	if len(identity.Chain) != 1 || leaf.Subject.String() != "CN=alice,O=Example" || !identity.Key.PublicKey.Equal(leaf.PublicKey) {
		t.Errorf("got %v with a chain of %d", leaf.Subject, len(identity.Chain))
	}
	if len(identity.Warnings) > 0 {
		t.Errorf("there are warnings: %v", identity.Warnings)
	}
	q := r.all()[0]
	if q.method != "POST" || q.cipher != cms.AES128 || q.hash != crypto.SHA256 || q.kind != "19" || len(q.nonce) != 16 {
		t.Errorf("the request is by %s with %s and %v, of the type %s, with %d bytes of nonce", q.method, q.cipher, q.hash, q.kind, len(q.nonce))
	}
	request := q.request(t)
	if bits := request.PublicKey.(*rsa.PublicKey).N.BitLen(); bits != 2048 {
		t.Errorf("the key has %d bits", bits)
	}
	if !strings.Contains(string(request.Raw), "Straße 7") {
		t.Error("the challenge password is not in the request")
	}
	var purposes []string
	for _, e := range request.Extensions {
		purposes = append(purposes, e.Id.String())
	}
	if want := []string{"2.5.29.15", "2.5.29.37"}; !slices.Equal(purposes, want) {
		t.Errorf("the extensions asked for are %v, want %v", purposes, want)
	}
	if !request.PublicKey.(*rsa.PublicKey).Equal(q.signer.PublicKey) || q.signer.CheckSignature(q.signer.SignatureAlgorithm, q.signer.RawTBSCertificate, q.signer.Signature) != nil ||
		q.signer.Subject.String() != "CN=alice,O=Example" {
		t.Error("the request is not signed with a certificate of its own key and name")
	}
}

// TestOpenSSLReadsRequests has OpenSSL read a request, and its password.
func TestOpenSSLReadsRequests(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		missing(t, err)
	}
	for _, hash := range []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA512} {
		request, err := newRequest(alice(t), rsaKey(0), "open sesame", hash)
		if err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), "openssl", "req", "-inform", "DER", "-noout", "-text", "-verify")
		command.Stdin = bytes.NewReader(request)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", hash, err, out)
		}
		text := strings.Join(strings.Fields(string(out)), " ")
		for _, want := range []string{
			"verify OK", "Subject: O = Example, CN = alice", "challengePassword :open sesame",
			"X509v3 Key Usage: critical Digital Signature, Key Encipherment", "X509v3 Extended Key Usage: TLS Web Client Authentication",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%v: there is no %q in\n%s", hash, want, out)
			}
		}
	}
}

// TestMethods shows what a request is made with, for what an authority says.
func TestMethods(t *testing.T) {
	for _, c := range []struct {
		name, caps string
		old        bool
		cipher     cms.Cipher
		hash       crypto.Hash
		post       bool
		warnings   []Warning
		fault      Fault
	}{
		{name: "standard", caps: "SCEPStandard", cipher: cms.AES128, hash: crypto.SHA256, post: true},
		{name: "by GET", caps: "AES\nSHA-256", cipher: cms.AES128, hash: crypto.SHA256},
		{name: "Windows", caps: "postpkioperation\r\nRENEWAL\r\nSha-512\r\nSHA-1\r\nDES3\r\n", cipher: cms.TripleDES, hash: crypto.SHA512, post: true, warnings: []Warning{WarnTripleDES}},
		{name: "old", caps: "DES3\nSHA-1", fault: FaultOldMethods},
		{name: "old, allowed", caps: "DES3\nSHA-1", old: true, cipher: cms.TripleDES, hash: crypto.SHA1, warnings: []Warning{WarnTripleDES, WarnSHA1}},
		{name: "nothing", fault: FaultOldMethods},
		{name: "a web page", caps: "<!DOCTYPE html><p>AES\nSHA-256\n", fault: FaultOldMethods},
		{name: "nothing, allowed", old: true, cipher: cms.TripleDES, hash: crypto.SHA1, warnings: []Warning{WarnTripleDES, WarnSHA1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newResponder(t)
			r.caps = c.caps
			identity, err := try(t, Config{URL: r.serve(), AllowOld: c.old}, Request{})
			if c.fault != "" {
				wantFault(t, c.name, err, c.fault)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			q := r.all()[0]
			if q.cipher != c.cipher || q.hash != c.hash || (q.method == "POST") != c.post || !slices.Equal(identity.Warnings, c.warnings) {
				t.Errorf("it was made with %s and %v, sent by %s, warnings %v", q.cipher, q.hash, q.method, identity.Warnings)
			}
			if got := q.request(t).SignatureAlgorithm.String(); !strings.HasPrefix(got, strings.ReplaceAll(c.hash.String(), "-", "")) {
				t.Errorf("the request inside is signed with %s", got)
			}
		})
	}
}

func TestRenew(t *testing.T) {
	r := newResponder(t)
	old := issue(t, r.authority, "alice", rsaKey(1), nil)
	renewal := Renewal{Old: &tls.Certificate{Certificate: [][]byte{old.Raw}, PrivateKey: old.key}, KeyBits: 1024}
	c := client(t, Config{URL: r.serve(), Fingerprint: hexOf(r.authority)})
	authority, err := c.Authority(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	identity, err := c.Renew(t.Context(), authority, renewal)
	if err != nil {
		t.Fatal(err)
	}
	q := r.all()[0]
	if q.kind != "17" || !q.signer.Equal(old.Certificate) {
		t.Errorf("the renewal is a %s, signed by %v", q.kind, q.signer.Subject)
	}
	if identity.Chain[0].Subject.String() != "CN=alice" || identity.Key.N.BitLen() != 2048 || identity.Key.Equal(old.key) {
		t.Errorf("renewed is %v with a key of %d bits", identity.Chain[0].Subject, identity.Key.N.BitLen())
	}

	_, err = c.Renew(t.Context(), authority, Renewal{Old: &tls.Certificate{Certificate: [][]byte{old.Raw}, PrivateKey: onlySigns{old.key}}})
	wantFault(t, "a key that only signs", err, FaultOldIdentity)
	_, err = c.Renew(t.Context(), authority, Renewal{})
	wantFault(t, "no identity", err, FaultOldIdentity)
	authority.Capabilities.Renewal = false
	_, err = c.Renew(t.Context(), authority, renewal)
	wantFault(t, "an authority that does not renew", err, FaultNoRenewal)
}

type onlySigns struct{ crypto.Signer }

// TestFingerprint shows which fingerprints are taken, and that one is needed.
func TestFingerprint(t *testing.T) {
	r := newResponder(t)
	sum1, sum5 := sha1.Sum(r.authority.Raw), md5.Sum(r.authority.Raw)
	address := r.serve()
	for _, c := range []struct {
		name, text string
		fault      Fault
		warnings   []Warning
	}{
		{name: "SHA-256", text: hexOf(r.authority)},
		{name: "as pinned", text: "sha256:" + hexOf(r.authority)},
		{name: "as Windows writes it", text: strings.ToUpper(fmt.Sprintf("% x", sum1))},
		{name: "as OpenSSL writes it", text: strings.ReplaceAll(fmt.Sprintf("% X", sum1), " ", ":")},
		{name: "MD5", text: hex.EncodeToString(sum5[:]), warnings: []Warning{WarnMD5}},
		{name: "another", text: strings.Repeat("00", 32), fault: FaultMismatch},
		{name: "another of SHA-1", text: strings.Repeat("00", 20), fault: FaultMismatch},
		{name: "too short", text: "aabb", fault: FaultFingerprint},
		{name: "no digits", text: strings.Repeat("xy", 32), fault: FaultFingerprint},
	} {
		authority, err := show(t, Config{URL: address, Fingerprint: c.text})
		switch {
		case c.fault != "":
			wantFault(t, c.name, err, c.fault)
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case !authority.Confirmed() || !slices.Equal(authority.Warnings, c.warnings):
			t.Errorf("%s: confirmed %v, warnings %v", c.name, authority.Confirmed(), authority.Warnings)
		}
	}
	c := client(t, Config{URL: address})
	authority, err := c.Authority(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if authority.Confirmed() || authority.Fingerprint() != hexOf(r.authority) {
		t.Errorf("without a fingerprint it is confirmed %v, and is %s", authority.Confirmed(), authority.Fingerprint())
	}
	_, err = c.Enrol(t.Context(), authority, Request{Subject: alice(t)})
	wantFault(t, "nobody confirmed it", err, FaultUnconfirmed)
	_, err = c.Renew(t.Context(), authority, Renewal{})
	wantFault(t, "nobody confirmed it for a renewal", err, FaultUnconfirmed)
	if n := len(r.all()); n > 0 {
		t.Errorf("%d messages were sent before anybody confirmed", n)
	}
}

func hexOf(p *party) string { return (&Authority{Certificate: p.Certificate}).Fingerprint() }

func show(t testing.TB, config Config) (*Authority, error) {
	t.Helper()
	c, err := New(config)
	if err != nil {
		return nil, err
	}
	t.Cleanup(c.Close)
	return c.Authority(context.Background())
}

// TestRoles shows which certificate does what, for what authorities show.
func TestRoles(t *testing.T) {
	root := issue(t, nil, "Root", rsaKey(0), anAuthority)
	issuing := issue(t, root, "Issuing", rsaKey(1), anAuthority)
	other := issue(t, nil, "Other root", rsaKey(2), anAuthority)
	encrypts := issue(t, issuing, "RA encrypts", rsaKey(2), withUsage(x509.KeyUsageKeyEncipherment))
	signs := issue(t, issuing, "RA signs", rsaKey(3), withUsage(x509.KeyUsageDigitalSignature))
	person := issue(t, issuing, "Mallory", rsaKey(3), func(c *x509.Certificate) {
		c.KeyUsage |= x509.KeyUsageKeyEncipherment
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	})
	foreign := issue(t, other, "Foreign RA", rsaKey(3), withUsage(x509.KeyUsageKeyEncipherment|x509.KeyUsageDigitalSignature))
	names := func(certificates []*x509.Certificate) []string {
		var all []string
		for _, c := range certificates {
			all = append(all, c.Subject.CommonName)
		}
		slices.Sort(all)
		return all
	}
	for _, c := range []struct {
		name              string
		shown             []*party
		pin               *party
		authentic         bool
		anchor, recipient string
		issuer            string
		signers           []string
		fault             Fault
	}{
		{name: "one", shown: []*party{root}, anchor: "Root", recipient: "Root", issuer: "Root", signers: []string{"Root"}},
		{name: "two levels", shown: []*party{issuing, root}, anchor: "Root", recipient: "Issuing", issuer: "Issuing", signers: []string{"Issuing", "Root"}},
		{name: "Windows", shown: []*party{encrypts, issuing, signs}, anchor: "Issuing", recipient: "RA encrypts", issuer: "Issuing", signers: []string{"Issuing", "RA signs"}},
		{name: "Windows, whole", shown: []*party{root, signs, issuing, encrypts}, pin: root, anchor: "Root", recipient: "RA encrypts", issuer: "Issuing", signers: []string{"Issuing", "RA signs", "Root"}},
		{name: "pinned below", shown: []*party{root, issuing}, pin: issuing, anchor: "Issuing", recipient: "Issuing", issuer: "Issuing", signers: []string{"Issuing"}},
		{name: "somebody in between", shown: []*party{issuing, person}, pin: issuing, anchor: "Issuing", recipient: "Issuing", issuer: "Issuing", signers: []string{"Issuing"}},
		{name: "the same over HTTPS", shown: []*party{issuing, person}, authentic: true, anchor: "Issuing", recipient: "Mallory", issuer: "Issuing", signers: []string{"Issuing", "Mallory"}},
		{name: "a foreign one", shown: []*party{issuing, foreign, other}, pin: issuing, anchor: "Issuing", recipient: "Issuing", issuer: "Issuing", signers: []string{"Issuing"}},
		{name: "pinned registrar", shown: []*party{signs, issuing}, pin: signs, fault: FaultMismatch},
		{name: "nobody", shown: []*party{signs}, fault: FaultNoAuthority},
		{name: "over", shown: []*party{issue(t, nil, "Over", rsaKey(0), func(c *x509.Certificate) {
			anAuthority(c)
			c.NotBefore, c.NotAfter = c.NotBefore.AddDate(-2, 0, 0), c.NotBefore.AddDate(-1, 0, 0)
		})}, fault: FaultNoAuthority},
	} {
		r := newResponder(t)
		var shown []*x509.Certificate
		for _, p := range c.shown {
			shown = append(shown, p.Certificate)
		}
		r.shown = cms.Bag(shown)
		config := Config{URL: r.serve()}
		if c.authentic {
			server := newTLS(t, r)
			config = Config{URL: server.URL, Transport: server.Client().Transport}
		}
		if c.pin != nil {
			config.Fingerprint = hexOf(c.pin)
		}
		a, err := show(t, config)
		if c.fault != "" {
			wantFault(t, c.name, err, c.fault)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := []any{a.Certificate.Subject.CommonName, a.recipient.Subject.CommonName, a.issuer.Subject.CommonName, names(a.signers)}
		if want := []any{c.anchor, c.recipient, c.issuer, c.signers}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: anchor, recipient, issuer and signers are %v, want %v", c.name, got, want)
		}
	}
}

// TestNothingPrintsAKey prints what holds secrets in every way.
func TestNothingPrintsAKey(t *testing.T) {
	key := rsaKey(0)
	held := struct {
		Identity *Identity
		Request  Request
		Renewal  Renewal
	}{&Identity{Key: key}, Request{Challenge: "top-secret"}, Renewal{Challenge: "top-secret"}}
	text, err := json.Marshal(struct {
		Identity *Identity
		Secret   Secret
	}{held.Identity, "top-secret"})
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{
		fmt.Sprintf("%v", held.Identity), fmt.Sprintf("%+v", held.Identity), fmt.Sprintf("%#v", held.Identity), fmt.Sprintf("%d", held.Identity),
		fmt.Sprintf("%+v", held.Request), fmt.Sprintf("%#v", held.Request), fmt.Sprintf("%s %q %x", held.Request.Challenge, held.Request.Challenge, held.Request.Challenge),
		fmt.Sprintf("%+v", held.Renewal), string(text),
	} {
		if strings.Contains(printed, key.D.String()) || strings.Contains(printed, fmt.Sprintf("%x", key.D)) ||
			strings.Contains(printed, "top-secret") || strings.Contains(printed, fmt.Sprintf("%x", "top-secret")) {
			t.Errorf("a secret is printed: %s", printed)
		}
	}
}
