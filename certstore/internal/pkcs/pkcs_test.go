package pkcs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRC2 has those vectors of RFC 2268, section 5, whose effective length is
// that of the key.
func TestRC2(t *testing.T) {
	for _, c := range []struct{ key, plain, secret string }{
		{"ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49"},
		{"3000000000000000", "1000000000000001", "30649edf9be7d2c2"},
		{"88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6"},
	} {
		block := newRC2(unhex(t, c.key))
		got := make([]byte, 8)
		block.Encrypt(got, unhex(t, c.plain))
		if hex.EncodeToString(got) != c.secret {
			t.Errorf("key %s: %s becomes %x, want %s", c.key, c.plain, got, c.secret)
		}
		block.Decrypt(got, got)
		if hex.EncodeToString(got) != c.plain {
			t.Errorf("key %s: back to %x, want %s", c.key, got, c.plain)
		}
	}
}

// TestDerive has a vector that other implementations of RFC 7292, appendix B,
// are tested with; TestAnothersFiles derives the rest.
func TestDerive(t *testing.T) {
	salt, sesame := bytes.Repeat([]byte{0xff}, 8), passwordsOf("sesame")[0].bmp
	got, err := derive(&work{1 << 20}, sha1.New, forKey, sesame, salt, 2048, 24)
	const want = "7cd9fd3e2b3be7691a44e3bef0f9ea0fb9b897d4e325d9d1"
	if err != nil || hex.EncodeToString(got) != want {
		t.Errorf("%x (%v), want %s", got, err, want)
	}
	if _, err := derive(&work{100}, sha256.New, forKey, nil, nil, 101, 8); !errors.Is(err, ErrWork) {
		t.Errorf("too many rounds: %v", err)
	}
	if _, err := derive(&work{100}, sha256.New, forKey, nil, nil, -1, 8); !errors.Is(err, ErrWork) {
		t.Errorf("rounds below nothing: %v", err)
	}
}

func TestStrict(t *testing.T) {
	for name, c := range map[string]struct{ loose, strict string }{
		"as it is":                  {"30030201ff", "30030201ff"},
		"an indefinite length":      {"308002010102010200 00", "3006020101020102"},
		"one in another":            {"3080a080020101000000 00", "3005a003020101"},
		"a string in pieces":        {"24800402616204016300 00", "0403616263"},
		"pieces in pieces":          {"2409" + "24040402 6162" + "040163", "0403616263"},
		"an empty string in pieces": {"24800000", "0400"},
		"a long form of a length":   {"0482000161", "040161"},
		"a long tag":                {"1f8101026162", "1f8101026162"},
		"a long content": {"0481ff" + hex.EncodeToString(bytes.Repeat([]byte{7}, 255)),
			"0481ff" + hex.EncodeToString(bytes.Repeat([]byte{7}, 255))},
	} {
		got, err := Strict(unhex(t, string(bytes.ReplaceAll([]byte(c.loose), []byte(" "), nil))))
		if err != nil || hex.EncodeToString(got) != c.strict {
			t.Errorf("%s: %x (%v), want %s", name, got, err, c.strict)
		}
	}
	for name, loose := range map[string][]byte{
		"nothing": nil, "a tag alone": {0x30}, "too short": {0x04, 2, 1}, "no end": {0x30, 0x80, 2, 1, 1},
		"something behind": {0x05, 0, 0}, "an indefinite length of a primitive": {0x04, 0x80, 0, 0},
		"a huge length": {0x04, 0x84, 0xff, 0xff, 0xff, 0xff}, "a length of five octets": {0x04, 0x85, 0, 0, 0, 0, 1, 1},
		"an endless tag":      {0x1f, 0x81, 0x81, 0x81, 0x81, 0x81, 1, 0},
		"numbers in a string": {0x24, 3, 2, 1, 1}, "too deep": bytes.Repeat([]byte{0x30, 0x80}, 1000),
		"too many": append([]byte{0x30, 0x80}, bytes.Repeat([]byte{5, 0}, manyElements+1)...),
	} {
		if got, err := Strict(loose); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s becomes %x (%v)", name, got, err)
		}
	}
}

// person makes a key with a certificate, and one who issued it.
func person(t testing.TB) (key *ecdsa.PrivateKey, leaf, issuer *x509.Certificate) {
	t.Helper()
	made := func(name string, parent *x509.Certificate, by *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
			NotAfter: time.Now().AddDate(0, 0, 1), IsCA: parent == nil, BasicConstraintsValid: true,
		}
		if parent == nil {
			parent, by = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c, key
	}
	issuer, issuerKey := made("Issuer", nil, nil)
	leaf, key = made("Alice", issuer, issuerKey)
	return key, leaf, issuer
}

