package diagnose

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"torii/app/api"
	"torii/tunnel"
)

// TestForeignServers looks at what Go's server cannot be: servers of OpenSSL and
// GnuTLS with protocols of the past, and with keys that Go does not make.
func TestForeignServers(t *testing.T) {
	trees := plant(t)
	for _, c := range foreignServers() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := trees.visit(t)
			c.serve(v)
			report := v.examine()
			complete(t, report)
			if got := ill(report); got != c.want {
				t.Errorf("found %q, want %q\n%+v\n%+v", got, c.want, report, report.Error)
			}
			if code := report.Failing(); code != c.code {
				t.Errorf("a connect would end with %q, want %q; the error is %+v", code, c.code, report.Error)
			}
			if code, ok := v.connect(); ok && api.ExitCode(code) != api.ExitCode(c.code) {
				t.Errorf("a connect does end with %q, want %q", code, c.code)
			}
		})
	}
}

func foreignServers() []badServer {
	good := func(v *visit) *party { return issue(v.t, v.tree.root, "leaf", rsaKey(v.t, 2048)) }
	return []badServer{
		{"OpenSSL, all is well", func(v *visit) {
			v.loginFails = true
			v.openssl(good(v))
		}, "", ""},
		{"OpenSSL with TLS 1.0", func(v *visit) {
			v.openssl(good(v), "-tls1", "-cipher", "ALL:@SECLEVEL=0")
		}, "tls-version", tunnel.CodeTLS},
		{"OpenSSL with TLS 1.0 and RSA key exchange", func(v *visit) {
			v.openssl(good(v), "-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0")
		}, "tls-suite tls-version", tunnel.CodeTLS},
		{"OpenSSL with DHE", func(v *visit) {
			v.openssl(good(v), "-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384")
		}, "tls-suite", tunnel.CodeTLS},
		{"OpenSSL with Camellia, expired", func(v *visit) {
			v.openssl(issue(v.t, v.tree.root, "leaf", rsaKey(v.t, 2048), expired), "-tls1_2", "-cipher", "CAMELLIA256-SHA:@SECLEVEL=0")
		}, "expired tls-suite", tunnel.CodeTLS},
		{"OpenSSL with CCM of TLS 1.3", func(v *visit) {
			v.openssl(good(v), "-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256")
		}, "tls-suite", tunnel.CodeTLS},
		{"OpenSSL with a curve of long ago", func(v *visit) {
			v.openssl(good(v), "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256", "-curves", "secp256k1")
		}, "tls-suite", tunnel.CodeTLS},
		{"OpenSSL wants a certificate, TLS 1.2", func(v *visit) {
			v.openssl(good(v), "-tls1_2", "-Verify", "1")
		}, "client-certificate", tunnel.CodeClientCertificate},
		{"OpenSSL wants a certificate, TLS 1.3", func(v *visit) {
			v.openssl(good(v), "-tls1_3", "-Verify", "1")
		}, "client-certificate", tunnel.CodeClientCertificate},
		{"OpenSSL wants a certificate, TLS 1.1", func(v *visit) {
			v.openssl(good(v), "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-Verify", "1")
		}, "tls-version", tunnel.CodeTLS},
		{"OpenSSL with a tiny key", func(v *visit) {
			v.opensslWith(v.made("rsa:512"))("-tls1_2", "-cipher", "ALL:@SECLEVEL=0")
		}, "self-signed weak-key", tunnel.CodeServerCertificate},
		{"OpenSSL with P-224", func(v *visit) {
			v.loginFails = true // the engine does not get to see the certificate
			v.opensslWith(v.made("ec", "-pkeyopt", "ec_paramgen_curve:P-224"))("-tls1_2", "-cipher", "ALL:@SECLEVEL=0")
		}, "self-signed weak-key", tunnel.CodeServerCertificate},
		{"GnuTLS, all is well", func(v *visit) {
			v.loginFails = true
			v.gnutls(good(v), "NORMAL")
		}, "", ""},
		{"GnuTLS with TLS 1.1", func(v *visit) {
			v.gnutls(good(v), "NORMAL:-VERS-ALL:+VERS-TLS1.1:+SIGN-ALL:+SHA1:%COMPAT")
		}, "tls-version", tunnel.CodeTLS},
		{"GnuTLS with RSA key exchange", func(v *visit) {
			v.gnutls(good(v), "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA")
		}, "tls-suite", tunnel.CodeTLS},
		{"GnuTLS with ChaCha20, for FIPS, for another name", func(v *visit) {
			v.options.FIPS = true
			v.gnutls(issue(v.t, v.tree.root, "leaf", rsaKey(v.t, 2048), named("mail.example.test")), "NORMAL:-CIPHER-ALL:+CHACHA20-POLY1305")
		}, "fips name-mismatch", tunnel.CodeTLS},
	}
}

