package anyconnect

import (
	"crypto"
	"crypto/tls"
	"errors"
	"io"
	"time"

	"torii/tunnel"
)

// patient has a key sign for as long as it takes: one on a smart card may wait
// for a person, who types a PIN or touches the card. It also keeps what the key
// said, of which crypto/tls leaves a text only.
type patient struct {
	crypto.Signer
	handshake *handshaking
}

// patiently is a certificate whose key may take its time.
func (h *handshaking) patiently(certificate *tls.Certificate) *tls.Certificate {
	key, ok := certificate.PrivateKey.(crypto.Signer)
	if !ok {
		return certificate
	}
	same := *certificate
	same.PrivateKey = &patient{key, h}
	return &same
}

// Sign implements crypto.Signer.
func (p *patient) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	h := p.handshake
	h.raw.SetDeadline(time.Time{})
	start := time.Now()
	signature, err := p.Signer.Sign(random, digest, opts)
	h.gateway.excuse(start)
	h.limit()
	h.signing = err
	return signature, err
}

// signingError is the error of a handshake whose key did not sign; nil where it did.
func (h *handshaking) signingError() error {
	if h.signing == nil {
		return nil
	}
	if coded, ok := errors.AsType[*tunnel.Error](h.signing); ok {
		return coded
	}
	if h.ctx.Err() != nil {
		return contextError(h.ctx, "sign with the client certificate's key")
	}
	return tunnel.NewError(tunnel.CodeClientCertificate, "sign with the client certificate's key", h.signing)
}
