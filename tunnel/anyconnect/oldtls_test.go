package anyconnect_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptest"
	"testing"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
)

// TestOldTLS: what is older than TLS 1.2, or has no forward secrecy, is spoken
// where the entry allows it and nowhere else.
func TestOldTLS(t *testing.T) {
	for name, change := range map[string]func(c *tls.Config){
		"TLS 1.0": func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS10 },
		"TLS 1.1": func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS11, tls.VersionTLS11 },
		"RSA key exchange": func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
		},
	} {
		server := httptest.NewUnstartedServer(nil)
		server.TLS = &tls.Config{}
		change(server.TLS)
		server.StartTLS()
		at := server.Listener.Addr().(*net.TCPAddr)
		for _, old := range []bool{false, true} {
			reached := false
			cfg := tunnel.Config{Protocol: anyconnect.Protocol, Host: "127.0.0.1", Port: uint16(at.Port), OldTLS: old,
				Verify: func(context.Context, tunnel.ServerIdentity, tunnel.Asker) error {
					reached = true
					return errors.New("seen enough")
				}}
			want := tunnel.CodeTLS
			if old {
				want = tunnel.CodeServerCertificate
			}
			if err := run(t, cfg); tunnel.CodeOf(err) != want || reached != old {
				t.Errorf("%s, allowed %v: its certificate was seen %v, %v", name, old, reached, err)
			}
		}
		server.Close()
	}
}