// made has OpenSSL make a self-signed certificate with a key that Go refuses to
// make.
func (v *visit) made(key string, options ...string) (certificate, keyFile string) {
	v.t.Helper()
	dir := v.t.TempDir()
	certificate, keyFile = filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "key.pem")
	arguments := append([]string{"req", "-x509", "-newkey", key}, options...)
	arguments = append(arguments, "-nodes", "-keyout", keyFile, "-out", certificate, "-days", "30", "-subj", "/CN=leaf",
		"-addext", "subjectAltName=DNS:"+host)
	if out, err := exec.CommandContext(v.t.Context(), tool(v.t, "openssl"), arguments...).CombinedOutput(); err != nil {
		v.t.Fatalf("openssl req: %v\n%s", err, out)
	}
	return certificate, keyFile
}

// openssl serves a party with openssl s_server, which sends every line back
// reversed.
func (v *visit) openssl(p *party, options ...string) {
	v.t.Helper()
	v.opensslWith(p.files(v.t))(options...)
}

// opensslWith is openssl with files.
func (v *visit) opensslWith(certificates, key string) func(options ...string) {
	return func(options ...string) {
		v.t.Helper()
		v.run(func(port uint16) *exec.Cmd {
			arguments := []string{"s_server", "-accept", fmt.Sprintf("127.0.0.1:%d", port), "-cert", certificates,
				"-key", key, "-rev", "-naccept", "20"}
			return exec.Command(tool(v.t, "openssl"), append(arguments, options...)...)
		})
	}
}

// gnutls serves a party with gnutls-serv.
func (v *visit) gnutls(p *party, priority string) {
	v.t.Helper()
	certificates, key := p.files(v.t)
	v.run(func(port uint16) *exec.Cmd {
		return exec.Command(tool(v.t, "gnutls-serv"), "--http", "--port", fmt.Sprint(port), "--x509certfile", certificates,
			"--x509keyfile", key, "--priority", priority, "--disable-client-cert")
	})
}

// tool finds a program of others; a machine for tests has it.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

// run starts a server on a free port and waits until it listens; it ends with
// the test. Somebody else may take the port first, so there are three tries.
func (v *visit) run(make func(port uint16) *exec.Cmd) {
	v.t.Helper()
	var said string
	for range 3 {
		port := freePort(v.t)
		ok, complaint := v.start(make(port), port)
		if ok {
			v.target.Port = port
			return
		}
		said = complaint
	}
	v.t.Fatalf("the server does not listen:\n%s", said)
}

// start starts a server and reports whether it listens, or what it said.
func (v *visit) start(command *exec.Cmd, port uint16) (ok bool, complaint string) {
	v.t.Helper()
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		v.t.Fatal(err)
	}
	ended := wait(command)
	v.t.Cleanup(func() {
		command.Process.Kill()
		<-ended
		if v.t.Failed() {
			v.t.Logf("%s said:\n%s", strings.Join(command.Args, " "), said.String())
		}
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-ended:
			return false, said.String()
		default:
		}
		if listening(port) {
			return true, ""
		}
	}
	return false, "it is not ready in time"
}

func wait(command *exec.Cmd) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var status *exec.ExitError
		if err := command.Wait(); err != nil && !errors.As(err, &status) {
			panic(err)
		}
	}()
	return ended
}

// listening reports whether somebody accepts connections.
func listening(port uint16) bool {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
