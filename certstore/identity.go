package certstore

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"
)

// identityVersion is the version of the file's format.
const identityVersion = 1

type identityFile struct {
	Version    int            `json:"version"`
	Masters    []master       `json:"masters"`
	Identities []keptIdentity `json:"identities"`
	// Worked are the IDs of the identities that a gateway ("host:port") let in
	// last.
	Worked map[string]string `json:"worked,omitempty"`
}

type keptIdentity struct {
	Name   string    `json:"name"`
	Chain  [][]byte  `json:"chain"` // DER, the identity's own first
	Added  time.Time `json:"added"`
	Master string    `json:"master"` // the ID of what seals Key
	Key    []byte    `json:"key"`
	// Keeping repeats the master's, for lists.
	Keeping Keeping `json:"keeping"`
}

// identity is one that is in use: its key is in kept, or it is in memory.
type identity struct {
	Item
	kept     keptIdentity
	inMemory crypto.Signer
}

func (k *keptIdentity) item() (Item, error) {
	chain, err := parseChain(k.Chain)
	if err != nil {
		return Item{}, err
	}
	return Item{Kind: KindUser, ID: Fingerprint(chain[0]), Name: k.Name, Chain: chain, Added: k.Added, Keeping: k.Keeping}, nil
}

func parseChain(ders [][]byte) ([]*x509.Certificate, error) {
	if len(ders) == 0 {
		return nil, ErrNotFound
	}
	var chain []*x509.Certificate
	for _, der := range ders {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		chain = append(chain, c)
	}
	return chain, nil
}

func rawChain(chain []*x509.Certificate) [][]byte {
	var ders [][]byte
	for _, c := range chain {
		ders = append(ders, c.Raw)
	}
	return ders
}

// Keep says how the keys of a Bundle are kept.
type Keep struct {
	How Keeping
	// Passphrase is for UnderPassphrase: the one that the keys that are there
	// have, or else a new one.
	Passphrase string
	// Name replaces the name that a single identity came with; "" for none.
	Name string
}

// AddIdentities takes the identities of a Bundle and returns them. One that is
// there already keeps its name unless keep has another, and is kept anew.
// Where it fails nothing is taken. ErrKeyring means that another way may be
// chosen, ErrPassphrase that the identities that are there have another one,
// ErrWeak and ErrLocked that one is wanted.
func (s *Store) AddIdentities(ctx context.Context, bundle *Bundle, keep Keep) ([]Item, error) {
	s.opening.Lock()
	defer s.opening.Unlock()
	var m master
	var masterKey []byte
	if keep.How != InMemory {
		var err error
		if m, masterKey, err = s.sealingKey(ctx, keep.How, keep.Passphrase); err != nil {
			return nil, err
		}
	}
	added := s.now().UTC()
	var fresh []identity
	for _, loose := range bundle.identities {
		next := identity{Item: Item{
			Kind: KindUser, ID: Fingerprint(loose.chain[0]), Name: loose.name, Chain: loose.chain, Added: added, Keeping: keep.How,
		}}
		if keep.How == InMemory {
			next.inMemory = loose.key
		} else {
			sealed, err := sealSigner(masterKey, loose.key, next.ID)
			if err != nil {
				return nil, fmt.Errorf("seal a key: %w", err)
			}
			next.kept = keptIdentity{Chain: rawChain(loose.chain), Added: added, Master: m.ID, Key: sealed, Keeping: keep.How}
		}
		fresh = append(fresh, next)
	}
	return s.takeIn(fresh, m, keep)
}

// takeIn adds identities that are sealed under m already.
func (s *Store) takeIn(fresh []identity, m master, keep Keep) ([]Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	users := slices.Clone(s.users)
	var items []Item
	for _, next := range fresh {
		if i := slices.IndexFunc(users, func(u identity) bool { return u.ID == next.ID }); i >= 0 {
			next.Name = users[i].Name
			users = slices.Delete(users, i, i+1)
		}
		if keep.Name != "" && len(fresh) == 1 {
			next.Name = keep.Name
		}
		next.Name = uniqueName(users, next.Name)
		next.kept.Name = next.Name
		users, items = append(users, next), append(items, next.Item)
	}
	masters := s.identities.Masters
	if keep.How != InMemory && !slices.ContainsFunc(masters, func(other master) bool { return other.ID == m.ID }) {
		s.identities.Masters = append(slices.Clone(masters), m)
	}
	if err := s.saveUsers(users); err != nil {
		s.identities.Masters = masters
		return nil, err
	}
	return items, nil
}

// reserved are the words that mean something else where a name could stand.
var reserved = [...]string{"automatic", "disabled"}

