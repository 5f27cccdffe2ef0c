package cli_test

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"software.sslmate.com/src/go-pkcs12"

	"torii/app/internal/ptytest"
	"torii/tunnel/gateway"
)

// TestCertImportOnATerminal is a person who imports a file: asked for its
// password until that is right, and, as there is no keyring, for a passphrase
// twice; nothing of it is shown.
func TestCertImportOnATerminal(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	g, err := gateway.New(gateway.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	made, err := g.UserCertificate("mia")
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(made.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	file, err := pkcs12.LegacyRC2.Encode(made.PrivateKey, leaf, nil, "secret of the file")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, "mia.p12")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	authority := filepath.Join(home, "ca.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.CA().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		args    []string
		answers []string // each waited-for text, and the line that follows it
		code    int
		said    string
	}{
		{"who does not repeat the passphrase", []string{"import", path}, []string{"authentication code)", "secret of the file", "Passphrase", "correct horse", "Once more", "wrong horse"}, 2, "not the same"},
		{"a passphrase that is short", []string{"import", path}, []string{"authentication code)", "secret of the file", "Passphrase for", "short", "Once more", "short",
			"Passphrase for", "correct horse", "Once more", "correct horse"}, 0, "user\tmia\t"},
		{"a wrong password, then the right one", []string{"import", path, "--name", "Mia", "--keep", "passphrase"}, []string{"authentication code)", "secret",
			"password is wrong", "", "authentication code)", "secret of the file", "Passphrase for", "correct horse", "Once more", "correct horse"}, 0, "user\tMia\t"},
		{"an authority", []string{"import", authority}, nil, 0, "authority\t"},
		{"all of a kind, no", []string{"delete", "--all", "user"}, []string{"[y/N]", "n"}, 10, ""},
		{"all of a kind, yes", []string{"delete", "--all", "user"}, []string{"[y/N]", "y"}, 0, "Deleted: Mia"},
	} {
		heard, code := talk(t, home, c.answers, append([]string{"cert"}, c.args...)...)
		if code != c.code || !strings.Contains(heard, c.said) {
			t.Errorf("%s: exit code %d, heard %s", c.name, code, heard)
		}
		for _, secret := range []string{"secret of", "correct horse", "short\r\n"} {
			if strings.Contains(heard, secret) {
				t.Errorf("%s: %q is shown: %s", c.name, secret, heard)
			}
		}
	}
}

// talk runs toriictl on a terminal of its own, and answers what it asks: pairs
// of a text to wait for and a line to say then ("" for none).
func talk(t *testing.T, home string, answers []string, args ...string) (heard string, code int) {
	t.Helper()
	master, slave := ptytest.Open(t)
	tool := exec.Command("toriictl", args...)
	tool.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "LANG=C.UTF-8"}
	tool.Stdin, tool.Stdout, tool.Stderr = slave, slave, slave
	tool.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := tool.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	defer tool.Process.Kill()
	const patience = 40 * time.Second
	master.SetReadDeadline(time.Now().Add(patience))
	buffer, read := make([]byte, 4096), 0
	for {
		for len(answers) > 0 {
			i := strings.Index(heard[read:], answers[0])
			if i < 0 {
				break
			}
			read += i + len(answers[0])
			if answers[1] != "" {
				if answers[0] != "[y/N]" {
					awaitNoEcho(t, master, time.Now().Add(patience))
				}
				master.WriteString(answers[1] + "\n")
			}
			answers = answers[2:]
		}
		n, err := master.Read(buffer)
		heard += string(buffer[:n])
		if err != nil { // the terminal's other end is closed
			break
		}
	}
	tool.Wait()
	if len(answers) > 0 {
		t.Errorf("%q never asked for %q; heard %s", args, answers[0], heard)
	}
	return heard, tool.ProcessState.ExitCode()
}

// awaitNoEcho waits until what is typed is not shown.
func awaitNoEcho(t *testing.T, terminal *os.File, deadline time.Time) {
	t.Helper()
	raw, err := terminal.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for echo := true; echo; time.Sleep(time.Millisecond) {
		err := raw.Control(func(fd uintptr) {
			mode, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
			echo = err != nil || mode.Lflag&unix.ECHO != 0
		})
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the terminal still shows what is typed (%v)", err)
		}
	}
}
