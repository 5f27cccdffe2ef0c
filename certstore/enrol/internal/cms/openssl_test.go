package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// openssl runs the program in a folder with a party's certificate and key.
func openssl(t *testing.T, dir string, arguments ...string) ([]byte, error) {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	command := exec.CommandContext(t.Context(), "openssl", arguments...)
	command.Dir = dir
	var complaints bytes.Buffer
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		err = errors.New(complaints.String())
	}
	return out, err
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// home is a folder with cert.pem and key.pem.
func home(t *testing.T, p *party) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Raw}))
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return dir
}

// TestOpenSSLReads has OpenSSL read what is made here.
func TestOpenSSLReads(t *testing.T) {
	for _, p := range []*party{rsaParty(t, "one"), ecParty(t, "two")} {
		dir := home(t, p)
		for _, hash := range []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA512} {
			message, err := Sign([]byte("hello"), p.Certificate, p.key, hash, time.Now(), []Attribute{note("here")})
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, "signed", message)
			out, err := openssl(t, dir, "cms", "-verify", "-binary", "-inform", "DER", "-in", "signed", "-CAfile", "cert.pem", "-purpose", "any")
			if err != nil || string(out) != "hello" {
				t.Errorf("signed with %v by %v: %q, %v", hash, p.Subject, out, err)
			}
		}
		write(t, dir, "bag", Bag([]*x509.Certificate{p.Certificate}))
		if out, err := openssl(t, dir, "pkcs7", "-inform", "DER", "-in", "bag", "-print_certs"); err != nil || !bytes.Contains(out, []byte("BEGIN CERTIFICATE")) {
			t.Errorf("a bag: %q, %v", out, err)
		}
	}
	p := rsaParty(t, "one")
	dir := home(t, p)
	for _, with := range []Cipher{AES128, AES192, AES256, TripleDES} {
		sealed, err := Seal([]byte("hello"), p.Certificate, with)
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, "sealed", sealed)
		out, err := openssl(t, dir, "cms", "-decrypt", "-binary", "-inform", "DER", "-in", "sealed", "-recip", "cert.pem", "-inkey", "key.pem")
		if err != nil || string(out) != "hello" {
			t.Errorf("%s: %q, %v", with, out, err)
		}
	}
}

// TestOpenSSLWrites reads what OpenSSL makes, in pieces of BER too.
func TestOpenSSLWrites(t *testing.T) {
	p := rsaParty(t, "one")
	dir := home(t, p)
	content := bytes.Repeat([]byte("0123456789"), 2000)
	write(t, dir, "content", content)
	for _, extra := range [][]string{nil, {"-stream"}, {"-keyid"}, {"-md", "sha512"}, {"-md", "sha1"}, {"-nocerts"}} {
		arguments := append([]string{"cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-in", "content", "-signer", "cert.pem", "-inkey", "key.pem"}, extra...)
		message, err := openssl(t, dir, arguments...)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := ParseSigned(message)
		if err != nil {
			t.Errorf("%v: %v", extra, err)
			continue
		}
		if _, err := signed.Verify([]*x509.Certificate{p.Certificate}); err != nil || !bytes.Equal(signed.Content, content) {
			t.Errorf("%v: %d bytes, %v", extra, len(signed.Content), err)
		}
	}
	for _, c := range []struct {
		flags []string
		want  Cipher
	}{
		{[]string{"-aes128"}, AES128}, {[]string{"-aes-192-cbc"}, AES192}, {[]string{"-aes256", "-stream"}, AES256},
		{[]string{"-des3"}, TripleDES}, {[]string{"-aes128", "-keyid"}, AES128}, {[]string{"-des", "-provider", "default", "-provider", "legacy"}, DES},
	} {
		arguments := append([]string{"cms", "-encrypt", "-binary", "-outform", "DER", "-in", "content"}, c.flags...)
		sealed, err := openssl(t, dir, append(arguments, "cert.pem")...)
		if err != nil {
			t.Fatal(err)
		}
		opened, with, err := Open(sealed, p.Certificate, p.key.(crypto.Decrypter))
		if err != nil || with != c.want || !bytes.Equal(opened, content) {
			t.Errorf("%v: %d bytes by %s, %v", c.flags, len(opened), with, err)
		}
	}
	// What is not taken.
	for _, flags := range [][]string{{"-md", "md5"}, {"-noattr"}, {"-keyopt", "rsa_padding_mode:pss"}} {
		arguments := append([]string{"cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-in", "content", "-signer", "cert.pem", "-inkey", "key.pem"}, flags...)
		message, err := openssl(t, dir, arguments...)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := ParseSigned(message)
		if err == nil {
			_, err = signed.Verify([]*x509.Certificate{p.Certificate})
		}
		if !errors.Is(err, ErrUnsupported) {
			t.Errorf("%v: %v", flags, err)
		}
	}
}
