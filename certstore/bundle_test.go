package certstore

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"
)

// p12 is a PKCS#12 file of a family, as another implementation writes it.
func p12(t testing.TB, f family, password string) []byte {
	t.Helper()
	file, err := pkcs12.Modern2023.Encode(f.person.key, f.person.Certificate, []*x509.Certificate{f.root.Certificate, f.middle.Certificate}, password)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReadForms(t *testing.T) {
	f := newFamily(t, ecKey(t))
	middle, root := f.middle.Certificate, f.root.Certificate
	sealed := p12(t, f, "geheim")
	framed := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	ec, err := x509.MarshalPKCS8PrivateKey(f.person.key)
	if err != nil {
		t.Fatal(err)
	}
	together := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for name, c := range map[string]struct {
		file     []byte
		password string
		chain    []*x509.Certificate
	}{
		"PKCS#12":                    {sealed, "geheim", []*x509.Certificate{middle, root}},
		"PKCS#12 in PEM":             {framed("PKCS12", sealed), "geheim", []*x509.Certificate{middle, root}},
		"PKCS#12 in bare base64":     {[]byte(base64.StdEncoding.EncodeToString(sealed) + "\n"), "geheim", []*x509.Certificate{middle, root}},
		"base64 in lines":            {[]byte("\ufeff" + folded(base64.StdEncoding.EncodeToString(sealed))), "geheim", []*x509.Certificate{middle, root}},
		"PEM, the key first":         {together(keyPEM(t, f.person.key), certificatePEM(f.person.Certificate)), "", nil},
		"PEM, the chain upside down": {together(certificatePEM(root), certificatePEM(middle), certificatePEM(f.person.Certificate), framed("PRIVATE KEY", ec)), "", []*x509.Certificate{middle, root}},
		"PEM with words around":      {together([]byte("Bag Attributes\n  friendlyName: x\n"), certificatePEM(f.person.Certificate), []byte("subject=/CN=x\n"), keyPEM(t, f.person.key)), "", nil},
		"PEM with Windows' lines":    {bytes.ReplaceAll(together(certificatePEM(f.person.Certificate), keyPEM(t, f.person.key)), []byte("\n"), []byte("\r\n")), "", nil},
		"a password too many":        {together(certificatePEM(f.person.Certificate), keyPEM(t, f.person.key)), "x", nil},
	} {
		b, err := Read(c.file, c.password)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantPerson(t, name, b, f.person, c.chain...)
		if len(b.Certificates) != 0 {
			t.Errorf("%s: %d certificates are left", name, len(b.Certificates))
		}
	}
	for name, file := range map[string][]byte{"DER": root.Raw, "PEM": certificatePEM(root), "trusted PEM": framed("TRUSTED CERTIFICATE", append(bytes.Clone(root.Raw), 0x30, 0))} {
		b := read(t, file, "")
		if len(b.Certificates) != 1 || !b.Certificates[0].Equal(root) || len(b.Identities()) != 0 {
			t.Errorf("an authority in %s: %+v", name, b)
		}
	}
}

// folded breaks text into lines.
func folded(text string) string {
	var lines strings.Builder
	for ; len(text) > 64; text = text[64:] {
		lines.WriteString(text[:64] + "\r\n")
	}
	return lines.String() + text
}

// TestEveryKindOfKey packs each kind and has it sign.
func TestEveryKindOfKey(t *testing.T) {
	for name, key := range keysOfTools(t) {
		f := newFamily(t, key)
		wantPerson(t, name, read(t, p12(t, f, "x"), "x"), f.person, f.middle.Certificate, f.root.Certificate)
	}
	f := newFamily(t, edKey(t))
	wantPerson(t, "ed25519", read(t, append(certificatePEM(f.person.Certificate), keyPEM(t, f.person.key)...), ""), f.person)
}

func TestSeveralInOneFile(t *testing.T) {
	f, g := newFamily(t, ecKey(t)), newFamily(t, ecKey(t))
	older := issue(t, f.middle, "Alice Example", f.person.key, func(c *x509.Certificate) { c.NotAfter = f.person.NotAfter.AddDate(0, -6, 0) })
	var file []byte
	for _, c := range []*x509.Certificate{older.Certificate, f.person.Certificate, g.person.Certificate, g.root.Certificate, f.middle.Certificate} {
		file = append(file, certificatePEM(c)...)
	}
	file = append(append(file, keyPEM(t, g.person.key)...), keyPEM(t, f.person.key)...)
	items := read(t, file, "").Identities()
	if len(items) != 2 || !items[0].Leaf().Equal(g.person.Certificate) || !items[1].Leaf().Equal(f.person.Certificate) || len(items[1].Chain) != 2 {
		t.Fatalf("it holds %+v", items)
	}
	left := read(t, file, "").Certificates
	if len(left) != 2 || !left[0].Equal(older.Certificate) || !left[1].Equal(g.root.Certificate) {
		t.Errorf("%d certificates are left", len(left))
	}
	again := append(bytes.Clone(file), file...)
	if twice := read(t, again, "").Identities(); len(twice) != 2 {
		t.Errorf("twice the same are %d", len(twice))
	}
}

func TestBadFiles(t *testing.T) {
	f := newFamily(t, ecKey(t))
	sealed := p12(t, f, "geheim")
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)/2] ^= 1
	leaf := certificatePEM(f.person.Certificate)
	for name, c := range map[string]struct {
		file     []byte
		password string
		want     Flaw
	}{
		"nothing":                   {nil, "", FlawEmpty},
		"blanks":                    {[]byte(" \r\n\t"), "", FlawEmpty},
		"too large":                 {make([]byte, LargestFile+1), "", FlawTooLarge},
		"a login page":              {[]byte("\n<!DOCTYPE html><title>Log in</title>"), "", FlawWebPage},
		"an old login page":         {[]byte("<HTML><body>Log in"), "", FlawWebPage},
		"XHTML":                     {[]byte(`<?xml version="1.0"?><html xmlns="x"/>`), "", FlawWebPage},
		"a text":                    {[]byte("Dear Alice, here is your certificate."), "", FlawUnknown},
		"zeros":                     {make([]byte, 100), "", FlawUnknown},
		"a PNG":                     {[]byte("\x89PNG\r\n\x1a\nxxxxxxxxxxxxxxxx"), "", FlawUnknown},
		"no password":               {sealed, "", FlawNeedPassword},
		"another password":          {sealed, "Geheim", FlawPassword},
		"a flipped bit":             {flipped, "geheim", FlawPassword},
		"cut off":                   {sealed[:len(sealed)/2], "geheim", FlawDamaged},
		"cut off very early":        {sealed[:8], "geheim", FlawDamaged},
		"something behind":          {append(bytes.Clone(sealed), 1, 2, 3), "geheim", FlawDamaged},
		"a certificate cut off":     {f.root.Raw[:200], "", FlawDamaged},
		"half a frame":              {leaf[:len(leaf)/2], "", FlawDamaged},
		"rubbish in a frame":        {[]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "", FlawDamaged},
		"rubbish in a key's frame":  {append(bytes.Clone(leaf), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"...), "", FlawDamaged},
		"a key alone":               {keyPEM(t, f.person.key), "", FlawNoMatch},
		"another one's key":         {append(bytes.Clone(leaf), keyPEM(t, ecKey(t))...), "", FlawNoMatch},
		"other frames only":         {[]byte("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), "", FlawNothing},
		"too many frames":           {bytes.Repeat([]byte("-----BEGIN A-----\nAAAA\n-----END A-----\n"), 1001), "", FlawUnsupported},
		"too many protected frames": {bytes.Repeat(framedKey(t, sealed), 5), "geheim", FlawUnsupported},
		"frames in frames":          {[]byte(base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(sealed)))), "geheim", FlawUnknown},
	} {
		_, err := Read(c.file, c.password)
		wantFlaw(t, name, err, c.want)
		if err != nil && (strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "PRIVATE")) {
			t.Errorf("%s: the error tells: %v", name, err)
		}
	}
}

