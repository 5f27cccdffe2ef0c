package token

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"slices"
	"testing"

	"torii/certstore/token/internal/proto"
)

// TestAlgorithms shows what TLS makes of what a token can do.
func TestAlgorithms(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey := newKey(t)
	every := []tls.SignatureScheme{
		tls.PSSWithSHA256, tls.PSSWithSHA384, tls.PSSWithSHA512, tls.PKCS1WithSHA256, tls.PKCS1WithSHA384,
		tls.PKCS1WithSHA512, tls.ECDSAWithP256AndSHA256, tls.ECDSAWithP384AndSHA384, tls.ECDSAWithP521AndSHA512,
	}
	for _, c := range []struct {
		name                       string
		key                        crypto.Signer
		schemes                    []proto.Scheme
		here, version12, version13 bool
	}{
		{"RSA with both", rsaKey, []proto.Scheme{proto.SchemePKCS1, proto.SchemePSS}, true, true, true},
		{"RSA of an old card", rsaKey, []proto.Scheme{proto.SchemePKCS1}, true, true, false},
		{"RSA with PSS alone", rsaKey, []proto.Scheme{proto.SchemePSS}, true, true, true},
		{"RSA on a card without", rsaKey, []proto.Scheme{proto.SchemeECDSA}, false, false, false},
		{"ECDSA", ecKey, []proto.Scheme{proto.SchemeECDSA}, true, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			leaf := certificate(t, "alice", nil, c.key, c.key)
			card := read(proto.Token{Schemes: c.schemes, Certificates: []proto.Certificate{{DER: leaf.Raw, Key: KeyThere}}})
			if here := card.Certificates[0].Key == KeyThere; here != c.here {
				t.Fatalf("it is an identity: %v, want %v", here, c.here)
			}
			if !c.here {
				return
			}
			ready := &tls.Certificate{
				Certificate: [][]byte{leaf.Raw}, Leaf: leaf, SupportedSignatureAlgorithms: card.algorithms(leaf),
				PrivateKey: &signer{certificate: card.Certificates[0]},
			}
			for version, want := range map[uint16]bool{tls.VersionTLS12: c.version12, tls.VersionTLS13: c.version13} {
				err := (&tls.CertificateRequestInfo{SignatureSchemes: every, Version: version}).SupportsCertificate(ready)
				if (err == nil) != want {
					t.Errorf("%s: %v", tls.VersionName(version), err)
				}
			}
		})
	}
}

// TestRequests says what is asked of torii-token for what TLS wants.
func TestRequests(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey := newKey(t)
	for _, c := range []struct {
		name   string
		key    crypto.Signer
		opts   crypto.SignerOpts
		size   int
		scheme proto.Scheme // "" for none
		salt   int
		signed int // bytes
	}{
		{"PKCS #1", rsaKey, crypto.SHA384, 48, proto.SchemePKCS1, 0, 48},
		{"PSS", rsaKey, &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: rsa.PSSSaltLengthEqualsHash}, 32, proto.SchemePSS, 32, 32},
		{"PSS with a salt", rsaKey, &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: 20}, 32, proto.SchemePSS, 20, 32},
		{"ECDSA", ecKey, crypto.SHA256, 32, proto.SchemeECDSA, 0, 32},
		{"ECDSA, longer than the curve", ecKey, crypto.SHA512, 64, proto.SchemeECDSA, 0, 32},
		{"SHA-1", rsaKey, crypto.SHA1, 20, "", 0, 0},
		{"no hash", ecKey, crypto.Hash(0), 32, "", 0, 0},
		{"short digest", ecKey, crypto.SHA256, 31, "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &signer{certificate: Certificate{Leaf: certificate(t, "alice", nil, c.key, c.key)}}
			request, err := s.request(make([]byte, c.size), c.opts)
			if c.scheme == "" {
				if KindOf(err) != Unsupported {
					t.Errorf("%+v, %v", request, err)
				}
				return
			}
			if err != nil || request.Scheme != c.scheme || request.Salt != c.salt || len(request.Digest) != c.signed {
				t.Errorf("%+v, %v", request, err)
			}
		})
	}
}

// TestChain completes a chain from what is on the tokens, and leaves roots out.
func TestChain(t *testing.T) {
	keys := make([]crypto.Signer, 4)
	for i := range keys {
		keys[i] = newKey(t)
	}
	root := certificate(t, "root", nil, keys[0], keys[0])
	first := certificate(t, "first", root, keys[1], keys[0])
	second := certificate(t, "second", first, keys[2], keys[1])
	leaf := certificate(t, "alice", second, keys[3], keys[2])
	// One of the same name that signed nothing, and one that signs in a circle.
	impostor := certificate(t, "second", first, keys[0], keys[1])
	circle := certificate(t, "first", second, keys[1], keys[2])
	hold := func(all ...[]byte) []Token {
		var raw proto.Token
		for _, der := range all {
			raw.Certificates = append(raw.Certificates, proto.Certificate{DER: der})
		}
		return []Token{read(raw), read(proto.Token{})}
	}
	for _, c := range []struct {
		name string
		on   []Token
		want [][]byte
	}{
		{"all of it", hold(root.Raw, impostor.Raw, leaf.Raw, second.Raw, first.Raw), [][]byte{leaf.Raw, second.Raw, first.Raw}},
		{"a part", hold(impostor.Raw, leaf.Raw, second.Raw), [][]byte{leaf.Raw, second.Raw}},
		{"nothing", hold(leaf.Raw, first.Raw), [][]byte{leaf.Raw}},
	} {
		if got := chain(leaf, c.on); !slices.EqualFunc(got, c.want, bytes.Equal) {
			t.Errorf("%s: %d certificates, want %d", c.name, len(got), len(c.want))
		}
	}
	if got := chain(leaf, hold(second.Raw, circle.Raw)); len(got) != 3 {
		t.Errorf("a circle gives %d certificates, want each once", len(got))
	}
}
