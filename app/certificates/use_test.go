package certificates

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"torii/app/api"
	"torii/tunnel"
)

const gateway = "vpn.example.com:443"

// shows asks what an entry's choice shows: the names of the leaf, "" for none.
func (r *rig) shows(choice string, asked *tls.CertificateRequestInfo) (string, error) {
	r.t.Helper()
	chooses, err := r.ForGateway(choice, gateway)
	if err != nil || chooses == nil {
		return "", err
	}
	shown, err := chooses(r.t.Context(), asked, nil)
	if err != nil || shown == nil {
		return "", err
	}
	digest := make([]byte, 32)
	if _, err := shown.PrivateKey.(crypto.Signer).Sign(rand.Reader, digest, crypto.SHA256); err != nil {
		r.t.Errorf("it does not sign: %v", err)
	}
	return shown.Leaf.Subject.CommonName, nil
}

func (r *rig) wantShows(what, choice string, asked *tls.CertificateRequestInfo, want string) {
	r.t.Helper()
	if got, err := r.shows(choice, asked); got != want || err != nil {
		r.t.Errorf("%s: it shows %q (%v), want %q", what, got, err, want)
	}
}

// TestThroughTheKeyring: the key is used after a restart, and what opens it is
// in the keyring.
func TestThroughTheKeyring(t *testing.T) {
	r := newRig(t)
	alice := issue(t, nil, "Alice", nil)
	added := r.add(api.ImportCertificates{Data: alice.both(t)})
	if added[0].Keeping != api.KeepInKeyring || added[0].Locked || added[0].Name != "Alice" {
		t.Errorf("added %+v", added[0])
	}
	r.reopen()
	r.wantShows("after a restart", "Alice", request(), "Alice")
	keyring.MockInit() // everything in it is gone
	r.reopen()
	_, err := r.shows("Alice", request())
	wantCode(t, "a keyring that lost it", err, tunnel.CodeClientCertificate)
	if !strings.Contains(detail(err), "lost what opens “Alice”") {
		t.Errorf("the detail is %q", detail(err))
	}
	keyring.MockInitWithError(errors.New("failed to unlock"))
	bob := issue(t, nil, "Bob", nil)
	imported, err := r.Import(t.Context(), api.ImportCertificates{Data: bob.both(t)}, false)
	if err != nil || imported.Want != api.WantKeep || len(imported.Added) != 0 {
		t.Errorf("a locked keyring: %+v, %v", imported, err)
	}
}

func TestPassphrase(t *testing.T) {
	r := newRig(t)
	data := issue(t, nil, "Alice", nil).both(t)
	for _, c := range []struct {
		keep, phrase string
		want         api.Want
	}{{api.KeepUnderPassphrase, "", api.WantPassphrase}, {api.KeepUnderPassphrase, "short", api.WantPassphrase}} {
		imported, err := r.Import(t.Context(), api.ImportCertificates{Data: data, Keep: c.keep, Passphrase: c.phrase}, false)
		if err != nil || imported.Want != c.want || len(imported.Added) != 0 {
			t.Errorf("%q: %+v, %v", c.phrase, imported, err)
		}
	}
	r.add(api.ImportCertificates{Data: data, Keep: api.KeepUnderPassphrase, Passphrase: "correct horse"})
	r.reopen()
	if list, err := r.List(api.CertificateQuery{Kind: api.CertificateUser}); err != nil || len(list) != 1 || !list[0].Locked {
		t.Errorf("after a restart: %+v, %v", list, err)
	}
	for _, choice := range []string{"Alice", api.CertificateAutomatic} {
		_, err := r.shows(choice, request())
		wantCode(t, "while it is locked", err, tunnel.CodeClientCertificate)
		if !strings.Contains(detail(err), "unlock it first") {
			t.Errorf("the detail is %q", detail(err))
		}
	}
	r.wantAsksPassphrase()
	r.reopen()
	wantCode(t, "a wrong passphrase", r.Unlock(t.Context(), "wrong horse"), tunnel.CodeInvalid)
	if imported, err := r.Import(t.Context(), api.ImportCertificates{
		Data: issue(t, nil, "Bob", nil).both(t), Keep: api.KeepUnderPassphrase, Passphrase: "another phrase",
	}, false); err != nil || imported.Want != api.WantOtherPassphrase {
		t.Errorf("another passphrase: %+v, %v", imported, err)
	}
	wantCode(t, "the passphrase", r.Unlock(t.Context(), "correct horse"), "")
	r.wantShows("unlocked", "Alice", request(), "Alice")
	if list, _ := r.List(api.CertificateQuery{}); len(list) != 1 || list[0].Locked {
		t.Errorf("unlocked: %+v", list)
	}
}

