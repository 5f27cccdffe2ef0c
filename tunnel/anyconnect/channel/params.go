// Package channel makes a tunnel.Transport of the two channels of the
// AnyConnect protocol: CSTP over TLS, which always is there, and DTLS over
// UDP, which is faster and may come and go. Packets take DTLS while it is up;
// nobody above notices a change.
package channel

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/sirupsen/logrus"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
	"torii/tunnel/anyconnect/dtls"
)

// Params are what the answer to CONNECT says about the channels (facts page,
// section 3). Zero durations mean "off".
type Params struct {
	DPD       time.Duration // X-CSTP-DPD
	Keepalive time.Duration // X-CSTP-Keepalive
	// Rekey and RekeyMethod ("none", "ssl", "new-tunnel") say when the TLS
	// channel wants new keys, and how (X-CSTP-Rekey-Time, -Rekey-Method).
	Rekey       time.Duration
	RekeyMethod string
	// DTLS is nil where the gateway offered none.
	DTLS *DTLSParams
}

// DTLSParams are the UDP half of Params (the X-DTLS headers).
type DTLSParams struct {
	Port      uint16
	MTU       int // bytes of an inner packet, X-DTLS-MTU; 0 where it is not said
	DPD       time.Duration
	Keepalive time.Duration
	Rekey     time.Duration
	// Handshake holds the keys that both ends agreed on over TLS.
	Handshake dtls.Config
}

// Config makes a Transport.
type Config struct {
	// TLS is the connection that CONNECT was answered on, over Wire. Early
	// holds what was read from it behind the answer.
	TLS   *tls.Conn
	Wire  *cstp.BatchConn
	Early []byte

	Settings tunnel.Settings
	Params   Params

	// DialUDP opens the UDP connection to the gateway's DTLS port; nil keeps
	// to TLS.
	DialUDP func(ctx context.Context) (net.Conn, error)
	Log     logrus.FieldLogger
}

// longestRekey is the longest time that is a wish: gateways that leave new
// keys to TLS 1.3 say "a year", and some let it overflow.
const longestRekey = 180 * 24 * time.Hour

// rekeyAfter is when the whole tunnel wants to be replaced; 0 for never. Go
// cannot start a renegotiation, so "ssl" means a new tunnel up to TLS 1.2; from
// TLS 1.3 on either end changes keys within the connection, unasked.
func (p Params) rekeyAfter(version uint16) time.Duration {
	wanted := p.RekeyMethod == "new-tunnel" || p.RekeyMethod == "ssl" && version <= tls.VersionTLS12
	if !wanted || p.Rekey <= 0 || p.Rekey > longestRekey {
		return 0
	}
	return p.Rekey
}
