package dtls

import (
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"sync/atomic"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/ciphersuite"
	"github.com/pion/dtls/v3/pkg/crypto/clientcertificate"
	"github.com/pion/dtls/v3/pkg/crypto/prf"
	"github.com/pion/dtls/v3/pkg/protocol/recordlayer"
)

// The suites that carry packets, by their IANA numbers.
const (
	pskAES128GCM = dtls.TLS_PSK_WITH_AES_128_GCM_SHA256
	pskAES256GCM = dtls.CipherSuiteID(0x00a9) // TLS_PSK_WITH_AES_256_GCM_SHA384
	rsaAES128GCM = dtls.CipherSuiteID(0x009c) // TLS_RSA_WITH_AES_128_GCM_SHA256
	rsaAES256GCM = dtls.CipherSuiteID(0x009d) // TLS_RSA_WITH_AES_256_GCM_SHA384
)

// gcmKind is what tells the AES-GCM suites apart.
type gcmKind struct {
	id     dtls.CipherSuiteID
	name   string // as Details shows it
	keyLen int    // bytes
	hash   func() hash.Hash
}

// kinds are the suites that carry packets.
func kinds() []gcmKind {
	return []gcmKind{
		{pskAES256GCM, "PSK, AES-256-GCM", 32, sha512.New384},
		{pskAES128GCM, "PSK, AES-128-GCM", 16, sha256.New},
		{rsaAES256GCM, "AES-256-GCM", 32, sha512.New384},
		{rsaAES128GCM, "AES-128-GCM", 16, sha256.New},
	}
}

// kindOf finds a suite by its number.
func kindOf(id dtls.CipherSuiteID) (gcmKind, error) {
	for _, k := range kinds() {
		if k.id == id {
			return k, nil
		}
	}
	return gcmKind{}, fmt.Errorf("suite %#04x carries no packets here", uint16(id))
}

// gcmSuite teaches pion a suite that it lacks. It serves the handshake and the
// alerts; packets never come near it.
type gcmSuite struct {
	gcmKind
	gcm atomic.Pointer[ciphersuite.GCM]
	// agreed receives the keys of the handshake.
	agreed *atomic.Pointer[channelKeys]
}

// channelKeys are what both directions of a channel are sealed with.
type channelKeys struct {
	kind          gcmKind
	local, remote keyPair
}

func newSuite(id dtls.CipherSuiteID, agreed *atomic.Pointer[channelKeys]) *gcmSuite {
	kind, err := kindOf(id)
	if err != nil {
		panic(err) // a constant of this package
	}
	return &gcmSuite{gcmKind: kind, agreed: agreed}
}

func (s *gcmSuite) String() string                          { return s.name }
func (s *gcmSuite) ID() dtls.CipherSuiteID                  { return s.id }
func (s *gcmSuite) CertificateType() clientcertificate.Type { return clientcertificate.RSASign }
func (s *gcmSuite) HashFunc() func() hash.Hash              { return s.hash }
func (s *gcmSuite) ECC() bool                               { return false }
func (s *gcmSuite) IsInitialized() bool                     { return s.gcm.Load() != nil }

// AuthenticationType and KeyExchangeAlgorithm tell a suite with a pre-shared
// key from one whose session is resumed, which exchanges no key at all.
func (s *gcmSuite) AuthenticationType() dtls.CipherSuiteAuthenticationType {
	if s.id == pskAES256GCM {
		return dtls.CipherSuiteAuthenticationTypePreSharedKey
	}
	return dtls.CipherSuiteAuthenticationTypeCertificate
}

func (s *gcmSuite) KeyExchangeAlgorithm() dtls.CipherSuiteKeyExchangeAlgorithm {
	if s.id == pskAES256GCM {
		return dtls.CipherSuiteKeyExchangeAlgorithmPsk
	}
	return dtls.CipherSuiteKeyExchangeAlgorithmNone
}

func (s *gcmSuite) Init(masterSecret, clientRandom, serverRandom []byte, isClient bool) error {
	local, remote, err := s.keys(masterSecret, clientRandom, serverRandom, isClient)
	if err != nil {
		return err
	}
	gcm, err := ciphersuite.NewGCM(local.key, local.iv, remote.key, remote.iv)
	if err != nil {
		return err
	}
	s.gcm.Store(gcm)
	s.agreed.Store(&channelKeys{s.gcmKind, local, remote})
	return nil
}

var errNoKeys = errors.New("the suite has no keys yet")

func (s *gcmSuite) Encrypt(record *recordlayer.RecordLayer, raw []byte) ([]byte, error) {
	if gcm := s.gcm.Load(); gcm != nil {
		return gcm.Encrypt(record, raw)
	}
	return nil, errNoKeys
}

func (s *gcmSuite) Decrypt(header recordlayer.Header, raw []byte) ([]byte, error) {
	if gcm := s.gcm.Load(); gcm != nil {
		return gcm.Decrypt(header, raw)
	}
	return nil, errNoKeys
}

// keyPair is what one direction is sealed with.
type keyPair struct {
	key []byte
	iv  []byte // the 4 implicit bytes of each nonce (RFC 5288, section 3)
}

// keys derives the keys of both directions from the master secret.
func (k gcmKind) keys(masterSecret, clientRandom, serverRandom []byte, isClient bool) (local, remote keyPair, err error) {
	const macLen, ivLen = 0, 4
	derived, err := prf.GenerateEncryptionKeys(masterSecret, clientRandom, serverRandom, macLen, k.keyLen, ivLen, k.hash)
	if err != nil {
		return keyPair{}, keyPair{}, fmt.Errorf("derive DTLS keys: %w", err)
	}
	local = keyPair{derived.ClientWriteKey, derived.ClientWriteIV}
	remote = keyPair{derived.ServerWriteKey, derived.ServerWriteIV}
	if !isClient {
		local, remote = remote, local
	}
	return local, remote, nil
}
