package enrol

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// inside says that this process is the one in a network of its own.
const inside = "TORII_TEST_SCEP_INSIDE"

// TestRealAuthority enrols and renews with the authority of Debian's package
// scep (MicroMDM's scepserver), which this project has no part in. It listens
// on every address that there is, so the test runs again in a network that has
// the loopback only.
func TestRealAuthority(t *testing.T) {
	if os.Getenv(inside) != "" {
		meetRealAuthority(t)
		return
	}
	for _, program := range []string{"scepserver", "unshare", "ip"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, err)
		}
	}
	arguments := []string{"--net"}
	if os.Getuid() != 0 {
		arguments = []string{"--map-root-user", "--net"}
	}
	if out, err := exec.CommandContext(t.Context(), "unshare", append(arguments, "true")...).CombinedOutput(); err != nil {
		missing(t, fmt.Errorf("no network of its own: %w: %s", err, out))
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "unshare", append(arguments, self, "-test.run=^TestRealAuthority$", "-test.v", "-test.timeout=2m")...)
	command.Env = append(os.Environ(), inside+"=1")
	out, err := command.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestRealAuthority/renew")) {
		t.Fatalf("%v\n%s", err, out)
	}
}

// missing skips a test, and fails it in CI.
func missing(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	t.Skip(err)
}

func meetRealAuthority(t *testing.T) {
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const challenge = "open sesame"
	address, authority := startReal(t, challenge)
	config := Config{URL: address, Fingerprint: (&Authority{Certificate: authority}).Fingerprint()}
	var first *Identity
	t.Run("enrol", func(t *testing.T) {
		var err error
		if first, err = try(t, config, Request{Challenge: challenge}); err != nil {
			t.Fatal(err)
		}
		wantIssued(t, first, authority)
		// It says AES and SHA-256, and answers with what was there before.
		if want := []Warning{WarnAnswerSHA1, WarnAnswerDES}; !slices.Equal(first.Warnings, want) {
			t.Errorf("the warnings are %v, want %v", first.Warnings, want)
		}
	})
	t.Run("by GET", func(t *testing.T) {
		c := client(t, config)
		a, err := c.Authority(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		a.Capabilities.POST = false
		identity, err := c.Enrol(t.Context(), a, Request{Subject: named(t, "gerda"), Challenge: challenge})
		if err != nil {
			t.Fatal(err)
		}
		wantIssued(t, identity, authority)
	})
	t.Run("wrong challenge", func(t *testing.T) {
		_, err := try(t, config, Request{Challenge: "open barley"})
		wantFault(t, "a wrong challenge", err, FaultRefused)
		if failed, ok := err.(*Error); ok && failed.Reason != ReasonRequest {
			t.Errorf("the reason is %q", failed.Reason)
		}
	})
	t.Run("another authority", func(t *testing.T) {
		_, err := try(t, Config{URL: address, Fingerprint: fmt.Sprintf("%064d", 0)}, Request{})
		wantFault(t, "another fingerprint", err, FaultMismatch)
	})
	t.Run("renew", func(t *testing.T) {
		if first == nil {
			t.Skip("there is nothing to renew")
		}
		c := client(t, config)
		a, err := c.Authority(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		old := &tls.Certificate{Certificate: [][]byte{first.Chain[0].Raw}, PrivateKey: first.Key}
		identity, err := c.Renew(t.Context(), a, Renewal{Old: old, Challenge: challenge})
		if err != nil {
			t.Fatal(err)
		}
		wantIssued(t, identity, authority)
		if identity.Key.Equal(first.Key) || !bytes.Equal(identity.Chain[0].RawSubject, first.Chain[0].RawSubject) {
			t.Error("the renewed identity has the old key or another name")
		}
	})
}

func named(t *testing.T, name string) []byte {
	t.Helper()
	subject, err := Subject([]Name{{"Name_CN", name}}, Replacements{})
	if err != nil {
		t.Fatal(err)
	}
	return subject
}

// wantIssued holds an identity to its authority and its key.
func wantIssued(t *testing.T, identity *Identity, authority *x509.Certificate) {
	t.Helper()
	leaf := identity.Chain[0]
	if err := leaf.CheckSignatureFrom(authority); err != nil {
		t.Error(err)
	}
	if !identity.Key.PublicKey.Equal(leaf.PublicKey) {
		t.Error("the key is another one's")
	}
	if !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
		t.Errorf("it is for %v", leaf.ExtKeyUsage)
	}
}

// startReal starts an authority and returns its address and certificate.
func startReal(t *testing.T, challenge string) (string, *x509.Certificate) {
	t.Helper()
	depot := filepath.Join(t.TempDir(), "depot")
	if out, err := exec.Command("scepserver", "ca", "-init", "-depot", depot, "-keySize", "2048").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(depot, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("no certificate in %q", text)
	}
	authority, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command("scepserver", "-depot", depot, "-port", "8080", "-challenge", challenge, "-allowrenew", "0", "-debug")
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
		if t.Failed() {
			t.Logf("the authority says:\n%s", log.String())
		}
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:8080")
		if err == nil {
			conn.Close()
			return "http://127.0.0.1:8080/scep", authority
		}
		if time.Now().After(deadline) {
			t.Fatalf("the authority does not listen: %v", err)
		}
	}
}