// uniqueName is a name that no other identity has.
func uniqueName(users []identity, wanted string) string {
	wanted = cleanName(wanted)
	taken := func(name string) bool {
		return slices.Contains(reserved[:], strings.ToLower(name)) || slices.ContainsFunc(users, func(u identity) bool { return u.Name == name })
	}
	name := wanted
	for n := 2; name == "" || taken(name); n++ {
		name = strings.TrimSpace(fmt.Sprintf("%s (%d)", wanted, n))
	}
	return name
}

// saveUsers writes the identities and takes them over. Masters that seal
// nothing any more are forgotten, but for one in the keyring, which the next
// identity will want. s.mu is held.
func (s *Store) saveUsers(users []identity) error {
	next := identityFile{Version: identityVersion, Identities: []keptIdentity{}, Masters: []master{}, Worked: map[string]string{}}
	has := func(id string) bool { return slices.ContainsFunc(users, func(u identity) bool { return u.ID == id }) }
	for _, user := range users {
		if user.inMemory == nil {
			next.Identities = append(next.Identities, user.kept)
		}
	}
	for _, m := range s.identities.Masters {
		used := slices.ContainsFunc(next.Identities, func(k keptIdentity) bool { return k.Master == m.ID })
		if used || m.Keeping == InKeyring && !s.lost[m.ID] {
			next.Masters = append(next.Masters, m)
		}
	}
	for gateway, id := range s.identities.Worked {
		if has(id) {
			next.Worked[gateway] = id
		}
	}
	if err := writeFile(s.identityPath(), next); err != nil {
		return fmt.Errorf("write the identities: %w", err)
	}
	s.identities, s.users = next, users
	return nil
}

// Unlock opens what is kept under a passphrase, until this process ends.
// ErrPassphrase means that it opens nothing.
func (s *Store) Unlock(ctx context.Context, passphrase string) error {
	s.opening.Lock()
	defer s.opening.Unlock()
	for _, m := range s.masters() {
		if m.Keeping != UnderPassphrase {
			continue
		}
		if _, err := s.open(ctx, m, passphrase); err == nil {
			return nil // there is one passphrase for all
		}
	}
	return ErrPassphrase
}

// Certificate returns an identity by its ID, ready for TLS: its chain, and
// something that signs with its key, and opens what is encrypted for it where
// it is of RSA (crypto.Decrypter). The errors are ErrNotFound, ErrLocked,
// ErrKeyring and ErrLost.
func (s *Store) Certificate(ctx context.Context, id string) (*tls.Certificate, error) {
	user, m, err := s.sealedUnder(id)
	if err != nil {
		return nil, err
	}
	key := user.inMemory
	if key == nil {
		s.opening.Lock()
		masterKey, err := s.open(ctx, m, "")
		s.opening.Unlock()
		if err != nil {
			return nil, fmt.Errorf("use %q: %w", user.Name, err)
		}
		if key, err = unsealSigner(masterKey, user.kept.Key, id); err != nil {
			return nil, fmt.Errorf("use %q: %w", user.Name, err)
		}
	}
	if !belongs(key, user.Leaf()) {
		return nil, fmt.Errorf("use %q: its key is another one's", user.Name)
	}
	return &tls.Certificate{Certificate: rawChain(user.Chain), PrivateKey: hide(key), Leaf: user.Leaf()}, nil
}

// sealedUnder finds an identity, and what its key is sealed under, if it is.
func (s *Store) sealedUnder(id string) (identity, master, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.users, func(u identity) bool { return u.ID == id })
	if i < 0 {
		return identity{}, master{}, fmt.Errorf("%q: %w", id, ErrNotFound)
	}
	user := s.users[i]
	if user.inMemory != nil {
		return user, master{}, nil
	}
	m := slices.IndexFunc(s.identities.Masters, func(m master) bool { return m.ID == user.kept.Master })
	if m < 0 {
		return identity{}, master{}, fmt.Errorf("use %q: %w", user.Name, ErrLost)
	}
	return user, s.identities.Masters[m], nil
}

// NoteWorked remembers that a gateway ("host:port") let an identity in.
func (s *Store) NoteWorked(gateway, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.identities.Worked
	if before[gateway] == id {
		return nil
	}
	next := map[string]string{gateway: id}
	for other, otherID := range before {
		if other != gateway {
			next[other] = otherID
		}
	}
	s.identities.Worked = next
	err := s.saveUsers(s.users)
	if err != nil {
		s.identities.Worked = before
	}
	return err
}

// Worked is the ID of the identity that a gateway let in last; "" for none.
func (s *Store) Worked(gateway string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.identities.Worked[gateway]
}

// Locked reports whether an identity wants its passphrase before it can be
// used.
func (s *Store) Locked(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.users, func(u identity) bool {
		return u.ID == id && u.Keeping == UnderPassphrase && s.opened[u.kept.Master] == nil
	})
}
