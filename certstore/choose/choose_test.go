package choose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"
	"time"

	"torii/certstore"
)

var today = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func days(n int) time.Time { return today.AddDate(0, 0, n) }

// maker makes certificates; elliptic keys are quick to make.
type maker struct {
	t      *testing.T
	ec     *ecdsa.PrivateKey
	serial int64
}

func newMaker(t *testing.T) *maker {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &maker{t: t, ec: key}
}

// made makes a certificate that a client may show, unless change says otherwise.
func (m *maker) made(issuer string, key crypto.PublicKey, change func(c *x509.Certificate)) *x509.Certificate {
	m.t.Helper()
	m.serial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(m.serial), Subject: pkix.Name{CommonName: "Alice"}, NotBefore: days(-10), NotAfter: days(100),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	if key == nil {
		key = m.ec.Public()
	}
	parent := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: issuer, Organization: []string{"Example"}}}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, m.ec)
	if err != nil {
		m.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		m.t.Fatal(err)
	}
	return c
}

func identity(name string, chain ...*x509.Certificate) certstore.Item {
	return certstore.Item{Kind: certstore.KindUser, ID: name, Name: name, Chain: chain}
}

func names(items []certstore.Item) []string {
	var list []string
	for _, i := range items {
		list = append(list, i.Name)
	}
	return list
}

func oid(t *testing.T, name string) asn1.ObjectIdentifier {
	t.Helper()
	id, ok := ExtendedUsage(name)
	if !ok {
		t.Fatalf("there is no %q", name)
	}
	return id
}

