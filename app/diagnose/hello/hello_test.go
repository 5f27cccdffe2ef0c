package hello

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair is a self-signed certificate.
func pair(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der, der}, PrivateKey: key}
}

// meet says a hello to a server with that configuration.
func meet(t *testing.T, config *tls.Config, offer Offer) (*Answer, error) {
	t.Helper()
	near, far := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer far.Close()
		tls.Server(far, config).Handshake() // it cannot go through
	}()
	defer func() { near.Close(); <-done }()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return Try(ctx, near, offer)
}

func TestTry(t *testing.T) {
	own := pair(t)
	for _, c := range []struct {
		name     string
		min, max uint16
		suites   []uint16
		asks     tls.ClientAuthType
		offer    Offer
		version  uint16
		suite    uint16
		alert    uint8
		chain    int
	}{
		{name: "TLS 1.2", max: tls.VersionTLS12, offer: Offer{Version: tls.VersionTLS12, Suites: AllSuites()},
			version: tls.VersionTLS12, suite: tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, chain: 2},
		{name: "TLS 1.0", min: tls.VersionTLS10, max: tls.VersionTLS10, offer: Offer{Version: tls.VersionTLS12, Suites: AllSuites(), OldGroups: true},
			version: tls.VersionTLS10, suite: tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, chain: 2},
		{name: "it asks for a certificate", max: tls.VersionTLS12, asks: tls.RequireAnyClientCert,
			offer: Offer{Name: "a.example.test", Version: tls.VersionTLS12, Suites: AllSuites()}, version: tls.VersionTLS12,
			suite: tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, chain: 2},
		{name: "no suite in common", max: tls.VersionTLS12, offer: Offer{Version: tls.VersionTLS12, Suites: []uint16{0x0039}}, alert: 40},
		{name: "too new for it", max: tls.VersionTLS12, offer: Offer{Version: tls.VersionTLS13, Suites: ThirteenSuites()}, alert: 70},
		{name: "too old for it", min: tls.VersionTLS13, offer: Offer{Version: tls.VersionTLS12, Suites: AllSuites()}, alert: 70},
		{name: "TLS 1.3", offer: Offer{Version: tls.VersionTLS13, Suites: []uint16{tls.TLS_AES_256_GCM_SHA384}},
			version: tls.VersionTLS13, suite: tls.TLS_AES_256_GCM_SHA384},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: c.min, MaxVersion: c.max, ClientAuth: c.asks}
			got, err := meet(t, config, c.offer)
			if err != nil {
				t.Fatal(err)
			}
			if got.Version != c.version || got.Suite != c.suite || got.Alert != c.alert || len(got.Chain) != c.chain {
				t.Errorf("answered %04x %s, alert %d, %d certificates", got.Version, SuiteName(got.Suite), got.Alert, len(got.Chain))
			}
			if got.Requested != (c.asks != 0) {
				t.Errorf("it asks for a certificate: %v", got.Requested)
			}
			for _, der := range got.Chain {
				if !slices.Equal(der, own.Certificate[0]) {
					t.Error("another certificate came")
				}
			}
		})
	}
}

// TestReadInPieces: messages lie across records as they like.
func TestReadInPieces(t *testing.T) {
	whole := answerOf(t)
	want, err := Read(&pieces{rest: whole, size: len(whole)})
	if err != nil {
		t.Fatal(err)
	}
	for size := 1; size < 20; size++ {
		got, err := Read(&pieces{rest: whole, size: size})
		if err != nil || got.Suite != want.Suite || len(got.Chain) != len(want.Chain) {
			t.Errorf("in pieces of %d: %+v, %v", size, got, err)
		}
	}
}

// TestReadRubbish: what is no TLS is told from what breaks off.
func TestReadRubbish(t *testing.T) {
	for _, c := range []struct {
		name, text string
		notTLS     bool
	}{
		{"a web server", "HTTP/1.1 400 Bad Request\r\n\r\n", true},
		{"a secure shell", "SSH-2.0-x\r\n", true},
		{"one letter", "H", true},
		{"nothing", "", false},
		{"half a header", "\x16\x03\x01", false},
		{"half a record", "\x16\x03\x01\x00\x10\x02", false},
		{"a record that is too large", "\x16\x03\x01\xff\xff", true},
		{"a hello that is too short", "\x16\x03\x03\x00\x06\x02\x00\x00\x02\x03\x03", false},
		{"certificates that are longer than their message", "\x16\x03\x03\x00\x07\x0b\x00\x00\x03\x00\x00\x09", false},
	} {
		answer, err := Read(&pieces{rest: []byte(c.text), size: 64})
		_, notTLS := errors.AsType[*NotTLSError](err)
		if err == nil || notTLS != c.notTLS {
			t.Errorf("%s: %+v, %v", c.name, answer, err)
		}
	}
}

// answerOf are the bytes of a real answer.
func answerOf(t testing.TB) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	near, far := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer far.Close()
		config := &tls.Config{
			Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MaxVersion: tls.VersionTLS12,
			ClientAuth: tls.RequestClientCert,
		}
		tls.Server(far, config).Handshake()
	}()
	heard := &recorder{conn: near}
	message, err := Offer{Version: tls.VersionTLS12, Suites: AllSuites()}.message()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := near.Write(message); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(heard); err != nil {
		t.Fatal(err)
	}
	near.Close()
	<-done
	return heard.heard
}

type recorder struct {
	conn  net.Conn
	heard []byte
}

func (r *recorder) Read(b []byte) (int, error) {
	n, err := r.conn.Read(b)
	r.heard = append(r.heard, b[:n]...)
	return n, err
}

// FuzzRead feeds answers of any shape.
func FuzzRead(f *testing.F) {
	f.Add(answerOf(f))
	f.Add([]byte("\x15\x03\x01\x00\x02\x02\x28"))
	f.Add([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		answer, err := Read(&pieces{rest: text, size: 1 << 10})
		if (answer == nil) == (err == nil) {
			t.Fatalf("answer %+v and error %v", answer, err)
		}
		if answer == nil {
			return
		}
		if (answer.Version == 0) == (answer.Alert == 0) && answer.Alert != 0 {
			t.Errorf("refused and agreed at once: %+v", answer)
		}
		total := 0
		for _, der := range answer.Chain {
			total += len(der)
		}
		if total > len(text) {
			t.Errorf("%d bytes of certificates came in %d", total, len(text))
		}
	})
}
