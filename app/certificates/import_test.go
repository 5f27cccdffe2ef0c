package certificates

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"torii/app/api"
	"torii/certstore"
	"torii/tunnel"
)

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
		{"a folder", api.ImportCertificates{File: filepath.Dir(path)}, "", tunnel.CodeBadImport, "none of PKCS#12"},
		{"a path of another's folder", api.ImportCertificates{File: "alice.p12"}, "", tunnel.CodeInvalid, "alice.p12"},
		{"nothing", api.ImportCertificates{}, "", tunnel.CodeBadImport, "empty"},
		{"a web page", api.ImportCertificates{Data: []byte("<html>")}, "", tunnel.CodeBadImport, "web page"},
		{"a text", api.ImportCertificates{Data: []byte("hello")}, "", tunnel.CodeBadImport, "none of"},
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
