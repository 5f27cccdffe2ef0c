package bundle

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func made(t testing.TB, name string) []byte {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func encoded(ders ...[]byte) []byte {
	var text []byte
	for _, der := range ders {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return text
}

// collected is a PKCS #7 bundle that OpenSSL makes.
func collected(t *testing.T, form string, ders ...[]byte) []byte {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("openssl is not installed")
		}
		t.Skip("openssl is not installed")
	}
	file := filepath.Join(t.TempDir(), "chain.pem")
	if err := os.WriteFile(file, encoded(ders...), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), openssl, "crl2pkcs7", "-nocrl", "-certfile", file, "-outform", form).Output()
	if err != nil {
		t.Fatalf("openssl crl2pkcs7: %v", err)
	}
	return out
}

func TestCertificates(t *testing.T) {
	a, b := made(t, "a"), made(t, "b")
	many := make([][]byte, most+1)
	for i := range many {
		many[i] = a
	}
	for _, c := range []struct {
		name string
		text []byte
		want int // 0 for an error
	}{
		{"DER", a, 1},
		{"two in a row", append(append([]byte{}, a...), b...), 2},
		{"PEM", encoded(a), 1},
		{"PEM with words in front", append([]byte("subject=a\n"), encoded(a, b)...), 2},
		{"PKCS #7", collected(t, "DER", a, b), 2},
		{"PKCS #7 in PEM", collected(t, "PEM", a, b), 2},
		{"too many", encoded(many...), 0},
		{"half a certificate", a[:len(a)/2], 0},
		{"a page", []byte("<html></html>"), 0},
		{"a key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: a[:10]}), 0},
		{"nothing", nil, 0},
	} {
		got, err := Certificates(c.text)
		if len(got) != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %d certificates, %v; want %d", c.name, len(got), err, c.want)
		}
	}
}

// FuzzCertificates reads anything without a fall.
func FuzzCertificates(f *testing.F) {
	f.Add(made(f, "a"))
	f.Add(encoded(made(f, "a"), made(f, "b")))
	f.Add([]byte{0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02})
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := Certificates(text)
		if (len(got) > 0) == (err != nil) || len(got) > most {
			t.Errorf("%d certificates and %v", len(got), err)
		}
	})
}
