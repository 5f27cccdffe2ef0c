package app

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"torii/app/api"
	"torii/app/audit"
	"torii/app/certificates"
	"torii/app/control"
	"torii/app/settings"
	"torii/certstore/revoke"
	"torii/certstore/verify"
	"torii/tunnel"
)

// deciding is what failed, in the errors of a refused server.
const deciding = "verify the gateway"

// trust decides about the servers of one connection.
type trust struct {
	authorities *verify.Authorities
	pin         string // 64 hexadecimal digits; "" for none

	// blocks tells whether untrusted servers are refused without a way past.
	blocks func() bool
	// store knows the servers that the person accepted for good, and takes
	// further ones; nil for none.
	store acceptance
	// revocation is the setting of that name, and revoked who is asked; nil asks
	// nobody.
	revocation func() string
	revoked    *revoke.Checker
	// last is what a server showed at the last visit, and decided takes each
	// decision.
	last    func(host string, port uint16) (audit.Seen, bool)
	decided func(api.Decision)
	// noted is called when the notes have changed.
	noted func()

	mu sync.Mutex
	// accepted are the exact servers that the person let pass, for as long as
	// this connection is wanted.
	accepted map[decision]bool
	notes    []trustNote
}

// acceptance is the certificate store, as far as it is about servers.
type acceptance interface {
	// Accepts reports whether exactly this leaf was accepted for this server.
	Accepts(host string, port uint16, leaf *x509.Certificate) bool
	// Accept remembers that it was.
	Accept(host string, port uint16, leaf *x509.Certificate) error
	// Authorities are those that the person added.
	Authorities() (roots, intermediates []*x509.Certificate)
}

// decision is bound to what was seen.
type decision struct {
	host        string
	port        uint16
	fingerprint string
}

func newTrust(authorities *verify.Authorities, pin string, blocks func() bool) *trust {
	return &trust{
		authorities: authorities, pin: pin, blocks: blocks, accepted: map[decision]bool{},
		revocation: func() string { return settings.RevocationSoft },
		last:       func(string, uint16) (audit.Seen, bool) { return audit.Seen{}, false },
		decided:    func(api.Decision) {}, noted: func() {},
	}
}

// judge makes what decides about an entry's servers: with the authorities that
// the person added to the system's and the entry's, and what was accepted.
func (a *App) judge(entry api.Entry, authorities *verify.Authorities) *trust {
	roots, _ := a.certs.Authorities()
	for _, root := range roots {
		authorities.Add(root)
	}
	t := newTrust(authorities, entry.Pin, func() bool { return a.prefs.On(settings.BlockUntrustedServers) })
	t.store, t.revoked = a.certs, a.revoked
	t.revocation = func() string { return a.prefs.Value(settings.Revocation) }
	if !a.isPractice(entry.ID) { // it has a new certificate with each start
		t.last = a.audit.Last
	}
	t.decided = a.audited
	t.noted = func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.touch()
	}
	if entry.OldTLS {
		t.notes = []trustNote{{code: tunnel.NoteOldTLS, host: entry.Host, serious: true}}
	}
	return t
}

// watchServers opens what the decisions about servers stand on: who is asked
// about revocation, and the list of earlier decisions. A list that does not read
// is left alone, and this process keeps its own.
func (a *App) watchServers(options Options) {
	fetch := options.Fetch
	if fetch == nil {
		fetch = revoke.NewFetch(throughProxy)
	}
	a.revoked = revoke.New(revoke.Options{Fetch: fetch})
	var err error
	if a.audit, err = audit.Open(options.Dirs.State); err != nil {
		options.Log.WithError(err).Warn("the list of decisions about servers does not read; a new one is kept until Torii ends")
		a.audit = audit.InMemory()
	}
}

// audited keeps a decision. One that cannot be written is no reason to refuse
// or to accept anybody.
func (a *App) audited(d api.Decision) {
	if !a.audit.Add(d) {
		return
	}
	a.work.Go(func() {
		if err := a.audit.Save(); err != nil {
			a.options.Log.WithError(err).Warn("the list of decisions about servers cannot be written")
		}
	})
}

