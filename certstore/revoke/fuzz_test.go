package revoke

import (
	"crypto/x509/pkix"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// FuzzOCSP reads answers of anybody: only the issuer's own is believed, which
// no fuzzer can sign.
func FuzzOCSP(f *testing.F) {
	root := made(f, nil, "Root", authority)
	leaf := made(f, root, "leaf", nil)
	good := answered(f, root, made(f, root, "Responder", responder), leaf, nil)
	f.Add(good)
	f.Add([]byte(ocsp.TryLaterErrorResponse))
	f.Add(answered(f, root, root, made(f, root, "next", nil), nil))
	f.Fuzz(func(t *testing.T, answer []byte) {
		found, err := pair{leaf.certificate, root.certificate}.readOCSP(answer, time.Now())
		if err == nil && found.Status != Good {
			t.Errorf("%s is believed", found.Status)
		}
	})
}

// FuzzCRL reads lists of anybody.
func FuzzCRL(f *testing.F) {
	root := made(f, nil, "Root", authority)
	leaf := made(f, root, "leaf", nil)
	f.Add(listed(f, root, nil, made(f, root, "next", nil)))
	f.Add([]byte("-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		found, err := pair{leaf.certificate, root.certificate}.readCRL(answer, "http://crl.example.test", time.Now())
		if err == nil && found.Status != Good {
			t.Errorf("%s is believed", found.Status)
		}
	})
}

// FuzzPart reads what a list says of its part.
func FuzzPart(f *testing.F) {
	root := made(f, nil, "Root", authority)
	f.Add([]byte{0x30, 0x00})
	f.Add([]byte{0x30, 0x06, 0xa0, 0x04, 0xa0, 0x02, 0x86, 0x00})
	f.Fuzz(func(t *testing.T, value []byte) {
		pair{root.certificate, root.certificate}.coversPart(extensionOf(value), "http://crl.example.test")
	})
}

func extensionOf(value []byte) pkix.Extension { return pkix.Extension{Value: value} }
