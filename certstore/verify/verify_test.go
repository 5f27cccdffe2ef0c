package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

const host = "vpn.example.test"

// today is when the tests look at their certificates.
var today = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func days(n int) time.Time { return today.AddDate(0, 0, n) }

// party is a certificate with its key.
type party struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// made makes a certificate that issuer signs; nil signs it itself. It is valid
// for a year around today and a leaf for host, unless change says otherwise.
func made(t *testing.T, issuer *party, name string, change func(c *x509.Certificate)) *party {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(name)) + 1), Subject: pkix.Name{CommonName: name},
		NotBefore: days(-180), NotAfter: days(180), DNSNames: []string{host},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, crypto.Signer(key)
	if issuer != nil {
		parent, signer = issuer.certificate, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &party{certificate, key}
}

// authority turns a template into that of an authority.
func authority(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid = true, true
	c.DNSNames, c.ExtKeyUsage, c.KeyUsage = nil, nil, x509.KeyUsageCertSign
}

func chain(parties ...*party) []*x509.Certificate {
	var list []*x509.Certificate
	for _, p := range parties {
		list = append(list, p.certificate)
	}
	return list
}

// oldHash has a certificate signed in a way that is no proof any more.
func oldHash(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA1 }

func TestCheck(t *testing.T) {
	root := made(t, nil, "Root", authority)
	middle := made(t, root, "Middle", authority)
	stale := made(t, root, "Stale", func(c *x509.Certificate) {
		authority(c)
		c.NotAfter = days(-1)
	})
	early := made(t, root, "Early", func(c *x509.Certificate) {
		authority(c)
		c.NotBefore = days(1)
	})
	mail := made(t, root, "Mail", func(c *x509.Certificate) {
		authority(c)
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
	})
	fenced := made(t, root, "Fenced", func(c *x509.Certificate) {
		authority(c)
		c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{"other.test"}, true
	})
	stranger := made(t, nil, "Stranger", authority)
	leaf := func(issuer *party, change func(c *x509.Certificate)) *party { return made(t, issuer, "leaf", change) }
	layman := leaf(root, nil)
	expired := func(c *x509.Certificate) { c.NotBefore, c.NotAfter = days(-90), days(-1) }
	addressed := func(c *x509.Certificate) {
		c.DNSNames, c.IPAddresses = nil, []net.IP{net.ParseIP("192.0.2.7"), net.ParseIP("2001:db8::7"), net.ParseIP("fe80::7")}
	}

	for _, c := range []struct {
		name  string
		chain []*x509.Certificate
		host  string // "" means host
		want  []Problem
	}{
		{name: "issued by the root", chain: chain(leaf(root, nil))},
		{name: "the root was sent too", chain: chain(leaf(root, nil), root)},
		{name: "an intermediate that was sent", chain: chain(leaf(middle, nil), middle)},
		{name: "sent in a strange order, with one too many", chain: chain(leaf(middle, nil), stranger, root, middle)},
		{name: "an intermediate that was not sent", chain: chain(leaf(middle, nil)), want: []Problem{UnknownIssuer}},
		{name: "an intermediate that has expired", chain: chain(leaf(stale, nil), stale), want: []Problem{Expired}},
		{name: "an intermediate that is not valid yet", chain: chain(leaf(early, nil), early), want: []Problem{NotYetValid}},
		{name: "expired", chain: chain(leaf(root, expired)), want: []Problem{Expired}},
		{name: "expired, and so has its intermediate", chain: chain(leaf(stale, func(c *x509.Certificate) {
			c.NotAfter = days(-1).Add(time.Minute)
		}), stale), want: []Problem{Expired}},
		{name: "not yet valid", chain: chain(leaf(root, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = days(1), days(2)
		})), want: []Problem{NotYetValid}},
		{name: "not yet valid, and outliving its issuer", chain: chain(leaf(root, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = days(1), days(500)
		})), want: []Problem{NotYetValid}},
		{name: "an unknown issuer", chain: chain(leaf(stranger, nil), stranger), want: []Problem{UnknownIssuer}},
		{name: "self-signed", chain: chain(leaf(nil, nil)), want: []Problem{SelfSigned}},
		{name: "self-signed with SHA-1", chain: chain(leaf(nil, oldHash)), want: []Problem{SelfSigned}},
		{name: "signed with SHA-1 by the root", chain: chain(leaf(root, oldHash)), want: []Problem{UnknownIssuer}},
		{name: "for another purpose", chain: chain(leaf(root, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})), want: []Problem{Usage}},
		{name: "for every purpose", chain: chain(leaf(root, func(c *x509.Certificate) { c.ExtKeyUsage = nil }))},
		{name: "for any purpose", chain: chain(leaf(root, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
		}))},
		{name: "issued by an authority for another purpose", chain: chain(leaf(mail, nil), mail), want: []Problem{Usage}},
		{name: "issued by one that may not issue", chain: chain(leaf(layman, nil), layman), want: []Problem{UnknownIssuer}},
		{name: "issued outside its issuer's domains", chain: chain(leaf(fenced, nil), fenced), want: []Problem{Unreadable}},
		{name: "another name", chain: chain(leaf(root, nil)), host: "mail.example.test", want: []Problem{NameMismatch}},
		{name: "another case", chain: chain(leaf(root, nil)), host: "VPN.Example.test"},
		{name: "a final dot", chain: chain(leaf(root, nil)), host: "vpn.example.test."},
		{name: "a wildcard", chain: chain(leaf(root, func(c *x509.Certificate) { c.DNSNames = []string{"*.example.test"} }))},
		{name: "a wildcard covers one label", chain: chain(leaf(root, func(c *x509.Certificate) {
			c.DNSNames = []string{"*.test"}
		})), want: []Problem{NameMismatch}},
		{name: "a name in the subject alone", chain: chain(leaf(root, func(c *x509.Certificate) {
			c.Subject.CommonName, c.DNSNames = host, nil
		})), want: []Problem{NameMismatch}},
		{name: "an IPv4 address", chain: chain(leaf(root, addressed)), host: "192.0.2.7"},
		{name: "an IPv6 address", chain: chain(leaf(root, addressed)), host: "2001:db8::7"},
		{name: "an IPv6 address with a zone", chain: chain(leaf(root, addressed)), host: "fe80::7%eth0"},
		{name: "another address", chain: chain(leaf(root, addressed)), host: "192.0.2.8", want: []Problem{NameMismatch}},
		{name: "an address as a name", chain: chain(leaf(root, func(c *x509.Certificate) {
			c.DNSNames = []string{"192.0.2.7"}
		})), host: "192.0.2.7", want: []Problem{NameMismatch}},
		{name: "no host", chain: chain(leaf(root, nil)), host: " ", want: []Problem{NameMismatch}},
		{name: "everything at once", chain: chain(leaf(nil, func(c *x509.Certificate) {
			expired(c)
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})), host: "mail.example.test", want: []Problem{Expired, NameMismatch, SelfSigned, Usage}},
		{name: "expired, of an unknown issuer, for another name", chain: chain(leaf(stranger, expired)),
			host: "192.0.2.7", want: []Problem{Expired, NameMismatch, UnknownIssuer}},
		{name: "nothing", want: []Problem{Unreadable}},
	} {
		t.Run(c.name, func(t *testing.T) {
			roots := x509.NewCertPool()
			roots.AddCert(root.certificate)
			asked := c.host
			if asked == "" {
				asked = host
			}
			if got := Check(c.chain, asked, roots, today); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// TestCheckInTime looks at one certificate in the course of time.
func TestCheckInTime(t *testing.T) {
	root := made(t, nil, "Root", authority)
	leaf := made(t, root, "leaf", nil)
	roots := x509.NewCertPool()
	roots.AddCert(root.certificate)
	for _, c := range []struct {
		now  time.Time
		want []Problem
	}{
		{days(-180).Add(-time.Second), []Problem{NotYetValid}},
		{days(-180), nil},
		{days(180), nil},
		{days(180).Add(time.Second), []Problem{Expired}},
		{time.Unix(0, 0), []Problem{NotYetValid}}, // a clock that lost its battery
	} {
		if got := Check(chain(leaf), host, roots, c.now); !slices.Equal(got, c.want) {
			t.Errorf("at %v: found %q, want %q", c.now, got, c.want)
		}
	}
}

// TestASelfSignedServerCanBeARoot: who names a server's own certificate as an
// authority trusts that server.
func TestASelfSignedServerCanBeARoot(t *testing.T) {
	leaf := made(t, nil, "leaf", nil)
	roots := x509.NewCertPool()
	roots.AddCert(leaf.certificate)
	if got := Check(chain(leaf), host, roots, today); got != nil {
		t.Errorf("found %q", got)
	}
	if got := Check(chain(leaf), "mail.example.test", roots, today); !slices.Equal(got, []Problem{NameMismatch}) {
		t.Errorf("for another name: found %q", got)
	}
}

func TestAuthorities(t *testing.T) {
	root := made(t, nil, "Root", authority)
	folder := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.certificate.Raw}))
	roots, err := ReadAuthorities(good)
	if err != nil {
		t.Fatal(err)
	}
	leaf := made(t, root, "leaf", nil)
	if got := roots.Check(chain(leaf), host, today); got != nil {
		t.Errorf("with the file's root: found %q", got)
	}
	others, err := ReadAuthorities("")
	if err != nil {
		t.Fatal(err)
	}
	if got := others.Check(chain(leaf), host, today); !slices.Equal(got, []Problem{UnknownIssuer}) {
		t.Errorf("a root of one connection is another's: found %q", got)
	}
	for _, file := range []string{filepath.Join(folder, "missing"), write("empty.pem", nil), write("der.pem", root.certificate.Raw)} {
		if _, err := ReadAuthorities(file); err == nil {
			t.Errorf("%s was taken for a file of authorities", filepath.Base(file))
		}
	}
}

// TestVouch: the path that explains goes to a root for any use and name, and in
// the leaf's own time.
func TestVouch(t *testing.T) {
	root := made(t, nil, "Root", authority)
	middle := made(t, root, "Middle", authority)
	authorities := &Authorities{}
	authorities.Add(root.certificate)
	if own := authorities.Own(); len(own) != 1 || !own[0].Equal(root.certificate) {
		t.Errorf("the own roots are %v", own)
	}
	gone := made(t, middle, "leaf", func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter, c.DNSNames = days(-90), days(-1), nil
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	})
	path, err := authorities.Vouch(chain(gone, middle), today)
	if err != nil || len(path) != 3 || !path[2].Equal(root.certificate) {
		t.Errorf("the path is %v, %v", path, err)
	}
	for name, sent := range map[string][]*x509.Certificate{
		"no intermediate": chain(gone), "nothing": nil, "a stranger": chain(made(t, nil, "leaf", nil)),
	} {
		if path, err := authorities.Vouch(sent, today); err == nil {
			t.Errorf("%s has the path %v", name, path)
		}
	}
}
