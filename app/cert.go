package app

import (
	"context"
	"net"
	"strconv"

	"torii/app/api"
	"torii/app/control"
	"torii/i18n"
	"torii/tunnel"
)

func (a *App) listCertificates(_ context.Context, _ control.Caller, query api.CertificateQuery) ([]api.Certificate, error) {
	return a.certs.List(query)
}

// importCertificates brings a file into the store. What says who vouches for
// servers is taken from trusted faces only (design.md, security rule 6).
func (a *App) importCertificates(ctx context.Context, caller control.Caller, request api.ImportCertificates) (api.ImportedCertificates, error) {
	imported, err := a.certs.Import(ctx, request, caller.Trusted)
	if err == nil && len(imported.Added) > 0 {
		a.changedEntries()
	}
	return imported, err
}

// dropCertificates deletes certificates. Anybody of this user may, as with
// entries: it makes nobody trusted.
func (a *App) dropCertificates(_ context.Context, _ control.Caller, ref api.CertificateRef) (api.DeletedCertificates, error) {
	deleted, err := a.certs.Delete(ref)
	if err == nil {
		a.changedEntries()
	}
	return deleted, err
}

func (a *App) unlockCertificates(ctx context.Context, _ control.Caller, request api.UnlockCertificates) error {
	return a.certs.Unlock(ctx, request.Passphrase)
}

// language is the catalogue of the person's language.
func (a *App) language() *i18n.Catalogue {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.words
}

// identity chooses the certificate that an entry's gateway is shown: the file's,
// where one is named, or the store's.
func (a *App) identity(entry api.Entry) (tunnel.ClientCertificate, error) {
	if entry.ClientCertFile != "" {
		return clientCertificate(entry.ClientCertFile)
	}
	return a.certs.ForGateway(entry.Certificate, gatewayOf(entry))
}

// gatewayOf names an entry's server.
func gatewayOf(entry api.Entry) string {
	const usual = 443
	port := entry.Port
	if port == 0 {
		port = usual
	}
	return net.JoinHostPort(entry.Host, strconv.Itoa(int(port)))
}

// letIn remembers which certificate the gateway of the connection took.
func (a *App) letIn() {
	a.mu.Lock()
	entry := a.current.entry
	a.mu.Unlock()
	if err := a.certs.LetIn(gatewayOf(entry)); err != nil {
		a.options.Log.WithError(err).Warn("which certificate the gateway took is not remembered")
	}
}