func TestMatch(t *testing.T) {
	m := newMaker(t)
	signs, encrypts := x509.KeyUsageDigitalSignature, x509.KeyUsageKeyEncipherment
	custom := asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}
	usual := m.made("CA", nil, nil)
	bare := m.made("CA", nil, func(c *x509.Certificate) { c.KeyUsage, c.ExtKeyUsage = 0, nil })
	server := m.made("CA", nil, func(c *x509.Certificate) {
		c.KeyUsage, c.ExtKeyUsage = encrypts, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	rich := m.made("CA", nil, func(c *x509.Certificate) {
		c.KeyUsage = signs | encrypts
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageEmailProtection)
		c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{custom, oid(t, "IKEIntermediate")}
	})
	everything := m.made("CA", nil, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} })
	decipher := m.made("CA", nil, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement | x509.KeyUsageDecipherOnly })
	extended := func(names ...string) (list []asn1.ObjectIdentifier) {
		for _, n := range names {
			list = append(list, oid(t, n))
		}
		return list
	}
	for _, c := range []struct {
		name  string
		match *Match
		c     *x509.Certificate
		want  bool
	}{
		{"the default takes the usual", Default(), usual, true},
		{"the default takes one without extensions", Default(), bare, true},
		{"the default refuses a server's", Default(), server, false},
		{"the default takes one for everything", Default(), everything, true},
		{"no criterion takes all", &Match{}, server, true},
		{"one key usage of two is enough", &Match{KeyUsages: []x509.KeyUsage{encrypts, signs}}, usual, true},
		{"none of the key usages", &Match{KeyUsages: []x509.KeyUsage{encrypts, x509.KeyUsageCRLSign}}, usual, false},
		{"the ninth key usage", &Match{KeyUsages: []x509.KeyUsage{x509.KeyUsageDecipherOnly}}, decipher, true},
		{"no key usage, where one is listed", &Match{KeyUsages: []x509.KeyUsage{signs}}, bare, true},
		{"no key usage, where one must be", &Match{KeyUsages: []x509.KeyUsage{signs}, OnlyWithKeyUsage: true}, bare, false},
		{"no key usage, where any must be", &Match{OnlyWithKeyUsage: true}, bare, false},
		{"a key usage, where any must be", &Match{OnlyWithKeyUsage: true}, server, true},
		{"all extended usages", &Match{ExtendedUsages: extended("ClientAuth", "EmailProtect")}, rich, true},
		{"one extended usage of two", &Match{ExtendedUsages: extended("ClientAuth", "EmailProtect")}, usual, false},
		{"a custom usage", &Match{ExtendedUsages: []asn1.ObjectIdentifier{custom}}, rich, true},
		{"a custom usage that is not there", &Match{ExtendedUsages: []asn1.ObjectIdentifier{custom}}, usual, false},
		{"a usage of IKE", &Match{ExtendedUsages: extended("IKEIntermediate", "ClientAuth")}, rich, true},
		{"no extended usage, where one is listed", &Match{ExtendedUsages: extended("ServerAuth")}, bare, true},
		{"no extended usage, where one must be", &Match{ExtendedUsages: extended("ServerAuth"), OnlyWithExtendedUsage: true}, bare, false},
		{"an extended usage, where any must be", &Match{OnlyWithExtendedUsage: true}, server, true},
		{"only what is given counts", &Match{Names: []NameRule{{Attribute: "CN", Pattern: "Alice"}}}, server, true},
		{"both must hold", &Match{KeyUsages: []x509.KeyUsage{encrypts}, Names: []NameRule{{Attribute: "CN", Pattern: "Bob"}}}, server, false},
	} {
		if got := c.match.Holds(c.c); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestNameRules(t *testing.T) {
	m := newMaker(t)
	at := func(id asn1.ObjectIdentifier, value string) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: id, Value: value}
	}
	var full []pkix.AttributeTypeAndValue
	for _, pair := range [][2]string{
		{"CN", "Alice Example"}, {"SN", "Example"}, {"C", "JP"}, {"L", "Tokyo"}, {"ST", "Kanto"}, {"O", "Example Ltd"}, {"OU", "Sales"},
		{"OU", "Export"}, {"T", "Manager"}, {"GN", "Alice"}, {"I", "AE"}, {"GENQ", "III"}, {"DNQ", "42"}, {"EA", "alice@example.com"},
		{"N", "host.example.com"}, {"DC", "example"}, {"DC", "com"},
	} {
		id, ok := attributeOf(pair[0])
		if !ok {
			t.Fatalf("there is no attribute %s", pair[0])
		}
		full = append(full, at(id, pair[1]))
	}
	c := m.made("Example Issuing", nil, func(c *x509.Certificate) { c.Subject = pkix.Name{ExtraNames: full} })
	for _, r := range []struct {
		name string
		rule NameRule
		want bool
	}{
		{"equal", NameRule{Attribute: "CN", Pattern: "Alice Example"}, true},
		{"a part is not equal", NameRule{Attribute: "CN", Pattern: "Alice"}, false},
		{"a part by wildcard", NameRule{Attribute: "CN", Pattern: "ice Ex", Wildcard: true}, true},
		{"another case", NameRule{Attribute: "CN", Pattern: "alice example"}, false},
		{"another case, ignored", NameRule{Attribute: "CN", Pattern: "aLICE eXAMPLE", IgnoreCase: true}, true},
		{"another case by wildcard", NameRule{Attribute: "CN", Pattern: "ALICE", Wildcard: true}, false},
		{"another case by wildcard, ignored", NameRule{Attribute: "CN", Pattern: "ALICE", Wildcard: true, IgnoreCase: true}, true},
		{"not equal", NameRule{Attribute: "CN", Pattern: "Bob", Not: true}, true},
		{"not equal, and it is", NameRule{Attribute: "CN", Pattern: "Alice Example", Not: true}, false},
		{"not containing", NameRule{Attribute: "CN", Pattern: "Exam", Not: true, Wildcard: true}, false},
		{"one value of several", NameRule{Attribute: "OU", Pattern: "Export"}, true},
		{"none of several values", NameRule{Attribute: "OU", Pattern: "Sales", Not: true}, false},
		{"each part of a domain", NameRule{Attribute: "DC", Pattern: "example"}, true},
		{"the other part", NameRule{Attribute: "DC", Pattern: "com"}, true},
		{"no value at all", NameRule{Attribute: "ISSUER-OU", Pattern: "x"}, false},
		{"no value at all, and not equal", NameRule{Attribute: "ISSUER-OU", Pattern: "x", Not: true}, true},
		{"surname", NameRule{Attribute: "SN", Pattern: "Example"}, true},
		{"country", NameRule{Attribute: "C", Pattern: "JP"}, true},
		{"town", NameRule{Attribute: "L", Pattern: "Tokyo"}, true},
		{"state", NameRule{Attribute: "ST", Pattern: "Kanto"}, true},
		{"state by its other name", NameRule{Attribute: "SP", Pattern: "Kanto"}, true},
		{"company", NameRule{Attribute: "O", Pattern: "Example Ltd"}, true},
		{"title", NameRule{Attribute: "T", Pattern: "Manager"}, true},
		{"given name", NameRule{Attribute: "GN", Pattern: "Alice"}, true},
		{"initials", NameRule{Attribute: "I", Pattern: "AE"}, true},
		{"generation", NameRule{Attribute: "GENQ", Pattern: "III"}, true},
		{"qualifier", NameRule{Attribute: "DNQ", Pattern: "42"}, true},
		{"mail", NameRule{Attribute: "EA", Pattern: "@example.com", Wildcard: true}, true},
		{"unstructured name", NameRule{Attribute: "N", Pattern: "host.example.com"}, true},
		{"the issuer's name", NameRule{Attribute: "ISSUER-CN", Pattern: "Example Issuing"}, true},
		{"the issuer's name in small letters", NameRule{Attribute: "issuer-cn", Pattern: "Example Issuing"}, true},
		{"the subject's name is not the issuer's", NameRule{Attribute: "ISSUER-CN", Pattern: "Alice Example"}, false},
		{"an attribute that there is not", NameRule{Attribute: "X", Pattern: "x"}, false},
		{"and its opposite", NameRule{Attribute: "X", Pattern: "x", Not: true}, false},
	} {
		if got := r.rule.holds(c); got != r.want {
			t.Errorf("%s: %v", r.name, got)
		}
		if err := r.rule.Check(); (err != nil) != (r.rule.Attribute == "X") {
			t.Errorf("%s: check says %v", r.name, err)
		}
	}
	both := &Match{Names: []NameRule{{Attribute: "CN", Pattern: "Alice Example"}, {Attribute: "O", Pattern: "Other"}}}
	if both.Holds(c) {
		t.Error("one rule of two is enough")
	}
}

