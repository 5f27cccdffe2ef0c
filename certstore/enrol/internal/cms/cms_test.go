package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"
)

type party struct {
	*x509.Certificate
	key crypto.Signer
}

func newParty(t testing.TB, name string, key crypto.Signer) *party {
	t.Helper()
	// A serial number with its highest bit set takes a byte more in DER.
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0x80f0), Subject: pkix.Name{CommonName: name}, SubjectKeyId: []byte(name),
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &party{c, key}
}

func rsaParty(t testing.TB, name string) *party {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return newParty(t, name, key)
}

func ecParty(t testing.TB, name string) *party {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newParty(t, name, key)
}

// note is an attribute of the tests' own.
func note(text string) Attribute {
	return Attribute{asn1.ObjectIdentifier{1, 2, 3, 4}, must(text)}
}

func TestSignAndVerify(t *testing.T) {
	for _, p := range []*party{rsaParty(t, "rsa"), ecParty(t, "ec")} {
		for _, hash := range []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			for _, content := range [][]byte{nil, {}, []byte("hello"), make([]byte, 70_000)} {
				message, err := Sign(content, p.Certificate, p.key, hash, time.Now(), []Attribute{note("here")})
				if err != nil {
					t.Fatal(err)
				}
				signed, err := ParseSigned(message)
				if err != nil {
					t.Fatal(err)
				}
				verified, err := signed.Verify(signed.Certificates)
				if err != nil {
					t.Fatalf("%s with %v: %v", p.Subject, hash, err)
				}
				var text string
				if !verified.Attribute(asn1.ObjectIdentifier{1, 2, 3, 4}, &text) || text != "here" || verified.Hash != hash ||
					!bytes.Equal(signed.Content, content) || !verified.Signer.Equal(p.Certificate) {
					t.Errorf("%s with %v: %q, %v, %d bytes", p.Subject, hash, text, verified.Hash, len(signed.Content))
				}
				if verified.Attribute(asn1.ObjectIdentifier{1, 2, 3, 5}, &text) || verified.Attribute(asn1.ObjectIdentifier{1, 2, 3, 4}, new(int)) {
					t.Error("an attribute is there that is not")
				}
			}
		}
	}
}

// TestEveryBitCounts flips each bit of a message: none may verify and say
// something else.
func TestEveryBitCounts(t *testing.T) {
	p := ecParty(t, "ec")
	message, err := Sign([]byte("content"), p.Certificate, p.key, crypto.SHA256, time.Now(), []Attribute{note("here")})
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	for i := range len(message) * 8 {
		bent := slices.Clone(message)
		bent[i/8] ^= 1 << (i % 8)
		signed, err := ParseSigned(bent)
		if err != nil {
			continue
		}
		verified, err := signed.Verify([]*x509.Certificate{p.Certificate})
		if err != nil {
			continue
		}
		// What is left is what nobody signs: versions, the names of algorithms
		// that stand twice, and the certificates that came along.
		taken++
		var text string
		if !bytes.Equal(signed.Content, []byte("content")) || !verified.Attribute(asn1.ObjectIdentifier{1, 2, 3, 4}, &text) || text != "here" {
			t.Errorf("bit %d changes what was signed", i)
		}
	}
	if whole := len(message) * 8; taken == 0 || taken > whole*3/4 {
		t.Errorf("%d of %d bits do not matter", taken, whole)
	}
}

func TestVerifyRefuses(t *testing.T) {
	p, other := rsaParty(t, "one"), rsaParty(t, "one")
	message := func(by *party, attributes ...Attribute) []byte {
		m, err := Sign([]byte("content"), by.Certificate, by.key, crypto.SHA256, time.Now(), attributes)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, c := range []struct {
		name    string
		message []byte
		may     []*x509.Certificate
		want    error
	}{
		{"another key with that name and number", message(other), []*x509.Certificate{p.Certificate}, ErrSignature},
		{"nobody may", message(p), nil, ErrSignature},
		{"nobody signed", Bag([]*x509.Certificate{p.Certificate}), []*x509.Certificate{p.Certificate}, ErrSignature},
		{"an attribute twice", message(p, note("a"), note("b")), []*x509.Certificate{p.Certificate}, ErrDamaged},
		{"the content's digest twice", message(p, Attribute{oidMessageDigest(), tlv(tagOctets, make([]byte, 32))}), []*x509.Certificate{p.Certificate}, ErrDamaged},
	} {
		signed, err := ParseSigned(c.message)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if _, err = signed.Verify(c.may); !errors.Is(err, c.want) {
			t.Errorf("%s: the error is %v, want %v", c.name, err, c.want)
		}
	}
	// The right one among those with the same name is found.
	signed, err := ParseSigned(message(p))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signed.Verify([]*x509.Certificate{other.Certificate, p.Certificate}); err != nil {
		t.Error(err)
	}
}

func TestSealAndOpen(t *testing.T) {
	p, other := rsaParty(t, "one"), rsaParty(t, "other")
	for _, with := range []Cipher{AES128, AES192, AES256, TripleDES} {
		for _, size := range []int{0, 1, 15, 16, 17, 100_000} {
			content := bytes.Repeat([]byte{7}, size)
			sealed, err := Seal(content, p.Certificate, with)
			if err != nil {
				t.Fatal(err)
			}
			opened, by, err := Open(sealed, p.Certificate, p.key.(crypto.Decrypter))
			if err != nil || by != with || !bytes.Equal(opened, content) {
				t.Errorf("%s of %d bytes: %d bytes by %s, %v", with, size, len(opened), by, err)
			}
			if _, _, err := Open(sealed, other.Certificate, other.key.(crypto.Decrypter)); !errors.Is(err, ErrRecipient) {
				t.Errorf("for another one: %v", err)
			}
			// With the wrong key nothing tells that the key was the trouble.
			if _, _, err := Open(sealed, p.Certificate, other.key.(crypto.Decrypter)); err != nil && !errors.Is(err, ErrDamaged) {
				t.Errorf("with another key: %v", err)
			}
		}
	}
	for what, try := range map[string]func() ([]byte, error){
		"DES":                func() ([]byte, error) { return Seal(nil, p.Certificate, DES) },
		"for a key of ECDSA": func() ([]byte, error) { return Seal(nil, ecParty(t, "ec").Certificate, AES128) },
	} {
		if _, err := try(); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestHostileBytes cuts and bends what is read.
func TestHostileBytes(t *testing.T) {
	p := rsaParty(t, "one")
	sealed, err := Seal([]byte("content"), p.Certificate, AES128)
	if err != nil {
		t.Fatal(err)
	}
	key := p.key.(crypto.Decrypter)
	for n := range sealed {
		if _, _, err := Open(sealed[:n], p.Certificate, key); err == nil {
			t.Errorf("the first %d bytes open", n)
		}
	}
	for i := range sealed {
		bent := slices.Clone(sealed)
		bent[i] ^= 0xff
		Open(bent, p.Certificate, key) // must not panic; nobody vouches for an envelope
	}
	for _, hostile := range [][]byte{nil, {0x30}, {0x30, 0x80}, bytes.Repeat([]byte{0x30, 0x80}, 500_000), bytes.Repeat([]byte{0x24, 0x80}, 500_000), {0x30, 0x84, 0xff, 0xff, 0xff, 0xff}} {
		if _, err := ParseSigned(hostile); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes are taken: %v", len(hostile), err)
		}
		if _, _, err := Open(hostile, p.Certificate, key); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d bytes open: %v", len(hostile), err)
		}
	}
}
