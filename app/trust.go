package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"torii/certstore/verify"
	"torii/tunnel"
)

// trust decides about the servers of one connection.
type trust struct {
	authorities *verify.Authorities
	pin         string // 64 hexadecimal digits; "" for none

	// blocks tells whether untrusted servers are refused without a way past.
	blocks func() bool

	mu sync.Mutex
	// accepted are the exact servers that the person let pass, for as long as
	// this connection is wanted.
	accepted map[decision]bool
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
	problems := t.authorities.Check(server.Chain, server.Host, time.Now())
	if len(problems) == 0 {
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
	answer, err := ask(ctx, tunnel.Question{
		Kind: tunnel.QuestionUntrustedServer, Server: seen, Sensitive: true, Choices: trustChoices(blocks),
	})
	if err != nil && ctx.Err() != nil {
		return err // the connection was given up meanwhile
	}
	if err != nil || answer.Choice != tunnel.ChoiceContinue {
		return tunnel.Errorf(tunnel.CodeServerCertificate, op, "%v", problems)
	}
	t.accept(this)
	return nil
}

// trustChoices are those of the two forms of the question (000, untrusted
// server): where blocking is on there is no way past, only to the setting.
func trustChoices(blocks bool) []tunnel.Choice {
	if blocks {
		return []tunnel.Choice{tunnel.ChoiceCancel, tunnel.ChoiceSettings}
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
