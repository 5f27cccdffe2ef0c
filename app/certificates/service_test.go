package certificates

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"torii/app/api"
	"torii/certstore"
	"torii/tunnel"
)

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