func framedKey(t *testing.T, der []byte) []byte {
	t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "PKCS12", Bytes: der})
}

// TestCutAnywhere cuts a file after each byte: every piece ends in a flaw.
func TestCutAnywhere(t *testing.T) {
	f := newFamily(t, ecKey(t))
	file, err := pkcs12.Modern2023.WithIterations(1).Encode(f.person.key, f.person.Certificate, nil, "x")
	if err != nil {
		t.Fatal(err)
	}
	for n := range file {
		if b, err := Read(file[:n], "x"); err == nil {
			t.Errorf("%d of %d bytes are taken: %+v", n, len(file), b)
		}
	}
}

func TestReadFileIsBounded(t *testing.T) {
	dir := t.TempDir()
	large := write(t, dir, "large", make([]byte, LargestFile+1))
	_, err := ReadFile(large)
	wantFlaw(t, "a large file", err, FlawTooLarge)
	if _, err = ReadFile(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
	_, err = ReadFile(dir)
	wantFlaw(t, "a folder", err, FlawUnknown)
	if os.Getenv("HOME") != "" {
		_, err = ReadFile("/dev/zero") // which has no end
		wantFlaw(t, "a device", err, FlawUnknown)
	}
}

func TestNames(t *testing.T) {
	for text, want := range map[string]string{
		"  Alice \t Example\n": "Alice Example", "Ali\u202ece": "Alice", "\x1b[31mAlice": "[31mAlice",
		strings.Repeat("ä", 100): strings.Repeat("ä", longestName), "\x00": "", "会社": "会社", "\xff\xfe": "",
	} {
		if got := cleanName(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	nameless := issue(t, nil, "", ecKey(t), func(c *x509.Certificate) { c.EmailAddresses = []string{"alice@example.com"} })
	if got := nameOf(nameless.Certificate); got != "alice@example.com" {
		t.Errorf("without a name: %q", got)
	}
	nobody := issue(t, nil, "", ecKey(t), nil)
	if got := nameOf(nobody.Certificate); got != Fingerprint(nobody.Certificate)[:16] {
		t.Errorf("without anything: %q", got)
	}
}

// FuzzRead: whatever a file is, it ends in a Bundle or a flaw.
func FuzzRead(f *testing.F) {
	fam := newFamily(f, ecKey(f))
	file, err := pkcs12.LegacyDES.WithIterations(1).Encode(fam.person.key, fam.person.Certificate, nil, "x")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file, "x")
	f.Add(append(certificatePEM(fam.person.Certificate), keyPEM(f, fam.person.key)...), "")
	f.Add(fam.root.Raw, "")
	f.Add([]byte("<html>"), "")
	f.Add([]byte(base64.StdEncoding.EncodeToString(fam.root.Raw)), "")
	f.Fuzz(func(t *testing.T, file []byte, password string) {
		const rounds = 5000 // so that no input takes long
		b, err := (&loading{password: password, rounds: rounds}).load(file)
		if err == nil && len(b.Identities())+len(b.Certificates) == 0 {
			t.Error("an empty bundle")
		}
		if _, ok := err.(*FileError); err != nil && !ok {
			t.Errorf("an error without a flaw: %v", err)
		}
	})
}
