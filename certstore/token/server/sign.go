//go:build cgo && unix

package server

import (
	"encoding/asn1"
	"fmt"
	"math/big"

	"github.com/miekg/pkcs11"

	"torii/certstore/token/internal/proto"
)

// sign signs a digest with a key of the token that is meant.
func (s *server) sign(request *asked) ([]byte, error) {
	mechanism, data, err := plan(&request.Request)
	if err != nil {
		return nil, err
	}
	handle, info, err := s.meant(&request.Request)
	if err != nil {
		return nil, err
	}
	key, found, err := s.key(handle, request.Key)
	if err != nil {
		return nil, err
	}
	if !found {
		state, err := s.library.GetSessionInfo(handle)
		if err == nil && info.Flags&pkcs11.CKF_LOGIN_REQUIRED != 0 && !loggedIn(state) {
			return nil, &fail{Kind: proto.KindLoginNeeded, Message: "the token wants its PIN", PIN: pinState(info)}
		}
		return nil, failed(proto.KindNotFound, "the token has no such key")
	}
	eachTime := s.isTrue(handle, key, pkcs11.CKA_ALWAYS_AUTHENTICATE)
	if eachTime && len(request.secret) == 0 && info.Flags&pkcs11.CKF_PROTECTED_AUTHENTICATION_PATH == 0 {
		return nil, &fail{Kind: proto.KindLoginNeeded, Message: "the key wants the PIN for each signature", PIN: pinState(info)}
	}
	if err := s.library.SignInit(handle, []*pkcs11.Mechanism{mechanism}, key); err != nil {
		return nil, fmt.Errorf("begin to sign: %w", err)
	}
	if eachTime {
		if err := s.try(handle, info, pkcs11.CKU_CONTEXT_SPECIFIC, request); err != nil {
			s.library.Sign(handle, data) // fails, and ends what was begun
			return nil, err
		}
	}
	signature, err := s.library.Sign(handle, data)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if request.Scheme == proto.SchemeECDSA {
		return encodeECDSA(signature)
	}
	return signature, nil
}

// shortestDigest is that of P-256, in bytes: the smallest curve of TLS.
const shortestDigest = 32

// plan is how a request is put to a library: the mechanism and what it signs.
func plan(request *proto.Request) (*pkcs11.Mechanism, []byte, error) {
	hash, ok := proto.HashOf(request.Hash)
	if !ok {
		return nil, nil, failed(proto.KindUnsupported, "nothing is signed with this hash")
	}
	// A digest that is longer than the curve comes cut to the curve's length.
	short := request.Scheme == proto.SchemeECDSA && len(request.Digest) < hash.Size() && len(request.Digest) >= shortestDigest
	if len(request.Digest) != hash.Size() && !short {
		return nil, nil, failed(proto.KindProtocol, "the digest has another length than its hash gives")
	}
	switch request.Scheme {
	case proto.SchemePKCS1:
		return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS, nil), append(digestInfo(request.Hash), request.Digest...), nil
	case proto.SchemePSS:
		if request.Salt < 0 || request.Salt > hash.Size() {
			return nil, nil, failed(proto.KindUnsupported, "the salt has a strange length")
		}
		p := pssHashes[request.Hash]
		return pkcs11.NewMechanism(pkcs11.CKM_RSA_PKCS_PSS, pkcs11.NewPSSParams(p.hash, p.mask, uint(request.Salt))), request.Digest, nil
	case proto.SchemeECDSA:
		return pkcs11.NewMechanism(pkcs11.CKM_ECDSA, nil), request.Digest, nil
	}
	return nil, nil, failed(proto.KindUnsupported, "nothing is signed by this scheme")
}

// pssHashes are the library's names for a hash and the mask made with it.
var pssHashes = map[string]struct{ hash, mask uint }{
	"sha256": {pkcs11.CKM_SHA256, pkcs11.CKG_MGF1_SHA256},
	"sha384": {pkcs11.CKM_SHA384, pkcs11.CKG_MGF1_SHA384},
	"sha512": {pkcs11.CKM_SHA512, pkcs11.CKG_MGF1_SHA512},
}

// digestInfo is what stands before a digest in a PKCS #1 v1.5 signature (RFC
// 8017, section 9.2, note 1): CKM_RSA_PKCS pads only.
func digestInfo(hash string) []byte {
	// The last arc of the hash's object identifier, 2.16.840.1.101.3.4.2.x, and
	// the digest's length, are all that differs.
	last, size := byte(1), byte(32)
	switch hash {
	case "sha384":
		last, size = 2, 48
	case "sha512":
		last, size = 3, 64
	}
	return []byte{
		0x30, 17 + size, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last,
		0x05, 0x00, 0x04, size,
	}
}

// encodeECDSA makes of the two numbers side by side, as PKCS#11 has them, the
// sequence that TLS has (RFC 3279, section 2.2.3).
func encodeECDSA(signature []byte) ([]byte, error) {
	if len(signature) == 0 || len(signature)%2 != 0 {
		return nil, failed(proto.KindModuleFailed, "the signature has a strange length")
	}
	half := len(signature) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:]),
	})
}
