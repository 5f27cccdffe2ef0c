package app

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"torii/app/certificates"
	"torii/certstore/verify"
	"torii/tunnel"
)

// trust decides about the servers of one connection.
type trust struct {
	authorities *verify.Authorities
	pin         string // 64 hexadecimal digits; "" for none

	// blocks tells whether untrusted servers are refused without a way past.
	blocks func() bool

	// store knows the servers that the person accepted for good, and takes
	// further ones; nil for none.
	store acceptance

	mu sync.Mutex
	// accepted are the exact servers that the person let pass, for as long as
	// this connection is wanted.
	accepted map[decision]bool
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
	return &trust{authorities: authorities, pin: pin, blocks: blocks, accepted: map[decision]bool{}}
}

// check is a tunnel.ServerVerifier.
func (t *trust) check(ctx context.Context, server tunnel.ServerIdentity, ask tunnel.Asker) error {
	const op = "verify the gateway"
	if len(server.Chain) == 0 {
		return tunnel.Errorf(tunnel.CodeServerCertificate, op, "the server showed no certificate")
	}
	seen := describeServer(server)
	if t.pin != "" {
		if t.pin == seen.Fingerprint {
			return nil
		}
		return tunnel.Errorf(tunnel.CodeServerCertificate, op, "the certificate is %s and not the one that is expected", seen.Fingerprint)
	}
	problems := t.problems(server)
	// What was accepted for good is so only while it is valid (000, server
	// certificates), whether untrusted servers are blocked or not.
	importable := t.store != nil && certificates.MayAccept(problems)
	if len(problems) == 0 || importable && t.store.Accepts(server.Host, server.Port, server.Chain[0]) {
		return nil
	}
	for _, p := range problems {
		seen.Problems = append(seen.Problems, string(p))
	}
	this := decision{host: server.Host, port: server.Port, fingerprint: seen.Fingerprint}
	blocks := t.blocks()
	if !blocks && t.wasAccepted(this) {
		return nil
	}
	choices := trustChoices(blocks, importable)
	answer, err := ask(ctx, tunnel.Question{
		Kind: tunnel.QuestionUntrustedServer, Server: seen, Sensitive: true, Choices: choices,
	})
	if err != nil && ctx.Err() != nil {
		return err // the connection was given up meanwhile
	}
	if err == nil && slices.Contains(choices, answer.Choice) {
		switch answer.Choice {
		case tunnel.ChoiceContinue:
			t.accept(this)
			return nil
		case tunnel.ChoiceImport:
			return t.store.Accept(server.Host, server.Port, server.Chain[0])
		}
	}
	return tunnel.Errorf(tunnel.CodeServerCertificate, op, "%v", problems)
}

// problems verifies a server. Intermediates that the person added stand in for
// those that the server does not send.
func (t *trust) problems(server tunnel.ServerIdentity) []verify.Problem {
	chain := server.Chain
	if t.store != nil {
		_, intermediates := t.store.Authorities()
		chain = slices.Concat(chain, intermediates)
	}
	return t.authorities.Check(chain, server.Host, time.Now())
}

// trustChoices are those of the two forms of the question (000, untrusted
// server): where blocking is on there is no way past, only to the setting, and
// only a valid certificate can be accepted for good.
func trustChoices(blocks, importable bool) []tunnel.Choice {
	switch {
	case blocks:
		return []tunnel.Choice{tunnel.ChoiceCancel, tunnel.ChoiceSettings}
	case importable:
		return []tunnel.Choice{tunnel.ChoiceCancel, tunnel.ChoiceContinue, tunnel.ChoiceImport}
	}
	return []tunnel.Choice{tunnel.ChoiceCancel, tunnel.ChoiceContinue}
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
	names := append([]string(nil), leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return &tunnel.ServerCertificate{
		Host: server.Host, Port: server.Port, Fingerprint: hex.EncodeToString(print[:]),
		Subject: leaf.Subject.String(), Issuer: leaf.Issuer.String(), Names: names,
		NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter,
	}
}
