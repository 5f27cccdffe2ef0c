//go:build cgo && linux

package main_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"torii/certstore/token"
)

// The PINs of the cards in these tests.
const (
	userPIN = "246813579"
	soPIN   = "975318642"
)

// lacks ends a test that cannot run here; where CI is set that is a failure.
func lacks(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// run runs a tool to its end and returns what it printed.
func run(t *testing.T, environment []string, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...)
	command.Env = append(os.Environ(), environment...)
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, said.Bytes())
	}
	return out
}

// softhsm is a token that SoftHSM keeps in a folder of the test.
type softhsm struct {
	t         *testing.T
	module    string
	label     string
	authority *authority
}

// newSofthsm makes an empty token. It sets SOFTHSM2_CONF, so its test is not
// parallel.
func newSofthsm(t *testing.T) *softhsm {
	t.Helper()
	module := ""
	for _, path := range []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm.so"} {
		if _, err := os.Stat(path); err == nil {
			module = path
			break
		}
	}
	for _, program := range []string{"softhsm2-util", "pkcs11-tool"} {
		if _, err := exec.LookPath(program); err != nil || module == "" {
			lacks(t, "%s or SoftHSM's module is not installed; build/bootstrap installs it", program)
		}
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "softhsm2.conf")
	if err := os.Mkdir(filepath.Join(dir, "tokens"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", filepath.Join(dir, "tokens"))
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", conf)
	s := &softhsm{t: t, module: module, label: "Torii test card", authority: newAuthority(t)}
	run(t, nil, "softhsm2-util", "--init-token", "--free", "--label", s.label, "--pin", userPIN, "--so-pin", soPIN)
	return s
}

// tool runs pkcs11-tool on the token, logged in.
func (s *softhsm) tool(args ...string) []byte {
	s.t.Helper()
	return run(s.t, nil, "pkcs11-tool", append([]string{"--module", s.module, "--token-label", s.label, "--login", "--pin", userPIN}, args...)...)
}

// identity makes a key on the token, which never leaves it, and a certificate
// for it.
func (s *softhsm) identity(id, label, keyType string, more ...string) *x509.Certificate {
	s.t.Helper()
	c := s.authority.issue(s.t, label, s.pair(id, label, keyType, more...))
	s.store(id, label, c)
	return c
}

// pair makes a key on the token and returns its public half.
func (s *softhsm) pair(id, label, keyType string, more ...string) crypto.PublicKey {
	s.t.Helper()
	s.tool(append([]string{"--keypairgen", "--key-type", keyType, "--id", id, "--label", label, "--sensitive"}, more...)...)
	return s.public(id, keyType)
}

// public reads the public key of a pair. pkcs11-tool cannot write those on
// P-384 into a file, but prints their point, in an OCTET STRING.
func (s *softhsm) public(id, keyType string) crypto.PublicKey {
	s.t.Helper()
	if keyType != "EC:secp384r1" { // of which there is one on a token
		public, err := x509.ParsePKIXPublicKey(s.tool("--read-object", "--type", "pubkey", "--id", id))
		if err != nil {
			s.t.Fatalf("the public key %s: %v", id, err)
		}
		return public
	}
	said := string(s.tool("--list-objects", "--type", "pubkey"))
	_, point, _ := strings.Cut(said, "EC_POINT:   0461")
	point, _, _ = strings.Cut(point, "\n")
	raw, err := hex.DecodeString(point)
	if err != nil {
		s.t.Fatalf("the public key %s: %v in %s", id, err, said)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P384(), raw)
	if err != nil {
		s.t.Fatalf("the public key %s: %v in %s", id, err, said)
	}
	return public
}

// store puts a certificate on the token.
func (s *softhsm) store(id, label string, c *x509.Certificate) {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "certificate.der")
	if err := os.WriteFile(file, c.Raw, 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.tool("--write-object", file, "--type", "cert", "--id", id, "--label", label)
}

// authority issues the certificates: a root, and an intermediate below it.
type authority struct {
	root, intermediate *x509.Certificate
	key                *ecdsa.PrivateKey // the intermediate's
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	rootKey, key := newKey(t), newKey(t)
	template := func(name string) *x509.Certificate {
		return &x509.Certificate{
			Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		}
	}
	a := &authority{key: key}
	a.root = certify(t, template("Torii test root"), nil, rootKey.Public(), rootKey)
	a.intermediate = certify(t, template("Torii test intermediate"), a.root, key.Public(), rootKey)
	return a
}

// issue makes a certificate for a person.
func (a *authority) issue(t *testing.T, name string, public crypto.PublicKey) *x509.Certificate {
	t.Helper()
	return certify(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, a.intermediate, public, a.key)
}

// certify signs a certificate; parent is nil for its own.
func certify(t *testing.T, template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) *x509.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = serial, time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// module loads a library through the real torii-token; it ends with t.
func module(t *testing.T, path string) *token.Module {
	t.Helper()
	m := token.New(token.Options{Program: program(t), Path: path})
	t.Cleanup(m.Close)
	return m
}

// answers are what the person of a test types, one after the other.
type answers struct {
	t       *testing.T
	pins    []string
	prompts []token.Prompt
}

// errGivenUp is what a person says who types nothing more.
var errGivenUp = fmt.Errorf("the person gave up")

func (a *answers) ask(_ context.Context, prompt token.Prompt) (*token.PIN, error) {
	a.prompts = append(a.prompts, prompt)
	if len(a.prompts) > len(a.pins) {
		return nil, errGivenUp
	}
	return token.NewPIN([]byte(a.pins[len(a.prompts)-1])), nil
}

// welcome is what the server says to those who are let in.
const welcome = "welcome"

// shake does a TLS handshake with an identity at a server that wants one, and
// returns the certificates that arrived.
func shake(t *testing.T, a *authority, version uint16, certificate func(*tls.CertificateRequestInfo) (*tls.Certificate, error)) ([]*x509.Certificate, error) {
	t.Helper()
	key := newKey(t)
	roots := x509.NewCertPool()
	roots.AddCert(a.root)
	server := certify(t, &x509.Certificate{DNSNames: []string{"gate.test"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}},
		a.intermediate, key.Public(), a.key)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{server.Raw, a.intermediate.Raw}, PrivateKey: key}},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: roots, MinVersion: version, MaxVersion: version,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	type seen struct {
		chain []*x509.Certificate
		err   error
	}
	arrived := make(chan seen, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			arrived <- seen{err: err}
			return
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(time.Minute))
		side := conn.(*tls.Conn)
		err = side.Handshake()
		if err == nil {
			_, err = io.WriteString(side, welcome)
		}
		arrived <- seen{side.ConnectionState().PeerCertificates, err}
	}()
	dialer := &tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "gate.test", GetClientCertificate: certificate}}
	conn, err := dialer.DialContext(t.Context(), "tcp", listener.Addr().String())
	if err == nil {
		conn.SetDeadline(time.Now().Add(time.Minute))
		// TLS 1.3 refuses after the handshake.
		_, err = io.ReadFull(conn, make([]byte, len(welcome)))
		conn.Close()
	}
	listener.Close()
	heard := <-arrived
	if err != nil {
		return nil, err
	}
	return heard.chain, heard.err
}
