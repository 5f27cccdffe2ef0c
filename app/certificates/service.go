// Package certificates is the certificate store as faces and connections have
// it: it lists and imports, keeps the store's secrets in the keyring, chooses
// what a gateway is shown, and says which servers a person has accepted.
//
//	service.go   what a Service is made of; list, delete, unlock
//	import.go    what becomes of a file
//	details.go   what a certificate says of itself
//	use.go       what connections use
//	keyring.go   where the store's secrets are
package certificates

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"torii/app/api"
	"torii/app/secrets"
	"torii/certstore"
	"torii/i18n"
	"torii/tunnel"
)

// Service answers for the certificates. Its errors carry codes, and where the
// person reads them their Detail is in the person's language.
type Service struct {
	store *certstore.Store
	words func() *i18n.Catalogue
	now   func() time.Time

	mu    sync.Mutex
	shown map[string]string // the ID of the identity that a gateway was shown last
}

// Open opens the store below the folder for data. words are the person's
// language.
func Open(data string, vault *secrets.Vault, words func() *i18n.Catalogue) (*Service, error) {
	store, err := certstore.Open(filepath.Join(data, "certificates"), vaultKeyring{vault})
	if err != nil {
		return nil, err
	}
	return &Service{store: store, words: words, now: time.Now, shown: map[string]string{}}, nil
}

// kinds are those that a query means.
func kinds(kind api.CertificateKind) ([]certstore.Kind, error) {
	switch kind {
	case "":
		return certstore.Kinds(), nil
	case api.CertificateUser, api.CertificateServer, api.CertificateAuthority:
		return []certstore.Kind{certstore.Kind(kind)}, nil
	}
	return nil, tunnel.Errorf(tunnel.CodeInvalid, "find the certificates", "there are no certificates of the kind %q", kind).WithDetail(string(kind))
}

// List returns the certificates that a query means.
func (s *Service) List(query api.CertificateQuery) ([]api.Certificate, error) {
	wanted, err := kinds(query.Kind)
	if err != nil {
		return nil, err
	}
	list := []api.Certificate{}
	for _, kind := range wanted {
		list = append(list, s.describe(s.store.List(kind))...)
	}
	return list, nil
}

// describe makes what faces see of what the store has.
func (s *Service) describe(items []certstore.Item) []api.Certificate {
	list := []api.Certificate{}
	for _, item := range items {
		described := api.Certificate{
			Kind: api.CertificateKind(item.Kind), ID: item.ID, Name: item.Name, CertificateDetails: s.details(item.Leaf()),
			Added: item.Added, Keeping: string(item.Keeping), Host: item.Host, Port: item.Port, Root: item.Root,
			Locked: s.store.Locked(item.ID),
		}
		for _, above := range item.Chain[1:] {
			described.Chain = append(described.Chain, s.details(above))
		}
		list = append(list, described)
	}
	return list
}

func (s *Service) details(c *x509.Certificate) api.CertificateDetails { return Describe(c, s.now()) }

// Delete deletes one certificate, or all of a kind, and says which those were.
func (s *Service) Delete(ref api.CertificateRef) (api.DeletedCertificates, error) {
	const op = "delete a certificate"
	none := api.DeletedCertificates{Deleted: []api.Certificate{}}
	wanted, err := kinds(ref.Kind)
	if err != nil {
		return none, err
	}
	var meant []certstore.Item
	if ref.All {
		for _, kind := range wanted {
			meant = append(meant, s.store.List(kind)...)
		}
	} else {
		item, err := s.find(op, wanted, ref.Certificate)
		if err != nil {
			return none, err
		}
		meant = append(meant, item)
	}
	described := s.describe(meant)
	for _, item := range meant {
		if err := s.store.Delete(item.Kind, item.ID); err != nil && !errors.Is(err, certstore.ErrNotFound) {
			return none, tunnel.NewError(tunnel.CodeInternal, op, err)
		}
	}
	return api.DeletedCertificates{Deleted: described}, nil
}

// find finds the one certificate that a text means.
func (s *Service) find(op string, wanted []certstore.Kind, text string) (certstore.Item, error) {
	var found []certstore.Item
	for _, kind := range wanted {
		item, err := s.store.Find(kind, text)
		if errors.Is(err, certstore.ErrAmbiguous) {
			return item, s.ambiguous(op, text)
		}
		if err == nil {
			found = append(found, item)
		}
	}
	switch len(found) {
	case 0:
		return certstore.Item{}, tunnel.Errorf(tunnel.CodeNotFound, op, "there is no certificate %q", text).WithDetail(text)
	case 1:
		return found[0], nil
	}
	return certstore.Item{}, s.ambiguous(op, text)
}

func (s *Service) ambiguous(op, text string) error {
	return tunnel.Errorf(tunnel.CodeInvalid, op, "%q means more than one certificate", text).
		WithDetail(s.say("ambiguous", i18n.Values{"Text": text}))
}

// Unlock opens the keys that are under a passphrase.
func (s *Service) Unlock(ctx context.Context, passphrase string) error {
	const op = "unlock the certificates"
	err := s.store.Unlock(ctx, passphrase)
	if errors.Is(err, certstore.ErrPassphrase) {
		return tunnel.NewError(tunnel.CodeInvalid, op, err).WithDetail(s.say("wrong-passphrase", nil))
	}
	if err != nil {
		return tunnel.NewError(tunnel.CodeInternal, op, err)
	}
	return nil
}

// say is a sentence in the person's language.
func (s *Service) say(key string, values i18n.Values) string {
	if values == nil {
		values = i18n.Values{}
	}
	return s.words().Text("certificates."+key, values)
}

// errNotTrusted refuses what only a person may decide.
func errNotTrusted(op string) error {
	return tunnel.Errorf(tunnel.CodePolicy, op, "who vouches for servers is said in Torii's own window, or by toriictl in a terminal")
}

// internal wraps what is nobody's mistake.
func internal(op string, err error) error {
	return tunnel.NewError(tunnel.CodeInternal, op, fmt.Errorf("the certificate store: %w", err))
}
