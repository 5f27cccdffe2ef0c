package certificates

import (
	"crypto/x509"

	"torii/app/api"
	"torii/certstore"
)

// Candidates are the chains, leaf first, of the certificates that an entry's
// choice could show, expired ones too: to be explained, with no key opened. It
// is nil for a choice that shows none or that names none.
func (s *Service) Candidates(choice string) [][]*x509.Certificate {
	if choice == api.CertificateDisabled {
		return nil
	}
	if choice != api.CertificateAutomatic {
		item, err := s.named(choice)
		if err != nil {
			return nil // the check says that there is none
		}
		return [][]*x509.Certificate{item.Chain}
	}
	var chains [][]*x509.Certificate
	for _, item := range s.store.List(certstore.KindUser) {
		chains = append(chains, item.Chain)
	}
	return chains
}
