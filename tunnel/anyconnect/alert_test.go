package anyconnect_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"testing"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
)

// TestAGatewayWithoutACertificateSaysHandshakeFailure: a server of TLS 1.2 that
// wants a certificate may refuse by that alert (RFC 5246, section 7.4.6). One
// that wants none means something else by it.
func TestAGatewayWithoutACertificateSaysHandshakeFailure(t *testing.T) {
	for _, c := range []struct {
		asks tls.ClientAuthType
		want tunnel.Code
	}{{tls.RequireAnyClientCert, tunnel.CodeClientCertificate}, {tls.NoClientCert, tunnel.CodeTLS}} {
		config, _ := identity(t)
		config.MaxVersion, config.ClientAuth = tls.VersionTLS12, c.asks
		if c.asks == tls.NoClientCert {
			config.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA} // none in common
		}
		address := server(t, func(raw net.Conn) {
			tls.Server(gruff{raw}, config).Handshake() // it fails, as it must
		})
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			t.Fatal(err)
		}
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		cfg := tunnel.Config{Host: host, Port: uint16(number),
			Verify: func(context.Context, tunnel.ServerIdentity, tunnel.Asker) error { return nil }}
		_, err = anyconnect.New(nil).Login(t.Context(), cfg, (&person{}).ask, nil)
		if got := tunnel.CodeOf(err); got != c.want {
			t.Errorf("asking %v, it ends with %q: %v; want %q", c.asks, got, err, c.want)
		}
	}
}

// gruff says of every failure that the handshake failed.
type gruff struct{ net.Conn }

func (g gruff) Write(b []byte) (int, error) {
	const alert, failure = 21, 40
	if len(b) == 7 && b[0] == alert {
		b = bytes.Clone(b)
		b[6] = failure
	}
	return g.Conn.Write(b)
}