// decisions are those of the list, the newest first.
func (a *App) decisions(context.Context, control.Caller, none) ([]api.Decision, error) {
	return a.audit.All(), nil
}

// visited is a server that was looked at.
type visited struct {
	server tunnel.ServerIdentity
	seen   *tunnel.ServerCertificate // nil where it showed none
	wrong  wrong
	found  []string // the problems, in the doctor's codes
	// passes is why it passes where nothing is wrong.
	passes api.Chosen
	// silent: nobody told whether it was revoked, and that is tolerated.
	silent bool
	// before is the other certificate that it showed at the last visit.
	before  audit.Seen
	changed bool
}

// check is a tunnel.ServerVerifier: it is asked about each TLS connection, so
// for redirects and reconnects too, before a byte of a login is sent.
func (t *trust) check(ctx context.Context, server tunnel.ServerIdentity, ask tunnel.Asker) error {
	v := t.look(ctx, server)
	if ctx.Err() != nil && v.wrong != wrongNothing {
		return ctx.Err() // it was given up meanwhile, which is no finding
	}
	chosen, person, err := t.decide(ctx, v, ask)
	if chosen != "" {
		t.record(v, chosen, person)
	}
	return err
}

// look finds out what is wrong with a server.
func (t *trust) look(ctx context.Context, server tunnel.ServerIdentity) *visited {
	v := &visited{server: server, passes: api.ChosenTrusted}
	if len(server.Chain) == 0 {
		v.wrong, v.found = wrongMissing, []string{string(wrongMissing)}
		return v
	}
	v.seen = describeServer(server)
	v.before, v.changed = t.last(server.Host, server.Port)
	v.changed = v.changed && v.before.Fingerprint != v.seen.Fingerprint
	if t.pin != "" {
		v.passes = api.ChosenPinned
		if t.pin != v.seen.Fingerprint {
			v.wrong, v.found = wrongPin, []string{string(wrongPin)}
		}
		return v
	}
	chain := t.completed(server.Chain)
	problems := t.authorities.Check(chain, server.Host, time.Now())
	v.wrong = wrongOf(problems)
	for _, p := range problems {
		v.found = append(v.found, string(p))
	}
	// What was accepted for good is so only while it is valid (000, server
	// certificates), whether untrusted servers are blocked or not.
	if v.wrong == wrongUntrusted && t.store != nil && t.store.Accepts(server.Host, server.Port, server.Chain[0]) {
		v.wrong, v.passes = wrongNothing, api.ChosenImported
		return v
	}
	if v.wrong == wrongNothing {
		t.lookForRevocation(ctx, v, chain)
	}
	return v
}

// completed adds the intermediates that the person added: they stand in for
// those that the server does not send.
func (t *trust) completed(chain []*x509.Certificate) []*x509.Certificate {
	if t.store == nil {
		return chain
	}
	_, intermediates := t.store.Authorities()
	return slices.Concat(chain, intermediates)
}

// lookForRevocation asks whether a chain that is trusted otherwise was revoked
// (design.md, security rule 7). Where no certificate says whom to ask it costs
// nothing.
func (t *trust) lookForRevocation(ctx context.Context, v *visited, chain []*x509.Certificate) {
	mode := t.revocation()
	asks := func(c *x509.Certificate) bool { return len(c.OCSPServer)+len(c.CRLDistributionPoints) > 0 }
	if t.revoked == nil || mode == settings.Off || len(v.server.OCSP) == 0 && !slices.ContainsFunc(chain, asks) {
		return
	}
	hard := mode == settings.RevocationHard
	path := t.authorities.Path(chain, time.Now())
	result := t.revoked.Check(ctx, revoke.Question{Path: path, Stapled: v.server.OCSP, Anew: hard})
	if _, yes := result.Find(revoke.Revoked); yes {
		v.wrong, v.found = wrongRevoked, []string{string(wrongRevoked)}
		return
	}
	if _, silent := result.Find(revoke.Unreachable); silent || path == nil { // without a path nobody can be asked
		v.found = []string{string(wrongSilent)}
		if v.silent = !hard; hard {
			v.wrong = wrongSilent
		}
	}
}