func TestUsagesByName(t *testing.T) {
	for name, want := range map[string]x509.KeyUsage{
		"Digital_Signature": x509.KeyUsageDigitalSignature, "non_repudiation": x509.KeyUsageContentCommitment,
		"Key_Encipherment": x509.KeyUsageKeyEncipherment, "Data_Encipherment": x509.KeyUsageDataEncipherment,
		"Key_Agreement": x509.KeyUsageKeyAgreement, "Key_Cert_Sign": x509.KeyUsageCertSign, "CRL_Sign": x509.KeyUsageCRLSign,
		"Encipher_Only": x509.KeyUsageEncipherOnly, "Decipher_Only": x509.KeyUsageDecipherOnly,
	} {
		if got, ok := KeyUsage(name); !ok || got != want {
			t.Errorf("%s is %v, %v", name, got, ok)
		}
	}
	for name, want := range map[string]string{
		"ServerAuth": "1.3.6.1.5.5.7.3.1", "clientauth": "1.3.6.1.5.5.7.3.2", "CodeSign": "1.3.6.1.5.5.7.3.3", "EmailProtect": "1.3.6.1.5.5.7.3.4",
		"IPSecEndSystem": "1.3.6.1.5.5.7.3.5", "IPSecTunnel": "1.3.6.1.5.5.7.3.6", "IPSecUser": "1.3.6.1.5.5.7.3.7",
		"TimeStamp": "1.3.6.1.5.5.7.3.8", "OCSPSign": "1.3.6.1.5.5.7.3.9", "DVCS": "1.3.6.1.5.5.7.3.10", "IKEIntermediate": "1.3.6.1.5.5.8.2.2",
	} {
		if got, ok := ExtendedUsage(name); !ok || got.String() != want {
			t.Errorf("%s is %v, %v", name, got, ok)
		}
	}
	if _, ok := KeyUsage("x"); ok {
		t.Error("there is a key usage x")
	}
	if _, ok := ExtendedUsage("x"); ok {
		t.Error("there is an extended usage x")
	}
}

