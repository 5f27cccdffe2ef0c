package api

import "torii/tunnel"

// Probe is what answered at a server's address.
type Probe struct {
	// Gateway is the protocol that the server speaks ("anyconnect"); "" where
	// that was not found out.
	Gateway string `json:"gateway,omitempty"`
	// Server is the certificate that it showed; nil where nothing got so far. It
	// is trusted where it has no Problems. A server that is not trusted is not
	// asked what it speaks.
	Server *tunnel.ServerCertificate `json:"server,omitempty"`
	// Code is why no gateway was seen ("unreachable", "name-not-found", "tls",
	// "timeout", "protocol"), or what it wants first ("client-certificate").
	Code tunnel.Code `json:"code,omitempty"`
	// Milliseconds is how long it took.
	Milliseconds int64 `json:"milliseconds"`
}
