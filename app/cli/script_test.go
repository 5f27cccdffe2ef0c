package cli_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"software.sslmate.com/src/go-pkcs12"

	"torii/tunnel/gateway"
)

// TestMain builds the programs as they are shipped: without cgo.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "torii-cli-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	build := exec.Command("go", "build", "-o", dir, "torii/app/cmd/toriictl", "torii/app/cmd/torii")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	code := 1
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the programs: %v\n%s", err, out)
	} else {
		os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// TestScripts runs toriictl against gateways on the loopback; each script has a
// home of its own. What they add to testscript's commands is described below.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/scripts",
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			run := filepath.Join(env.WorkDir, "run")
			for _, dir := range []string{home, run} {
				if err := os.Mkdir(dir, 0o700); err != nil {
					return err
				}
			}
			env.Setenv("HOME", home)
			env.Setenv("XDG_RUNTIME_DIR", run)
			env.Setenv("TORII_HELPER", filepath.Join(run, "helper.sock"))
			env.Setenv("LANG", "C.UTF-8")
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "root" {
				return false, fmt.Errorf("there is no condition %q", name)
			}
			return os.Getuid() == 0, nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"gateway": startGateway, "server": startServer, "certgateway": startCertGateway, "certfiles": certFiles, "ssogateway": startSSOGateway, "closedport": closedPort,
			"foreignhelper": foreignHelper, "exits": exits, "until": until,
		},
	})
}

// startGateway: `gateway [FAULT]` starts a gateway; $GATEWAY is its address
// and ca.pem its authority.
func startGateway(ts *testscript.TestScript, _ bool, args []string) {
	fault, err := gateway.ParseFault(strings.Join(args, ""))
	ts.Check(err)
	g, err := gateway.New(gateway.Config{Names: []string{"127.0.0.1"}, Fault: fault})
	ts.Check(err)
	ts.Defer(func() { g.Close() })
	at, err := g.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	ts.Check(err)
	ts.Setenv("GATEWAY", at.String())
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.CA().Raw})
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), ca, 0o600))
}

// startCertGateway: `certgateway FILE PASSWORD` starts a gateway that logs in by
// a certificate alone, and puts one for it into a PKCS#12 file.
func startCertGateway(ts *testscript.TestScript, _ bool, args []string) {
	g, err := gateway.New(gateway.Config{Names: []string{"127.0.0.1"}, Certificate: gateway.CertificateRequired, CertificateOnly: true})
	ts.Check(err)
	ts.Defer(func() { g.Close() })
	at, err := g.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	ts.Check(err)
	ts.Setenv("GATEWAY", at.String())
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.CA().Raw})
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), ca, 0o600))
	made, err := g.UserCertificate(gateway.DefaultUser)
	ts.Check(err)
	leaf, err := x509.ParseCertificate(made.Certificate[0])
	ts.Check(err)
	file, err := pkcs12.Modern2023.Encode(made.PrivateKey, leaf, nil, args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), file, 0o600))
}

// certFiles writes server.pem, the certificate of a gateway for 127.0.0.1, and
// expired.pem, that of one whose time is over.
func certFiles(ts *testscript.TestScript, _ bool, _ []string) {
	for name, fault := range map[string]gateway.Fault{"server.pem": gateway.FaultUnknownIssuer, "expired.pem": gateway.FaultExpiredCertificate} {
		g, err := gateway.New(gateway.Config{Names: []string{"127.0.0.1"}, Fault: fault})
		ts.Check(err)
		ts.Defer(func() { g.Close() })
		at, err := g.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
		ts.Check(err)
		conn, err := tls.Dial("tcp", at.String(), &tls.Config{InsecureSkipVerify: true})
		ts.Check(err)
		leaf := conn.ConnectionState().PeerCertificates[0]
		conn.Close()
		ts.Check(os.WriteFile(ts.MkAbs(name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw}), 0o600))
	}
}

// startSSOGateway: a gateway that wants a login in a browser.
func startSSOGateway(ts *testscript.TestScript, _ bool, _ []string) {
	const answer = `<?xml version="1.0" encoding="UTF-8"?>
<config-auth client="vpn" type="auth-request" aggregate-auth-version="2"><auth id="main">
<sso-v2-login>https://login.example.com/saml</sso-v2-login><form><input type="sso" name="sso-token"></input></form>
</auth></config-auth>`
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		w.Write([]byte(answer))
	}))
	ts.Defer(server.Close)
	ts.Setenv("GATEWAY", server.Listener.Addr().String())
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), ca, 0o600))
}

// closedPort: $CLOSED is an address where nobody listens.
func closedPort(ts *testscript.TestScript, _ bool, _ []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv("CLOSED", listener.Addr().String())
	listener.Close()
}

// foreignHelper puts a socket of somebody else where the helper is looked for.
func foreignHelper(ts *testscript.TestScript, _ bool, _ []string) {
	path := ts.Getenv("TORII_HELPER")
	listener, err := net.Listen("unix", path)
	ts.Check(err)
	ts.Defer(func() { listener.Close() })
	if os.Getuid() == 0 {
		ts.Check(os.Lchown(path, 1, 1))
	}
}

// exits: `exits CODE [<FILE] PROGRAM ARGUMENT..` runs a program, with a file as
// its standard input, and wants that exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	args = args[1:]
	command := exec.Command("timeout")
	command.Args = append(command.Args, "60")
	if file, ok := strings.CutPrefix(args[0], "<"); ok {
		input, err := os.Open(ts.MkAbs(file))
		ts.Check(err)
		defer input.Close()
		command.Stdin = input
		args = args[1:]
	}
	command.Args = append(command.Args, args...)
	command.Dir = ts.MkAbs(".")
	command.Env = environment(ts)
	command.Stdout, command.Stderr = ts.Stdout(), ts.Stderr()
	if err := command.Run(); command.ProcessState == nil {
		ts.Fatalf("run %v: %v", args, err)
	}
	if got := command.ProcessState.ExitCode(); got != want {
		ts.Fatalf("%v exits %d, want %d", args, got, want)
	}
}

// environment is what testscript gives its own commands.
func environment(ts *testscript.TestScript) []string {
	var list []string
	for _, name := range []string{"HOME", "PATH", "XDG_RUNTIME_DIR", "TORII_HELPER", "LANG", "TMPDIR"} {
		list = append(list, name+"="+ts.Getenv(name))
	}
	return list
}

// until: `until TEXT PROGRAM ARGUMENT..` runs a program again and again until it
// writes that text.
func until(ts *testscript.TestScript, _ bool, args []string) {
	var last []byte
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		command := exec.Command(args[1], args[2:]...)
		command.Env = environment(ts)
		last, _ = command.Output() // its exit code says the state, too
		if strings.Contains(string(last), args[0]) {
			return
		}
	}
	ts.Fatalf("%v never wrote %q; the last was %s", args[1:], args[0], last)
}