// wantAsksPassphrase has a connection ask the person: who gives up, who is wrong
// too often, and who knows it at the second attempt.
func (r *rig) wantAsksPassphrase() {
	r.t.Helper()
	var asked []tunnel.Question
	connect := func(choice string, phrases ...string) error {
		asked = nil
		chooses, err := r.ForGateway(choice, gateway)
		if err != nil {
			return err
		}
		shown, err := chooses(r.t.Context(), request(), func(_ context.Context, q tunnel.Question) (tunnel.Answer, error) {
			asked = append(asked, q)
			if len(asked) > len(phrases) {
				return tunnel.Answer{Choice: tunnel.ChoiceCancel}, nil
			}
			return tunnel.Answer{Choice: tunnel.ChoiceOK, Fields: map[string]tunnel.Secret{passphraseField: tunnel.NewSecret(phrases[len(asked)-1])}}, nil
		})
		if err == nil && (shown == nil || shown.Leaf.Subject.CommonName != "Alice") {
			r.t.Errorf("it shows %+v", shown)
		}
		return err
	}
	wantCode(r.t, "who gives up", connect("Alice"), tunnel.CodeCancelled)
	wantCode(r.t, "who gives up, automatic", connect(api.CertificateAutomatic), tunnel.CodeCancelled)
	wantCode(r.t, "who is wrong too often", connect("Alice", "a", "b", "c", "d", "e", "f"), tunnel.CodeClientCertificate)
	if len(asked) != mostAttempts {
		r.t.Errorf("asked %d times", len(asked))
	}
	wantCode(r.t, "who knows it", connect("Alice", "wrong horse", "correct horse"), "")
	if len(asked) != 2 || asked[0].Error != "" || asked[1].Error == "" || asked[1].Form.Attempt != 1 || !AsksPassphrase(asked[0]) ||
		!strings.Contains(asked[0].Message, "Alice") || strings.HasPrefix(asked[0].Form.Fields[0].Label, "certificates.") {
		r.t.Errorf("asked %+v", asked)
	}
	wantCode(r.t, "the next connection", connect("Alice"), "")
	if len(asked) != 0 {
		r.t.Error("it is asked for again")
	}
}

func TestChoices(t *testing.T) {
	r := newRig(t)
	acme, other := issue(t, nil, "Acme", authority), issue(t, nil, "Other", authority)
	until := func(days int) func(c *x509.Certificate) {
		return func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, days) }
	}
	r.wantShows("an empty store", api.CertificateAutomatic, request(), "")
	chooses, err := r.ForGateway(api.CertificateAutomatic, gateway)
	if err != nil {
		t.Fatal(err)
	}
	r.add(api.ImportCertificates{Data: issue(t, acme, "Short", until(10)).both(t)})
	if shown, err := chooses(t.Context(), request(), nil); err != nil || shown == nil || shown.Leaf.Subject.CommonName != "Short" {
		t.Errorf("what came in meanwhile is not shown: %v", err) // each connection chooses anew
	}
	r.add(api.ImportCertificates{Data: issue(t, other, "Long", until(300)).both(t)})
	r.add(api.ImportCertificates{Data: issue(t, acme, "Over", func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().AddDate(0, 0, -9), time.Now().AddDate(0, 0, -1)
	}).both(t)})
	r.wantShows("disabled", api.CertificateDisabled, request(), "")
	r.wantShows("by name", "Short", request(), "Short")
	r.wantShows("an expired one by its name", "Over", request(), "Over")
	r.wantShows("automatic", api.CertificateAutomatic, request(), "Long")
	r.wantShows("an issuer is named", api.CertificateAutomatic, request(acme), "Short")
	_, err = r.ForGateway("Nobody", gateway)
	wantCode(t, "a name that there is not", err, tunnel.CodeNotFound)
	named, err := r.ForGateway("Short", gateway)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Delete(api.CertificateRef{Certificate: "Short"}); err != nil {
		t.Fatal(err)
	}
	_, err = named(t.Context(), request(), nil)
	wantCode(t, "one that was deleted meanwhile", err, tunnel.CodeNotFound)
}

// TestWhatWorkedComesFirst: a connection that came up is remembered, one that
// did not is not.
func TestWhatWorkedComesFirst(t *testing.T) {
	r := newRig(t)
	for name, days := range map[string]int{"Short": 10, "Long": 300} {
		r.add(api.ImportCertificates{Data: issue(t, nil, name, func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, days) }).both(t)})
	}
	r.wantShows("by name", "Short", request(), "Short")
	r.wantShows("nothing has worked yet", api.CertificateAutomatic, request(), "Long")
	r.wantShows("by name, again", "Short", request(), "Short")
	if err := r.LetIn(gateway); err != nil {
		t.Fatal(err)
	}
	r.wantShows("it has worked", api.CertificateAutomatic, request(), "Short")
	r.reopen()
	r.wantShows("after a restart", api.CertificateAutomatic, request(), "Short")
	r.wantShows("another by name", "Long", request(), "Long")
	r.Forget(gateway) // the next connection, by password alone
	if err := r.LetIn(gateway); err != nil {
		t.Fatal(err)
	}
	r.wantShows("a connection without a certificate", api.CertificateAutomatic, request(), "Short")
}
