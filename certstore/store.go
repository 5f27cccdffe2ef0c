package certstore

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Kind says what a certificate is kept for.
type Kind string

// The kinds.
const (
	KindUser      Kind = "user"      // shown to gateways, with its key
	KindServer    Kind = "server"    // accepted for one server
	KindAuthority Kind = "authority" // vouches for servers
)

// Kinds are all kinds, in the order of the screen.
func Kinds() []Kind { return []Kind{KindUser, KindServer, KindAuthority} }

// What finding and deleting can fail with.
var (
	// ErrNotFound means that there is no such certificate.
	ErrNotFound = errors.New("there is no such certificate")
	// ErrAmbiguous means that several certificates are meant.
	ErrAmbiguous = errors.New("it means more than one certificate")
)

// Item is what the store shows of a certificate. It holds no key.
type Item struct {
	Kind Kind
	// ID is unique in its kind and never changes: the SHA-256 of the
	// certificate's DER in 64 lower-case hexadecimal digits; for a server it is
	// followed by "@host:port".
	ID string
	// Name is what people call it; that of an identity is unique.
	Name string
	// Chain begins with the certificate itself; what follows came with it and
	// only completes it: none of that is trusted for it.
	Chain []*x509.Certificate
	Added time.Time

	// Keeping is how an identity's key is kept.
	Keeping Keeping
	// Host and Port are the server's that it was accepted for.
	Host string
	Port uint16
	// Root reports whether an authority is trusted by itself; another one only
	// completes chains that end at a trusted one.
	Root bool
}

// Leaf is the certificate itself.
func (i Item) Leaf() *x509.Certificate { return i.Chain[0] }

// Fingerprint is the SHA-256 of a certificate's DER, in 64 lower-case digits.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// Store keeps certificates in a folder. Its methods may be called from any
// goroutine; those that use a key may wait for the keyring.
type Store struct {
	dir     string
	keyring Keyring // nil for none
	now     func() time.Time

	// opening is held while a master key is looked for, which may wait for a
	// person: one is asked once, and mu is not held meanwhile.
	opening sync.Mutex

	mu         sync.Mutex
	identities identityFile
	trusted    trustedFile
	users      []identity // the identities, those in memory too
	servers    []Item
	roots      []Item
	opened     map[string][]byte // master keys by ID
	lost       map[string]bool   // those that the keyring has not any more
}

// Open reads the store in a folder, which need not be there. keyring is nil
// where there is none.
func Open(dir string, keyring Keyring) (*Store, error) {
	s := &Store{dir: dir, keyring: keyring, now: time.Now, opened: map[string][]byte{}, lost: map[string]bool{}}
	s.identities.Version, s.trusted.Version = identityVersion, trustedVersion
	if err := readFile(s.identityPath(), identityVersion, &s.identities); err != nil {
		return nil, fmt.Errorf("read the identities: %w", err)
	}
	if err := readFile(s.trustedPath(), trustedVersion, &s.trusted); err != nil {
		return nil, fmt.Errorf("read the trusted certificates: %w", err)
	}
	if err := s.parse(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) identityPath() string { return filepath.Join(s.dir, "identities.json") }
func (s *Store) trustedPath() string  { return filepath.Join(s.dir, "trusted-certificates.json") }

// parse makes Items of what the files hold.
func (s *Store) parse() error {
	for _, kept := range s.identities.Identities {
		item, err := kept.item()
		if err != nil {
			return fmt.Errorf("%s holds an identity that does not read: %w", s.identityPath(), err)
		}
		s.users = append(s.users, identity{Item: item, kept: kept})
	}
	for _, kept := range s.trusted.Servers {
		item, err := kept.item()
		if err != nil {
			return fmt.Errorf("%s holds a server that does not read: %w", s.trustedPath(), err)
		}
		s.servers = append(s.servers, item)
	}
	for _, kept := range s.trusted.Authorities {
		item, err := kept.item()
		if err != nil {
			return fmt.Errorf("%s holds an authority that does not read: %w", s.trustedPath(), err)
		}
		s.roots = append(s.roots, item)
	}
	return nil
}

// List returns the certificates of a kind, in the order in which they came.
func (s *Store) List(kind Kind) []Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list(kind)
}

func (s *Store) list(kind Kind) []Item {
	switch kind {
	case KindUser:
		items := make([]Item, 0, len(s.users))
		for _, user := range s.users {
			items = append(items, user.Item)
		}
		return items
	case KindServer:
		return slices.Clone(s.servers)
	case KindAuthority:
		return slices.Clone(s.roots)
	}
	return nil
}

// Find finds one certificate of a kind: by its ID, by its name, or by the
// beginning of its ID, of at least four digits.
func (s *Store) Find(kind Kind, text string) (Item, error) {
	items := s.List(kind)
	for _, matches := range []func(Item) bool{
		func(i Item) bool { return i.ID == text },
		func(i Item) bool { return i.Name == text },
		func(i Item) bool { return len(text) >= 4 && strings.HasPrefix(i.ID, strings.ToLower(text)) },
	} {
		var found []Item
		for _, item := range items {
			if matches(item) {
				found = append(found, item)
			}
		}
		switch {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return Item{}, fmt.Errorf("%q: %w", text, ErrAmbiguous)
		}
	}
	return Item{}, fmt.Errorf("%q: %w", text, ErrNotFound)
}

// Delete deletes one certificate by its ID; an identity's key goes with it.
func (s *Store) Delete(kind Kind, id string) error {
	deleted, err := s.delete(kind, func(i Item) bool { return i.ID == id })
	if err == nil && deleted == 0 {
		return fmt.Errorf("%q: %w", id, ErrNotFound)
	}
	return err
}

// DeleteAll deletes all certificates of a kind and says how many there were.
func (s *Store) DeleteAll(kind Kind) (int, error) {
	return s.delete(kind, func(Item) bool { return true })
}

func (s *Store) delete(kind Kind, meant func(Item) bool) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.list(kind))
	var err error
	switch kind {
	case KindUser:
		err = s.saveUsers(slices.DeleteFunc(slices.Clone(s.users), func(i identity) bool { return meant(i.Item) }))
	case KindServer:
		err = s.saveTrusted(slices.DeleteFunc(slices.Clone(s.servers), meant), s.roots)
	case KindAuthority:
		err = s.saveTrusted(s.servers, slices.DeleteFunc(slices.Clone(s.roots), meant))
	default:
		return 0, fmt.Errorf("there are no certificates of the kind %q", kind)
	}
	return before - len(s.list(kind)), err
}

// longestName is in characters.
const longestName = 64

// cleanName makes a name of what a file or a person says: one line of
// characters that can be shown and do not turn the writing around.
func cleanName(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) || unicode.In(r, unicode.Cc, unicode.Cf) {
			return -1
		}
		return r
	}, text)
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return strings.TrimSpace(string(runes[:min(len(runes), longestName)]))
}

// nameOf is what a certificate calls itself.
func nameOf(c *x509.Certificate) string {
	texts := []string{c.Subject.CommonName}
	texts = append(append(texts, c.EmailAddresses...), c.DNSNames...)
	texts = append(append(texts, c.Subject.Organization...), c.Subject.String())
	for _, text := range texts {
		if name := cleanName(text); name != "" {
			return name
		}
	}
	return Fingerprint(c)[:16]
}