// decide follows the table, and asks the person where it says so. chosen is ""
// where the connection was given up before anybody decided.
func (t *trust) decide(ctx context.Context, v *visited, ask tunnel.Asker) (chosen api.Chosen, person bool, err error) {
	row := trustRowOf(v.wrong, t.blocks())
	if row.code == "" {
		return v.passes, false, nil
	}
	refusal := tunnel.Errorf(row.code, deciding, "%v", v.found)
	if len(row.choices) == 0 {
		return api.ChosenRefused, false, refusal
	}
	this := decision{host: v.server.Host, port: v.server.Port, fingerprint: v.seen.Fingerprint}
	if row.mayContinue() && t.wasAccepted(this) {
		return "", false, nil // it was decided about in this connection
	}
	choices := row.choices
	if t.store == nil {
		choices = slices.DeleteFunc(slices.Clone(choices), func(c tunnel.Choice) bool { return c == tunnel.ChoiceImport })
	}
	v.seen.Problems = v.found
	if v.changed {
		v.seen.Problems = append(slices.Clone(v.found), string(tunnel.NoteCertificateChanged))
	}
	answer, err := ask(ctx, tunnel.Question{
		Kind: tunnel.QuestionUntrustedServer, Server: v.seen, Sensitive: true, Choices: choices,
	})
	if err != nil && ctx.Err() != nil {
		return "", false, err // the connection was given up meanwhile
	}
	if err != nil || !slices.Contains(choices, answer.Choice) {
		return api.ChosenCancel, true, refusal
	}
	switch answer.Choice {
	case tunnel.ChoiceContinue:
		t.accept(this)
		return api.ChosenContinue, true, nil
	case tunnel.ChoiceImport:
		if err := t.store.Accept(v.server.Host, v.server.Port, v.server.Chain[0]); err != nil {
			return api.ChosenRefused, true, err
		}
		return api.ChosenImport, true, nil
	case tunnel.ChoiceSettings:
		return api.ChosenSettings, true, refusal
	}
	return api.ChosenCancel, true, refusal
}

// record keeps a decision, and notes what the person should know of a server
// that passed.
func (t *trust) record(v *visited, chosen api.Chosen, person bool) {
	d := api.Decision{When: time.Now(), Host: v.server.Host, Port: v.server.Port, Found: slices.Clone(v.found), Chosen: chosen, Person: person}
	if v.seen != nil {
		d.Fingerprint, d.Subject, d.Issuer = v.seen.Fingerprint, v.seen.Subject, v.seen.Issuer
	}
	if v.changed {
		d.Found = append(d.Found, string(tunnel.NoteCertificateChanged))
	}
	t.decided(d)
	if !chosen.Passes() {
		return
	}
	host := v.server.Host
	if v.changed {
		t.note(trustNote{code: tunnel.NoteCertificateChanged, host: host, day: v.before.When})
	}
	if chosen == api.ChosenContinue {
		t.note(trustNote{code: tunnel.NoteAcceptedOnce, host: host, serious: true})
	}
	if v.silent {
		t.note(trustNote{code: tunnel.NoteRevocationUnreachable, host: host})
	} else {
		t.unnote(tunnel.NoteRevocationUnreachable, host)
	}
}

func (t *trust) wasAccepted(d decision) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.accepted[d]
}

func (t *trust) accept(d decision) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.accepted[d] = true
}

// describeServer is what a trust question shows.
func describeServer(server tunnel.ServerIdentity) *tunnel.ServerCertificate {
	leaf := server.Chain[0]
	print := sha256.Sum256(leaf.Raw)
	var names []string
	for _, name := range leaf.DNSNames {
		names = append(names, certificates.Readable(name))
	}
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return &tunnel.ServerCertificate{
		Host: server.Host, Port: server.Port, Fingerprint: hex.EncodeToString(print[:]),
		Subject: certificates.Readable(leaf.Subject.String()), Issuer: certificates.Readable(leaf.Issuer.String()), Names: names,
		NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter,
	}
}
