package cli_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// alone says that this process is the one in a network of its own.
const alone = "TORII_TEST_ENROL_ALONE"

// TestEnrol obtains certificates from the authority of Debian's package scep.
// That listens on every address, so the test runs again in a network that has
// the loopback only.
func TestEnrol(t *testing.T) {
	if os.Getenv(alone) != "" {
		enrolAlone(t)
		return
	}
	t.Parallel()
	for _, program := range []string{"scepserver", "unshare", "ip"} {
		if _, err := exec.LookPath(program); err != nil {
			without(t, err)
		}
	}
	arguments := []string{"--net"}
	if os.Getuid() != 0 {
		arguments = []string{"--map-root-user", "--net"}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "unshare", append(arguments, "true")...).CombinedOutput(); err != nil {
		without(t, fmt.Errorf("no network of its own: %w: %s", err, out))
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(ctx, "unshare", append(arguments, self, "-test.run=^TestEnrol$", "-test.v", "-test.timeout=2m")...)
	command.Env = append(os.Environ(), alone+"=1")
	if out, err := command.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: TestEnrol/kept")) {
		t.Fatalf("%v\n%s", err, out)
	}
}

// without skips a test, and fails it in CI.
func without(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	t.Skip(err)
}

func enrolAlone(t *testing.T) {
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	fingerprint := startSCEP(t, "open sesame")
	home := t.TempDir()
	const at = "http://127.0.0.1:8080/scep"
	for _, c := range []struct {
		name, arguments, input string
		code                   int
		out, complaint         string
	}{
		{name: "no address", code: 2, complaint: "cert enrol wants"},
		{name: "bad address", arguments: "ftp://127.0.0.1/", code: 2, complaint: "not the address"},
		{name: "bad fingerprint", arguments: at + " --ca-fingerprint 12", code: 2, complaint: "hexadecimal digits"},
		{name: "bad way to keep", arguments: at + " --keep elsewhere", code: 2, complaint: "--keep is"},
		{name: "no name", arguments: at + " --cn=", code: 2, complaint: "Check the name"},
		{name: "nobody there", arguments: "http://127.0.0.1:1/scep", code: 7, complaint: "does not answer"},
		{name: "wrong path", arguments: "http://127.0.0.1:8080/", code: 1, complaint: "HTTP 404"},
		{name: "unconfirmed", arguments: at, code: 9, complaint: "SHA-256 " + fingerprint + ".*only the fingerprint"},
		{name: "another authority", arguments: at + " --ca-fingerprint " + strings.Repeat("0", 64), code: 6, complaint: "another certification authority"},
		{name: "no challenge", arguments: at + " --challenge-stdin --keep passphrase --ca-fingerprint " + fingerprint, input: "\ncorrect horse\n", code: 5, complaint: "refuses.*challenge password may be wrong"},
		{name: "wrong challenge", arguments: at + " --challenge-stdin --keep passphrase --ca-fingerprint " + fingerprint, input: "open barley\ncorrect horse\n", code: 5, complaint: "challenge password may be wrong"},
		// A certificate that could not be kept is not even asked for.
		{name: "no keyring", arguments: at + " --challenge-stdin --ca-fingerprint " + fingerprint, input: "open barley\n", code: 9, complaint: "no keyring"},
		{name: "short passphrase", arguments: at + " --challenge-stdin --keep passphrase --ca-fingerprint " + fingerprint, input: "open barley\nhorse\n", code: 9, complaint: "8 characters"},
		{name: "kept", arguments: at + " --challenge-stdin --keep passphrase --cn alice --org Example --name Work --ca-fingerprint " + fingerprint,
			input: "open sesame\ncorrect horse\n", out: "^user\tWork\t", complaint: "encrypts its answers with DES"},
		{name: "kept, in JSON", arguments: at + " --json --challenge-stdin --keep passphrase --cn bob --ca-fingerprint " + fingerprint,
			input: "open sesame\ncorrect horse\n", out: `"subject":"CN=bob".*"extended_keys":\["clientAuth"\].*"keeping":"passphrase"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), "toriictl", append([]string{"cert", "enrol"}, strings.Fields(c.arguments)...)...)
			command.Env = append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home, "XDG_DATA_HOME=", "XDG_CONFIG_HOME=", "XDG_STATE_HOME=",
				"LANG=C.UTF-8", "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(home, "none"))
			command.Stdin = strings.NewReader(c.input)
			var out, complaints strings.Builder
			command.Stdout, command.Stderr = &out, &complaints
			code := 0
			if err := command.Run(); err != nil {
				failed, ok := errors.AsType[*exec.ExitError](err)
				if !ok {
					t.Fatal(err)
				}
				code = failed.ExitCode()
			}
			if code != c.code || !matches(c.out, out.String()) || !matches(c.complaint, complaints.String()) {
				t.Errorf("exits %d with\n%s%s", code, out.String(), complaints.String())
			}
		})
	}
	t.Run("at a terminal", func(t *testing.T) {
		for _, c := range []struct {
			name    string
			answers []string
			code    int
			said    string
		}{
			{"another fingerprint", []string{"[y/N]", "n"}, 10, ""},
			{"no keyring", []string{"[y/N]", "y", "Challenge password", "open sesame", "Passphrase for", "correct horse", "Once more", "correct horse"}, 0, "user\tcarol\t"},
		} {
			heard, code := talk(t, home, c.answers, "cert", "enrol", at, "--cn", "carol")
			if code != c.code || !strings.Contains(heard, c.said) || !strings.Contains(heard, fingerprint) {
				t.Errorf("%s: exit code %d, heard %s", c.name, code, heard)
			}
			if strings.Contains(heard, "open sesame") || strings.Contains(heard, "correct horse") {
				t.Errorf("%s: a secret is shown: %s", c.name, heard)
			}
		}
	})
	t.Run("into the agent", func(t *testing.T) {
		environment := append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home, "LANG=C.UTF-8", "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(home, "none"))
		run := func(input string, arguments ...string) (string, error) {
			command := exec.CommandContext(t.Context(), "toriictl", arguments...)
			command.Env, command.Stdin = environment, strings.NewReader(input)
			out, err := command.CombinedOutput()
			return string(out), err
		}
		agent := exec.Command("torii", "--hidden")
		agent.Env = environment
		var log bytes.Buffer
		agent.Stdout, agent.Stderr = &log, &log
		if err := agent.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			agent.Process.Signal(syscall.SIGTERM)
			agent.Wait()
			for _, secret := range []string{"open sesame", "PRIVATE KEY"} {
				if strings.Contains(log.String(), secret) {
					t.Errorf("%q is in the log: %s", secret, log.String())
				}
			}
		}()
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			if out, _ := run("", "status", "--json"); strings.Contains(out, `"revision"`) {
				break
			} else if time.Now().After(deadline) {
				t.Fatalf("no agent: %s", out)
			}
		}
		if out, err := run("open sesame\n", "cert", "enrol", at, "--cn", "dave", "--challenge-stdin", "--keep", "memory", "--ca-fingerprint", fingerprint); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if out, err := run("", "cert", "list", "user"); err != nil || !strings.Contains(out, "user\tdave\t") {
			t.Errorf("the agent has %s (%v)", out, err)
		}
	})
	t.Run("nothing on disk", func(t *testing.T) {
		kept, err := os.ReadFile(filepath.Join(home, ".local/share/torii/certificates/identities.json"))
		if err != nil {
			t.Fatal(err)
		}
		if text := string(kept); !strings.Contains(text, `"Work"`) || strings.Contains(text, "PRIVATE") || strings.Contains(text, "correct horse") {
			t.Errorf("kept is %s", text)
		}
	})
}

// matches reports whether a text, on one line, has something in it.
func matches(pattern, text string) bool {
	return regexp.MustCompile("(?s)" + pattern).MatchString(text)
}

// startSCEP starts an authority at port 8080 and returns its fingerprint.
func startSCEP(t *testing.T, challenge string) string {
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
	server := exec.Command("scepserver", "-depot", depot, "-port", "8080", "-challenge", challenge, "-allowrenew", "0")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:8080")
		if err == nil {
			conn.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the authority does not listen: %v", err)
		}
	}
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:])
}
