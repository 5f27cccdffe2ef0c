package cli_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/ocsp"
)

// startServer: `server KIND` starts a server that asks for a login again and
// again, with a certificate of a kind: good, self-signed, not-yet-valid, usage,
// revoked (it brings its authority's word along), silent (nobody answers whether
// it was revoked), or old-tls (good, but TLS 1.1 is the newest). $GATEWAY is its
// address and ca.pem its authority.
func startServer(ts *testscript.TestScript, _ bool, args []string) {
	const form = `<?xml version="1.0" encoding="UTF-8"?>
<config-auth client="vpn" type="auth-request" aggregate-auth-version="2"><auth id="main"><form method="post" action="/auth">
<input type="password" name="password" label="Password:"></input></form></auth></config-auth>`
	authority, authorityKey := issue(ts, nil, nil, func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage = true, true, x509.KeyUsageCertSign, nil
	})
	kind := args[0]
	issuer, issuerKey := authority, authorityKey
	if kind == "self-signed" {
		issuer, issuerKey = nil, nil
	}
	leaf, key := issue(ts, issuer, issuerKey, func(c *x509.Certificate) {
		switch kind {
		case "not-yet-valid":
			c.NotBefore = time.Now().Add(time.Hour)
		case "usage":
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		case "silent":
			c.OCSPServer = []string{"http://127.0.0.1/"} // where Torii does not go
		}
	})
	shown := tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}
	if kind == "revoked" {
		var err error
		shown.OCSPStaple, err = ocsp.CreateResponse(authority, authority, ocsp.Response{
			Status: ocsp.Revoked, SerialNumber: leaf.SerialNumber, RevokedAt: time.Now().Add(-time.Minute),
			ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour),
		}, authorityKey)
		ts.Check(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		io.WriteString(w, form)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{shown}}
	if kind == "old-tls" {
		server.TLS.MinVersion, server.TLS.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	}
	server.StartTLS()
	ts.Defer(server.Close)
	ts.Setenv("GATEWAY", server.Listener.Addr().String())
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw}), 0o600))
}

// issue makes a certificate for 127.0.0.1 that issuer signs; nil signs it
// itself.
func issue(ts *testscript.TestScript, issuer *x509.Certificate, issuerKey crypto.Signer, change func(c *x509.Certificate)) (*x509.Certificate, crypto.Signer) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "server"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	change(template)
	signer := issuerKey
	if issuer == nil {
		issuer, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), signer)
	ts.Check(err)
	certificate, err := x509.ParseCertificate(der)
	ts.Check(err)
	return certificate, key
}