func TestAutomatic(t *testing.T) {
	m := newMaker(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	until := func(n int) func(c *x509.Certificate) { return func(c *x509.Certificate) { c.NotAfter = days(n) } }
	short, long := identity("short", m.made("A", nil, until(10))), identity("long", m.made("B", nil, until(300)))
	expired := identity("expired", m.made("A", nil, until(-1)))
	future := identity("future", m.made("A", nil, func(c *x509.Certificate) { c.NotBefore = days(1) }))
	server := identity("server", m.made("A", nil, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }))
	rsaOne := identity("rsa", m.made("A", rsaKey.Public(), until(400)))
	chained := identity("chained", m.made("Issuing", nil, until(5)), m.made("C", nil, nil))
	asks := func(issuers []string, schemes ...tls.SignatureScheme) *tls.CertificateRequestInfo {
		request := &tls.CertificateRequestInfo{Version: tls.VersionTLS13, SignatureSchemes: schemes}
		for _, name := range issuers {
			der, err := asn1.Marshal(pkix.Name{CommonName: name, Organization: []string{"Example"}}.ToRDNSequence())
			if err != nil {
				t.Fatal(err)
			}
			request.AcceptableCAs = append(request.AcceptableCAs, der)
		}
		return request
	}
	for _, c := range []struct {
		name      string
		have      []certstore.Item
		situation Situation
		want      []string
	}{
		{"nothing", nil, Situation{}, nil},
		{"the longest valid first", []certstore.Item{short, long}, Situation{}, []string{"long", "short"}},
		{"expired and future ones are ignored", []certstore.Item{expired, short, future}, Situation{}, []string{"short"}},
		{"only expired ones", []certstore.Item{expired}, Situation{}, nil},
		{"by default no server's", []certstore.Item{server, short}, Situation{}, []string{"short"}},
		{"the profile's criteria", []certstore.Item{server, short, long},
			Situation{Match: &Match{Names: []NameRule{{Attribute: "ISSUER-CN", Pattern: "A"}}}}, []string{"server", "short"}},
		{"criteria that nothing meets", []certstore.Item{short}, Situation{Match: &Match{Names: []NameRule{{Attribute: "CN", Pattern: "Bob"}}}}, nil},
		{"what worked last comes first", []certstore.Item{short, long}, Situation{Worked: "short"}, []string{"short", "long"}},
		{"what worked last and has expired", []certstore.Item{expired, long}, Situation{Worked: "expired"}, []string{"long"}},
		{"an issuer whom the gateway names", []certstore.Item{short, long}, Situation{Request: asks([]string{"A"}, tls.ECDSAWithP256AndSHA256)}, []string{"short", "long"}},
		{"an issuer further up", []certstore.Item{long, chained}, Situation{Request: asks([]string{"C"}, tls.ECDSAWithP256AndSHA256)}, []string{"chained", "long"}},
		{"nobody whom it names: none is excluded", []certstore.Item{short, long}, Situation{Request: asks([]string{"Z"}, tls.ECDSAWithP256AndSHA256)}, []string{"long", "short"}},
		{"an issuer counts more than what worked", []certstore.Item{short, long},
			Situation{Worked: "long", Request: asks([]string{"A"}, tls.ECDSAWithP256AndSHA256)}, []string{"short", "long"}},
		{"a signature that it takes counts more", []certstore.Item{rsaOne, short, long},
			Situation{Request: asks([]string{"A"}, tls.ECDSAWithP256AndSHA256)}, []string{"short", "long", "rsa"}},
		{"the same the other way round", []certstore.Item{short, rsaOne, long},
			Situation{Request: asks([]string{"B"}, tls.PSSWithSHA256)}, []string{"rsa", "long", "short"}},
		{"criteria come before the ranking", []certstore.Item{server, short},
			Situation{Worked: "server", Request: asks([]string{"A"}, tls.ECDSAWithP256AndSHA256)}, []string{"short"}},
	} {
		c.situation.Now = today
		before := slices.Clone(c.have)
		if got := names(Automatic(c.have, c.situation)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if !slices.Equal(names(before), names(c.have)) {
			t.Errorf("%s: the list that was given is changed", c.name)
		}
	}
}

func TestValid(t *testing.T) {
	c := newMaker(t).made("A", nil, nil)
	for at, want := range map[time.Time]bool{
		days(-10): true, days(-10).Add(-time.Second): false, days(100): true, days(100).Add(time.Second): false,
	} {
		if Valid(c, at) != want {
			t.Errorf("at %v: %v", at, !want)
		}
	}
}
