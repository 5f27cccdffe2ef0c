package certstore

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// Keeping says how an identity's key is kept.
type Keeping string

// The ways to keep a key.
const (
	InKeyring       Keeping = "keyring"    // sealed under a secret of the desktop's keyring
	UnderPassphrase Keeping = "passphrase" // sealed under a passphrase that the person types
	InMemory        Keeping = "memory"     // on no disk; gone when Torii ends
)

// Keyring keeps the store's secrets outside of its files. Its methods may wait
// for a person.
type Keyring interface {
	// Keep stores a secret under a name.
	Keep(ctx context.Context, name string, secret []byte) error
	// Recall returns a secret; false where there is none of that name.
	Recall(ctx context.Context, name string) (secret []byte, found bool, err error)
}

// What sealing and opening can fail with.
var (
	// ErrKeyring means that the keyring cannot be used; the person may choose a
	// passphrase or memory instead.
	ErrKeyring = errors.New("the keyring cannot keep the key")
	// ErrLocked means that the key needs its passphrase first.
	ErrLocked = errors.New("the key is locked by a passphrase")
	// ErrPassphrase means that the passphrase is wrong.
	ErrPassphrase = errors.New("the passphrase is wrong")
	// ErrLost means that what seals the key is not in the keyring any more.
	ErrLost = errors.New("the keyring has lost what opens the key")
	// ErrWeak means a passphrase that is too short.
	ErrWeak = errors.New("the passphrase is shorter than 8 characters")
)

const (
	// passphraseRounds are for PBKDF2 with SHA-256: half a second or so.
	passphraseRounds = 600_000
	shortestPhrase   = 8
	masterSize       = 32
)

// master names a key that seals others, and holds it sealed where it comes of
// a passphrase.
type master struct {
	ID      string  `json:"id"`
	Keeping Keeping `json:"keeping"`
	// Salt, Rounds and Sealed are for UnderPassphrase.
	Salt   []byte `json:"salt,omitempty"`
	Rounds int    `json:"rounds,omitempty"`
	Sealed []byte `json:"sealed,omitempty"`
}

// seal encrypts with AES-256-GCM; what for is bound to it, so that no sealed
// text can stand in another one's place.
func seal(key, plain []byte, what string) ([]byte, error) {
	aead, err := aeadOf(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, []byte(what)), nil
}

// unseal is the way back.
func unseal(key, sealed []byte, what string) ([]byte, error) {
	aead, err := aeadOf(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errors.New("what is sealed is too short")
	}
	return aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(what))
}

func aeadOf(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealingKey returns a master key of the wanted kind, and makes one where there
// is none that opens. There is one passphrase for all: another is ErrPassphrase.
// s.opening is held.
func (s *Store) sealingKey(ctx context.Context, how Keeping, passphrase string) (master, []byte, error) {
	for _, m := range s.masters() {
		if m.Keeping != how {
			continue
		}
		key, err := s.open(ctx, m, passphrase)
		switch {
		case err == nil:
			return m, key, nil
		case errors.Is(err, ErrLost):
			s.noteLost(m.ID)
			continue // what it sealed is lost; the next one is another
		default:
			return m, nil, err
		}
	}
	return s.newMaster(ctx, how, passphrase)
}

// newMaster makes a master key. It is in the keyring before anything is sealed
// under it.
func (s *Store) newMaster(ctx context.Context, how Keeping, passphrase string) (master, []byte, error) {
	key, id := make([]byte, masterSize), make([]byte, 8)
	rand.Read(key)
	rand.Read(id)
	m := master{ID: hex.EncodeToString(id), Keeping: how}
	switch how {
	case InKeyring:
		if s.keyring == nil {
			return m, nil, ErrKeyring
		}
		if err := s.keyring.Keep(ctx, m.ID, key); err != nil {
			return m, nil, fmt.Errorf("%w: %w", ErrKeyring, err)
		}
	case UnderPassphrase:
		if len([]rune(passphrase)) < shortestPhrase {
			return m, nil, ErrWeak
		}
		m.Salt, m.Rounds = make([]byte, 16), passphraseRounds
		rand.Read(m.Salt)
		wrap, err := pbkdf2.Key(sha256.New, passphrase, m.Salt, m.Rounds, masterSize)
		if err != nil {
			return m, nil, err
		}
		if m.Sealed, err = seal(wrap, key, "master "+m.ID); err != nil {
			return m, nil, err
		}
	default:
		return m, nil, fmt.Errorf("there is no way %q to keep a key", how)
	}
	s.noteOpened(m.ID, key)
	return m, key, nil
}

// masters are the master keys that the store knows of.
func (s *Store) masters() []master {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.identities.Masters)
}

// openedBefore is a master key that is open already; nil where it is not.
func (s *Store) openedBefore(id string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened[id]
}

func (s *Store) noteOpened(id string, key []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened[id] = key
}

func (s *Store) noteLost(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost[id] = true
}

// open returns a master key: one that was opened before, or from the keyring,
// or by a passphrase. s.opening is held.
func (s *Store) open(ctx context.Context, m master, passphrase string) ([]byte, error) {
	// A passphrase that is given is checked although the key is open.
	if key := s.openedBefore(m.ID); key != nil && passphrase == "" {
		return key, nil
	}
	var key []byte
	switch m.Keeping {
	case InKeyring:
		if s.keyring == nil {
			return nil, ErrKeyring
		}
		secret, found, err := s.keyring.Recall(ctx, m.ID)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrKeyring, err)
		}
		if !found || len(secret) != masterSize {
			return nil, ErrLost
		}
		key = secret
	case UnderPassphrase:
		if passphrase == "" {
			return nil, ErrLocked
		}
		const most = 10 * passphraseRounds // a file that says more was tampered with
		if m.Rounds < 1 || m.Rounds > most {
			return nil, fmt.Errorf("the store's file asks for %d rounds", m.Rounds)
		}
		wrap, err := pbkdf2.Key(sha256.New, passphrase, m.Salt, m.Rounds, masterSize)
		if err != nil {
			return nil, err
		}
		if key, err = unseal(wrap, m.Sealed, "master "+m.ID); err != nil {
			return nil, ErrPassphrase
		}
	default:
		return nil, fmt.Errorf("the store's file keeps a key in an unknown way (%q)", m.Keeping)
	}
	s.noteOpened(m.ID, key)
	return key, nil
}

// sealSigner seals a key for the identity of that ID.
func sealSigner(masterKey []byte, key crypto.Signer, id string) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	defer clear(der)
	return seal(masterKey, der, "identity "+id)
}

// unsealSigner opens it.
func unsealSigner(masterKey, sealed []byte, id string) (crypto.Signer, error) {
	der, err := unseal(masterKey, sealed, "identity "+id)
	if err != nil {
		return nil, fmt.Errorf("the sealed key does not open: %w", err)
	}
	defer clear(der)
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("the sealed key cannot be read") // no word of it
	}
	s, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the sealed key cannot sign")
	}
	return s, nil
}
