package certificates

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"

	"torii/app/api"
	"torii/certstore"
	"torii/certstore/choose"
	"torii/certstore/verify"
	"torii/tunnel"
)

// MayAccept reports whether a person may accept a server for good in spite of
// what verification found: one that is valid and only not trusted (000, server
// certificates). An invalid one never.
func MayAccept(problems []verify.Problem) bool {
	return !slices.ContainsFunc(problems, func(p verify.Problem) bool { return !onlyUntrusted(p) })
}

// onlyUntrusted reports whether a problem is that nobody vouches for a server.
func onlyUntrusted(p verify.Problem) bool { return p == verify.UnknownIssuer || p == verify.SelfSigned }

// Accepts reports whether a person has accepted exactly this leaf for this
// server.
func (s *Service) Accepts(host string, port uint16, leaf *x509.Certificate) bool {
	return s.store.Accepts(host, port, leaf)
}

// Accept remembers that a person accepts a leaf for a server. Whether that may
// be is MayAccept's to say.
func (s *Service) Accept(host string, port uint16, leaf *x509.Certificate) error {
	if _, err := s.store.AcceptServer(host, port, leaf); err != nil {
		return internal("accept the server", err)
	}
	return nil
}

// Authorities are the certificates that a person added: those that are trusted
// by themselves, and those that only complete chains.
func (s *Service) Authorities() (roots, intermediates []*x509.Certificate) {
	return s.store.Authorities()
}

const showing = "show the client certificate"

// ForGateway returns what chooses the certificate that a gateway ("host:port")
// is shown, by an entry's choice. It is asked anew for each TLS connection, and
// chooses among what the store has then. nil shows none. CodeNotFound means a
// choice by a name that no certificate has.
func (s *Service) ForGateway(choice, gateway string) (tunnel.ClientCertificate, error) {
	switch choice {
	case api.CertificateDisabled:
		return nil, nil
	case api.CertificateAutomatic:
		return func(ctx context.Context, request *tls.CertificateRequestInfo, ask tunnel.Asker) (*tls.Certificate, error) {
			return s.automatic(ctx, gateway, request, ask)
		}, nil
	}
	if _, err := s.named(choice); err != nil {
		return nil, err // before anybody is asked for a password
	}
	return func(ctx context.Context, _ *tls.CertificateRequestInfo, ask tunnel.Asker) (*tls.Certificate, error) {
		item, err := s.named(choice)
		if err != nil {
			return nil, err
		}
		return s.show(ctx, gateway, item, ask)
	}, nil
}

// named finds one of the person's certificates by its name.
func (s *Service) named(name string) (certstore.Item, error) {
	items := s.store.List(certstore.KindUser)
	i := slices.IndexFunc(items, func(i certstore.Item) bool { return i.Name == name })
	if i < 0 {
		return certstore.Item{}, tunnel.Errorf(tunnel.CodeNotFound, showing, "there is no certificate %q", name).WithDetail(name)
	}
	return items[i], nil
}

// automatic shows the best certificate whose key can be used, and none where
// nothing fits.
func (s *Service) automatic(ctx context.Context, gateway string, request *tls.CertificateRequestInfo, ask tunnel.Asker) (*tls.Certificate, error) {
	fitting := choose.Automatic(s.store.List(certstore.KindUser), choose.Situation{
		Now: s.now(), Request: request, Worked: s.store.Worked(gateway),
	})
	var first error
	for _, item := range fitting {
		certificate, err := s.show(ctx, gateway, item, ask)
		if err == nil || tunnel.CodeOf(err) == tunnel.CodeCancelled {
			return certificate, err
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// show opens a certificate's key. The person is asked for its passphrase where
// it has one that was not given yet.
func (s *Service) show(ctx context.Context, gateway string, item certstore.Item, ask tunnel.Asker) (*tls.Certificate, error) {
	certificate, err := s.store.Certificate(ctx, item.ID)
	if errors.Is(err, certstore.ErrLocked) && ask != nil {
		if err := s.askPassphrase(ctx, item, ask); err != nil {
			return nil, err
		}
		certificate, err = s.store.Certificate(ctx, item.ID)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, err // the connection was given up meanwhile
		}
		return nil, s.cannotShow(item, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown[gateway] = item.ID
	return certificate, nil
}

// passphraseField is the name of the one field of the form that asks for the
// passphrase of a key. It is no form of the gateway's.
const passphraseField = "torii_key_passphrase"

// AsksPassphrase reports whether a question is that form.
func AsksPassphrase(q tunnel.Question) bool {
	return q.Form != nil && len(q.Form.Fields) == 1 && q.Form.Fields[0].Name == passphraseField
}

// mostAttempts is how many passphrases a person may try in a row.
const mostAttempts = 5

// askPassphrase asks the person until a key opens. The asker's error is
// returned as it is.
func (s *Service) askPassphrase(ctx context.Context, item certstore.Item, ask tunnel.Asker) error {
	question := tunnel.Question{
		Kind: tunnel.QuestionLogin, Title: s.say("unlock.title", nil), Message: s.say("unlock.message", map[string]any{"Name": item.Name}),
		Choices: []tunnel.Choice{tunnel.ChoiceOK, tunnel.ChoiceCancel},
	}
	for attempt := range mostAttempts {
		question.Form = &tunnel.Form{Round: 1, Attempt: attempt, Fields: []tunnel.Field{
			{Name: passphraseField, Label: s.say("unlock.field", nil), Kind: tunnel.FieldPassword},
		}}
		answer, err := ask(ctx, question)
		if err != nil {
			return err
		}
		if answer.Choice != tunnel.ChoiceOK {
			return tunnel.Errorf(tunnel.CodeCancelled, showing, "the person gave up")
		}
		err = s.store.Unlock(ctx, answer.Fields[passphraseField].Reveal())
		if err == nil {
			return nil
		}
		if !errors.Is(err, certstore.ErrPassphrase) {
			return internal(showing, err)
		}
		question.Error = s.say("unlock.wrong", nil)
	}
	return s.cannotShow(item, certstore.ErrLocked)
}

// cannotShow says why a key cannot be used.
func (s *Service) cannotShow(item certstore.Item, err error) error {
	why := "broken"
	switch {
	case errors.Is(err, certstore.ErrLocked):
		why = "locked"
	case errors.Is(err, certstore.ErrKeyring):
		why = "keyring"
	case errors.Is(err, certstore.ErrLost):
		why = "lost"
	}
	return tunnel.NewError(tunnel.CodeClientCertificate, showing, err).
		WithDetail(s.say("unusable."+why, map[string]any{"Name": item.Name}))
}

// Forget begins a connection to a gateway: what an earlier one was shown does
// not count.
func (s *Service) Forget(gateway string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.shown, gateway)
}

// LetIn remembers that a gateway let this person in, with the certificate that
// it was shown, if it was shown one.
func (s *Service) LetIn(gateway string) error {
	s.mu.Lock()
	id := s.shown[gateway]
	s.mu.Unlock()
	if id == "" {
		return nil
	}
	return s.store.NoteWorked(gateway, id)
}