// TestAnothersFiles reads what another implementation writes.
func TestAnothersFiles(t *testing.T) {
	key, leaf, issuer := person(t)
	for name, encoder := range map[string]*pkcs12.Encoder{
		"rc2": pkcs12.LegacyRC2, "3des": pkcs12.LegacyDES, "2023": pkcs12.Modern2023, "2026": pkcs12.Modern2026,
	} {
		for _, text := range []string{"", "geheim", "pässwörd 会社", "\uffff"} {
			file, err := encoder.Encode(key, leaf, []*x509.Certificate{issuer}, text)
			if err != nil {
				t.Fatal(err)
			}
			held, err := ReadPKCS12(file, text, MostRounds)
			if err != nil {
				t.Errorf("%s, %q: %v", name, text, err)
				continue
			}
			if len(held.Keys) != 1 || len(held.Certificates) != 2 || !key.PublicKey.Equal(held.Keys[0].Signer.Public()) ||
				!held.Certificates[0].Equal(leaf) || held.Keys[0].ID == "" || held.Keys[0].ID != held.Certificates[0].ID {
				t.Errorf("%s, %q: %+v", name, text, held)
			}
			if _, err := ReadPKCS12(file, text+"x", MostRounds); !errors.Is(err, ErrPassword) {
				t.Errorf("%s, %q with another password: %v", name, text, err)
			}
		}
	}
	file, err := pkcs12.Passwordless.Encode(key, leaf, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if held, err := ReadPKCS12(file, "", MostRounds); err != nil || len(held.Keys) != 1 {
		t.Errorf("without protection: %+v, %v", held, err)
	}
}

// TestTooMuchWork: the rounds are counted over the whole file.
func TestTooMuchWork(t *testing.T) {
	key, leaf, issuer := person(t)
	for name, encoder := range map[string]*pkcs12.Encoder{"3des": pkcs12.LegacyDES, "2023": pkcs12.Modern2023, "2026": pkcs12.Modern2026} {
		file, err := encoder.WithIterations(5000).Encode(key, leaf, []*x509.Certificate{issuer}, "geheim")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ReadPKCS12(file, "geheim", 50_000); err != nil {
			t.Errorf("%s with enough: %v", name, err)
		}
		for _, little := range []int{100, 5000, 10_000} {
			if _, err := ReadPKCS12(file, "geheim", little); !errors.Is(err, ErrWork) {
				t.Errorf("%s with %d: %v", name, little, err)
			}
		}
	}
	huge, err := asn1.Marshal(pbeParams{Salt: []byte("salt"), Rounds: 1 << 40})
	if err != nil {
		t.Fatal(err)
	}
	der, err := asn1.Marshal(encryptedKey{Algorithm: pkix.AlgorithmIdentifier{
		Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 1, 3}, Parameters: asn1.RawValue{FullBytes: huge},
	}, Secret: make([]byte, 16)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadEncryptedKey(der, "x", MostRounds); !errors.Is(err, ErrWork) {
		t.Errorf("a file of 2^40 rounds: %v", err)
	}
}

// fuzzWork keeps one input short.
const fuzzWork = 10_000

func FuzzReadPKCS12(f *testing.F) {
	key, leaf, issuer := person(f)
	for _, encoder := range []*pkcs12.Encoder{pkcs12.LegacyRC2, pkcs12.LegacyDES, pkcs12.Modern2023, pkcs12.Modern2026, pkcs12.Passwordless} {
		text := "x"
		if encoder == pkcs12.Passwordless {
			text = ""
		} else {
			encoder = encoder.WithIterations(1)
		}
		file, err := encoder.Encode(key, leaf, []*x509.Certificate{issuer}, text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file, text)
	}
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		held, err := ReadPKCS12(file, text, fuzzWork)
		if err != nil && held != nil && len(held.Keys) > manyBags {
			t.Errorf("%d keys", len(held.Keys))
		}
		if err == nil && len(held.Keys)+len(held.Certificates) > manyBags {
			t.Errorf("%d keys and %d certificates", len(held.Keys), len(held.Certificates))
		}
		IsPKCS12(file)
		IsPKCS7(file)
		ReadPKCS7(file)
		ReadEncryptedKey(file, text, fuzzWork)
		ReadKey(file)
	})
}

func FuzzStrict(f *testing.F) {
	f.Add([]byte{0x30, 0x80, 0x24, 0x80, 4, 1, 'a', 0, 0, 0, 0})
	f.Add([]byte{0x30, 3, 2, 1, 1})
	f.Fuzz(func(t *testing.T, loose []byte) {
		strict, err := Strict(loose)
		if err != nil {
			return
		}
		if len(strict) > len(loose)+8*len(loose) {
			t.Errorf("%d bytes become %d", len(loose), len(strict))
		}
		if again, err := Strict(strict); err != nil || !bytes.Equal(again, strict) {
			t.Errorf("%x is not strict: %x, %v", strict, again, err)
		}
	})
}
