//go:build cgo && unix

package server

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/miekg/pkcs11"

	"torii/certstore/token/internal/proto"
)

// TestPlanForPKCS1 has a key in software sign what the library would pad.
func TestPlanForPKCS1(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		name, _ := proto.HashName(hash)
		digest := make([]byte, hash.Size())
		rand.Read(digest)
		mechanism, data, err := plan(&proto.Request{Scheme: proto.SchemePKCS1, Hash: name, Digest: digest})
		if err != nil || mechanism.Mechanism != pkcs11.CKM_RSA_PKCS {
			t.Fatalf("%s: %+v, %v", name, mechanism, err)
		}
		// Hash 0 pads what it is given, as CKM_RSA_PKCS does.
		signature, err := rsa.SignPKCS1v15(nil, key, 0, data)
		if err != nil || rsa.VerifyPKCS1v15(&key.PublicKey, hash, digest, signature) != nil {
			t.Errorf("%s: what is signed is no signature of TLS (%v)", name, err)
		}
	}
}

func TestPlan(t *testing.T) {
	for _, c := range []struct {
		name    string
		request proto.Request
		want    proto.Kind
	}{
		{"PSS", proto.Request{Scheme: proto.SchemePSS, Hash: "sha256", Digest: make([]byte, 32), Salt: 32}, ""},
		{"ECDSA", proto.Request{Scheme: proto.SchemeECDSA, Hash: "sha384", Digest: make([]byte, 48)}, ""},
		{"ECDSA cut to P-256", proto.Request{Scheme: proto.SchemeECDSA, Hash: "sha384", Digest: make([]byte, 32)}, ""},
		{"ECDSA cut to nothing", proto.Request{Scheme: proto.SchemeECDSA, Hash: "sha384", Digest: make([]byte, 31)}, proto.KindProtocol},
		{"ECDSA, too long", proto.Request{Scheme: proto.SchemeECDSA, Hash: "sha256", Digest: make([]byte, 33)}, proto.KindProtocol},
		{"PSS, cut", proto.Request{Scheme: proto.SchemePSS, Hash: "sha384", Digest: make([]byte, 32), Salt: 48}, proto.KindProtocol},
		{"no digest", proto.Request{Scheme: proto.SchemePKCS1, Hash: "sha256"}, proto.KindProtocol},
		{"long salt", proto.Request{Scheme: proto.SchemePSS, Hash: "sha256", Digest: make([]byte, 32), Salt: 33}, proto.KindUnsupported},
		{"negative salt", proto.Request{Scheme: proto.SchemePSS, Hash: "sha256", Digest: make([]byte, 32), Salt: -1}, proto.KindUnsupported},
		{"SHA-1", proto.Request{Scheme: proto.SchemePKCS1, Hash: "sha1", Digest: make([]byte, 20)}, proto.KindUnsupported},
		{"another scheme", proto.Request{Scheme: "raw", Hash: "sha256", Digest: make([]byte, 32)}, proto.KindUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := plan(&c.request)
			if c.want == "" && err != nil || c.want != "" && (err == nil || failure(err).Kind != c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestECDSAAsTLSHasIt(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	digest := make([]byte, 64)
	for range 20 { // now and then a number begins with zeros
		r, s, err := ecdsa.Sign(rand.Reader, key, digest)
		if err != nil {
			t.Fatal(err)
		}
		raw := append(r.FillBytes(make([]byte, 66)), s.FillBytes(make([]byte, 66))...)
		signature, err := encodeECDSA(raw)
		if err != nil || !ecdsa.VerifyASN1(&key.PublicKey, digest, signature) {
			t.Errorf("%x is no signature (%v)", signature, err)
		}
	}
	for _, raw := range [][]byte{nil, make([]byte, 63)} {
		if _, err := encodeECDSA(raw); err == nil {
			t.Errorf("%d bytes became a signature", len(raw))
		}
	}
	if _, err := encodeECDSA(big.NewInt(1).FillBytes(make([]byte, 64))); err != nil {
		t.Errorf("a number 0: %v", err)
	}
}

// TestFailures gives the library's answers their kinds.
func TestFailures(t *testing.T) {
	for code, want := range map[uint]proto.Kind{
		pkcs11.CKR_DEVICE_REMOVED: proto.KindTokenGone, pkcs11.CKR_PIN_INCORRECT: proto.KindWrongPIN,
		pkcs11.CKR_PIN_LOCKED: proto.KindPINLocked, pkcs11.CKR_USER_NOT_LOGGED_IN: proto.KindLoginNeeded,
		pkcs11.CKR_GENERAL_ERROR: proto.KindModuleFailed, 0x80000001: proto.KindModuleFailed,
	} {
		if got := failure(pkcs11.Error(code)); got.Kind != want || got.Message == "" {
			t.Errorf("%#x: %+v, want %s", code, got, want)
		}
	}
}
