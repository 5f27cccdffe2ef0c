package certificates

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"torii/app/api"
	"torii/app/entries"
	"torii/certstore"
	"torii/certstore/verify"
	"torii/i18n"
	"torii/tunnel"
)

const importing = "import the certificates"

// Import brings a file into the store. Where it wants something first, nothing
// was taken. trusted tells that the face may say which servers are trusted
// (design.md, security rule 6); else CodePolicy for what says so.
func (s *Service) Import(ctx context.Context, request api.ImportCertificates, trusted bool) (api.ImportedCertificates, error) {
	none := api.ImportedCertificates{Added: []api.Certificate{}}
	if request.Rehearse {
		keep, err := keepOf(request)
		if err != nil {
			return none, err
		}
		none.Want, err = wanted(s.store.CanKeep(ctx, keep))
		return none, err
	}
	file, err := s.file(request)
	if err != nil {
		return none, err
	}
	bundle, err := certstore.Read(file, request.Password)
	if flaw, ok := errors.AsType[*certstore.FileError](err); ok {
		switch flaw.Flaw {
		case certstore.FlawNeedPassword:
			none.Want = api.WantPassword
			return none, nil
		case certstore.FlawPassword:
			none.Want = api.WantOtherPassword
			return none, nil
		}
		return none, s.flawed(flaw)
	}
	if err != nil {
		return none, internal(importing, err)
	}
	if len(bundle.Identities()) > 0 {
		return s.importIdentities(ctx, bundle, request)
	}
	return s.importTrusted(bundle.Certificates, request, trusted)
}

// file reads the file that a request means.
func (s *Service) file(request api.ImportCertificates) ([]byte, error) {
	if request.File == "" {
		return request.Data, nil
	}
	if !filepath.IsAbs(request.File) {
		return nil, tunnel.Errorf(tunnel.CodeInvalid, importing, "%q is no absolute path", request.File).WithDetail(request.File)
	}
	file, err := certstore.ReadFile(request.File)
	if flaw, ok := errors.AsType[*certstore.FileError](err); ok {
		return nil, s.flawed(flaw)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, tunnel.NewError(tunnel.CodeNotFound, importing, err).WithDetail(request.File)
	case err != nil:
		return nil, tunnel.NewError(tunnel.CodeInvalid, importing, err).WithDetail(request.File)
	}
	return file, nil
}

// flawed says in words what is wrong with a file.
func (s *Service) flawed(flaw *certstore.FileError) error {
	return tunnel.NewError(tunnel.CodeBadImport, importing, flaw).WithDetail(s.say("flaw."+string(flaw.Flaw), nil))
}

// importIdentities takes the person's own certificates.
func (s *Service) importIdentities(ctx context.Context, bundle *certstore.Bundle, request api.ImportCertificates) (api.ImportedCertificates, error) {
	none := api.ImportedCertificates{Added: []api.Certificate{}}
	keep, err := keepOf(request)
	if err != nil {
		return none, err
	}
	items, err := s.store.AddIdentities(ctx, bundle, keep)
	if none.Want, err = wanted(err); err != nil || none.Want != api.WantNothing {
		return none, err
	}
	return api.ImportedCertificates{Added: s.describe(items), Left: len(bundle.Certificates)}, nil
}

// keepOf is how a request wants keys to be kept.
func keepOf(request api.ImportCertificates) (certstore.Keep, error) {
	keep := certstore.Keep{How: certstore.Keeping(request.Keep), Passphrase: request.Passphrase, Name: request.Name}
	switch request.Keep {
	case "":
		keep.How = certstore.InKeyring
	case api.KeepInKeyring, api.KeepUnderPassphrase, api.KeepInMemory:
	default:
		return keep, tunnel.Errorf(tunnel.CodeInvalid, importing, "there is no way %q to keep a key", request.Keep).WithDetail(request.Keep)
	}
	return keep, nil
}

// wanted is what the store wants first, where that is why it took nothing.
func wanted(err error) (api.Want, error) {
	switch {
	case err == nil:
		return api.WantNothing, nil
	case errors.Is(err, certstore.ErrKeyring):
		return api.WantKeep, nil
	case errors.Is(err, certstore.ErrWeak), errors.Is(err, certstore.ErrLocked):
		return api.WantPassphrase, nil
	case errors.Is(err, certstore.ErrPassphrase):
		return api.WantOtherPassphrase, nil
	}
	return api.WantNothing, internal(importing, err)
}

// importTrusted takes authorities, or a certificate for one server.
func (s *Service) importTrusted(certificates []*x509.Certificate, request api.ImportCertificates, trusted bool) (api.ImportedCertificates, error) {
	none := api.ImportedCertificates{Added: []api.Certificate{}}
	if !trusted {
		return none, errNotTrusted(importing)
	}
	if request.Server != "" {
		return s.importServer(certificates, request.Server)
	}
	items, err := s.store.AddAuthorities(certificates)
	switch {
	case errors.Is(err, certstore.ErrNotAuthority):
		none.Want = api.WantServer
		return none, nil
	case err != nil:
		return none, internal(importing, err)
	}
	return api.ImportedCertificates{Added: s.describe(items)}, nil
}

// defaultPort is that of the servers.
const defaultPort = 443

// importServer accepts the first certificate for a server; the others say who
// issued it.
func (s *Service) importServer(certificates []*x509.Certificate, server string) (api.ImportedCertificates, error) {
	none := api.ImportedCertificates{Added: []api.Certificate{}}
	place, err := entries.ParseTarget(server)
	if err != nil {
		return none, err
	}
	if place.Port == 0 {
		place.Port = defaultPort
	}
	problems := verify.Check(certificates, place.Host, x509.NewCertPool(), s.now())
	if !MayAccept(problems) {
		first := slices.IndexFunc(problems, func(p verify.Problem) bool { return !onlyUntrusted(p) })
		return none, tunnel.Errorf(tunnel.CodePolicy, importing, "the certificate is not valid for %s: %v", place.Host, problems).
			WithDetail(s.say("invalid."+string(problems[first]), i18n.Values{"Host": place.Host}))
	}
	item, err := s.store.AcceptServer(place.Host, place.Port, certificates[0])
	if err != nil {
		return none, internal(importing, err)
	}
	return api.ImportedCertificates{Added: s.describe([]certstore.Item{item}), Left: len(certificates) - 1}, nil
}
