package app

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"testing"

	"torii/app/api"
	"torii/tunnel"
	"torii/tunnel/gateway"
)

// userFile is a certificate for a gateway with its key, as PEM.
func userFile(t *testing.T, g *gateway.Gateway, user string) []byte {
	t.Helper()
	made, err := g.UserCertificate(user)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	file := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate[0]})
	return append(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
}

// startGateway starts a gateway on the loopback.
func startGateway(t *testing.T, config gateway.Config) (*gateway.Gateway, netip.AddrPort) {
	t.Helper()
	config.Names = []string{"127.0.0.1"}
	g, err := gateway.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	at, err := g.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	return g, at
}

func rootFile(g *gateway.Gateway) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.CA().Raw})
}

func (r *rig) ask(method api.Method, params, result any) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), enough)
	defer cancel()
	if err := r.face.Call(ctx, method, params, result); err != nil {
		r.t.Fatalf("%s: %v", method, err)
	}
}

// TestTheStoresCertificateLogsIn: a gateway that takes certificates alone lets
// in whoever has one in the store, as the entry says; and it is itself trusted
// for an authority of the store.
func TestTheStoresCertificateLogsIn(t *testing.T) {
	r := newRig(t, gateway.Config{})
	g, at := startGateway(t, gateway.Config{Certificate: gateway.CertificateRequired, CertificateOnly: true})
	entry := api.Entry{Name: "Office", Host: at.Addr().String(), Port: at.Port(), Mode: tunnel.ModeProxy}
	r.ask(api.MethodAddEntry, entry, &entry)
	use := func(choice string) {
		t.Helper()
		entry.Certificate = choice
		r.ask(api.MethodEditEntry, entry, &entry)
	}
	connects := func(choice string) tunnel.Snapshot {
		t.Helper()
		use(choice)
		r.must(api.MethodConnect, api.ConnectRequest{Entry: entry.ID, Once: true})
		s := r.ended()
		r.disconnect()
		return s
	}
	r.ask(api.MethodImportCertificates, api.ImportCertificates{Data: rootFile(g)}, nil)
	r.wantState(connects(api.CertificateAutomatic), tunnel.StateFailed, tunnel.CodeClientCertificate) // nothing of one's own
	var imported api.ImportedCertificates
	r.ask(api.MethodImportCertificates, api.ImportCertificates{Data: userFile(t, g, gateway.DefaultUser), Name: "Mine"}, &imported)
	if len(imported.Added) != 1 {
		t.Fatalf("imported %+v", imported)
	}
	r.wantState(connects(api.CertificateAutomatic), tunnel.StateConnected, "")
	r.wantState(connects("Mine"), tunnel.StateConnected, "")
	r.wantState(connects(api.CertificateDisabled), tunnel.StateFailed, tunnel.CodeClientCertificate)
	use("Other")
	wantCode(t, "a name that there is not", r.call(api.MethodConnect, api.ConnectRequest{Entry: entry.ID}), tunnel.CodeNotFound)
	r.ask(api.MethodDropCertificates, api.CertificateRef{Kind: api.CertificateUser, All: true}, nil)
	r.wantState(connects(api.CertificateAutomatic), tunnel.StateFailed, tunnel.CodeClientCertificate)
}

// TestWhoMayBringCertificates: a mere client brings the person's own, and who
// vouches for servers comes from the window or this process (design.md,
// security rule 6).
func TestWhoMayBringCertificates(t *testing.T) {
	r := newRig(t, gateway.Config{})
	faces := r.faces()
	g, _ := startGateway(t, gateway.Config{})
	root := rootFile(g)
	bring := func(face string, data []byte) error {
		return faces[face].Call(t.Context(), api.MethodImportCertificates, api.ImportCertificates{Data: data}, nil)
	}
	wantCode(t, "a client's authority", bring("client", root), tunnel.CodePolicy)
	if roots, _ := r.app.certs.Authorities(); len(roots) != 0 {
		t.Error("a client's authority is trusted")
	}
	wantCode(t, "a client's own certificate", bring("client", userFile(t, g, "mia")), "")
	wantCode(t, "the window's authority", bring("window", root), "")
	var list []api.Certificate
	if err := faces["client"].Call(t.Context(), api.MethodCertificates, api.CertificateQuery{}, &list); err != nil || len(list) != 2 {
		t.Errorf("%d are listed: %v", len(list), err)
	}
	wantCode(t, "a client deletes", faces["client"].Call(t.Context(), api.MethodDropCertificates,
		api.CertificateRef{Kind: api.CertificateAuthority, All: true}, nil), "")
}
