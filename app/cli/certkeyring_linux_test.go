package cli_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"torii/tunnel/gateway"
)

// keyringScript runs in a session of its own with a real keyring: it imports a
// certificate with nothing said about how to keep its key, and logs in with it.
const keyringScript = `
printf %s keyring-password | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 &
keyring=$!
trap 'kill $keyring; wait $keyring' EXIT
imported=
for i in $(seq 100); do # until the keyring is up
	echo geheim | toriictl cert import "$HOME/me.p12" --password-stdin --name Mine && imported=yes && break
	sleep 0.2
done
[ "$imported" ] || exit 20
toriictl cert list --json
toriictl entry add Office "$1" --mode proxy --ca "$HOME/ca.pem" --certificate automatic || exit 21
timeout -s INT -k 20 40 toriictl connect Office --once --json </dev/null &
connection=$!
for i in $(seq 300); do
	toriictl status --json | grep -q '"state":"connected"' && echo IT-IS-CONNECTED && break
	kill -0 $connection || break
	sleep 0.1
done
kill -INT $connection
wait $connection
`

// TestCertThroughTheRealKeyring keeps a key by the desktop's keyring, and uses
// it in another process.
func TestCertThroughTheRealKeyring(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"dbus-run-session", "gnome-keyring-daemon", "bash"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	g, err := gateway.New(gateway.Config{Names: []string{"127.0.0.1"}, Certificate: gateway.CertificateRequired, CertificateOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	at, err := g.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.MkdirTemp("", "t") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	made, err := g.UserCertificate(gateway.DefaultUser)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(made.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	file, err := pkcs12.Modern2023.Encode(made.PrivateKey, leaf, nil, "geheim")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"me.p12": file, "ca.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.CA().Raw})} {
		if err := os.WriteFile(filepath.Join(home, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	runtime.LockOSThread() // the kernel ends the session with the thread that made it
	defer runtime.UnlockOSThread()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	session := exec.CommandContext(ctx, "dbus-run-session", "--", "bash", "-c", keyringScript, "session", at.String())
	session.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "TMPDIR=" + home, "LANG=C.UTF-8"}
	session.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	session.Cancel = func() error { return syscall.Kill(-session.Process.Pid, syscall.SIGKILL) }
	session.WaitDelay = time.Second
	out, err := session.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "IT-IS-CONNECTED") || !strings.Contains(string(out), `"keeping":"keyring"`) {
		t.Errorf("%v\n%s", err, out)
	}
	kept, err := os.ReadFile(filepath.Join(home, ".local/share/torii/certificates/identities.json"))
	if err != nil || !strings.Contains(string(kept), `"keeping": "keyring"`) {
		t.Errorf("the store has %s (%v)", kept, err)
	}
}
