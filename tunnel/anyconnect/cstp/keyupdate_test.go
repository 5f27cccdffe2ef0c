package cstp

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKeyUpdate: a peer changes its keys within TLS 1.3 and asks us to change
// ours (RFC 8446, section 4.6.3), and packets go on both ways. Go's own server
// never does that, so OpenSSL is the peer.
func TestKeyUpdate(t *testing.T) {
	peer, address := opensslServer(t)
	var raw net.Conn
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var err error
		if raw, err = net.Dial("tcp", address); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	wire := NewBatchConn(raw)
	client := tls.Client(wire, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, DynamicRecordSizingDisabled: true})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	conn := NewConn(client, wire, nil)
	packets, served := make(chan string, 10), make(chan error, 1)
	go func() {
		served <- conn.Serve(func(bufs [][]byte, offset int) error {
			for _, b := range bufs {
				packets <- string(b[offset:])
			}
			return nil
		}, func(Type, []byte) error { return nil })
	}()
	defer func() {
		conn.Close()
		<-served
	}()
	for _, text := range []string{"first", "behind new keys", "behind newer keys"} {
		io.WriteString(peer.in, frame(Data, text))
		select {
		case got := <-packets:
			if got != text {
				t.Errorf("got %q, want %q", got, text)
			}
		case err := <-served:
			served <- err
			t.Fatalf("it ended: %v", err)
		case <-time.After(10 * time.Second):
			t.Fatalf("%q did not come", text)
		}
		if err := conn.Send([][]byte{packet("ours: " + text + "\n")}); err != nil {
			t.Fatal(err)
		}
		peer.until(t, "ours: "+text)
		io.WriteString(peer.in, "K\n")    // s_server's word for it
		time.Sleep(50 * time.Millisecond) // a command is one read of its standard input
	}
}

// openssl is a running openssl s_server.
type openssl struct {
	in    io.Writer
	lines chan string
}

// until waits for a line with a text in it.
func (o *openssl) until(t *testing.T, text string) {
	t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		select {
		case line, ok := <-o.lines:
			if !ok {
				t.Fatalf("openssl ended without %q", text)
			}
			if strings.Contains(line, text) {
				return
			}
		case <-timeout:
			t.Fatalf("the peer did not get %q", text)
		}
	}
}

// opensslServer starts openssl s_server on a free port of the loopback.
func opensslServer(t *testing.T) (*openssl, string) {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	command := exec.Command(path, "s_server", "-accept", address, "-tls1_3", "-cert", certificateFile(t))
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	o := &openssl{in: in, lines: make(chan string, 1000)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(o.lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			select {
			case o.lines <- scanner.Text():
			default:
			}
		}
	}()
	t.Cleanup(func() {
		in.Close()
		command.Process.Kill()
		<-read
		command.Wait()
	})
	return o, address
}

// certificateFile writes a certificate and its key.
func certificateFile(t testing.TB) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "server.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
