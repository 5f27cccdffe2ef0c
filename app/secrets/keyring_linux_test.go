package secrets

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"torii/tunnel"
)

// sessionVariable tells a test program that it runs in a session of its own,
// and in which one.
const sessionVariable = "TORII_KEYRING_TEST"

// sessionTime bounds such a session.
const sessionTime = 60 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(sessionVariable) != "" {
		os.Exit(m.Run()) // the keyring library keeps its connection
	}
	goleak.VerifyTestMain(m)
}

// oddities are passwords that something on the way might not carry.
var oddities = []string{
	"hunter2-plain", "pÄss|wörd 密码 🔑", "'\"`$(reboot)\\", " leading and trailing ", "two\nlines\r\n", "\x01\x7f", "%s%n&amp;",
	strings.Repeat("long-secret ", 300),
}

// session runs the calling test once more, in a session bus of its own with a
// home folder of its own. keyring is a command that provides the keyring and
// reads its password from standard input; "" for none. It reports whether this
// is that run. busConfig is the bus's configuration; "" for the system's.
func session(t *testing.T, keyring, busConfig string, programs ...string) bool {
	t.Helper()
	if os.Getenv(sessionVariable) == t.Name() {
		return true
	}
	t.Parallel()
	for _, program := range append(programs, "dbus-run-session", "dbus-daemon", "bash") {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	script := `exec "$0" "$@"`
	if keyring != "" {
		script = `printf %s keyring-password | ` + keyring + ` >/dev/null 2>"$HOME/keyring.log" &
			keyring=$!
			"$0" "$@"
			code=$?
			kill $keyring && wait $keyring
			exit $code`
	}
	home, err := os.MkdirTemp("", "home") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	arguments := []string{"--", "bash", "-c", script, "/proc/self/exe", "-test.run=^" + t.Name() + "$", "-test.count=1", "-test.v"}
	arguments[4], err = os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if busConfig != "" {
		path := filepath.Join(home, "bus.conf")
		if err := os.WriteFile(path, []byte(busConfig), 0o600); err != nil {
			t.Fatal(err)
		}
		arguments = append([]string{"--config-file=" + path}, arguments...)
	}
	// The kernel ends the session with the thread that made it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ctx, cancel := context.WithTimeout(t.Context(), sessionTime)
	defer cancel()
	command := exec.CommandContext(ctx, "dbus-run-session", arguments...)
	// Nothing of this machine's own session, and no display to ask a person on.
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "TMPDIR=" + home, sessionVariable + "=" + t.Name(),
	}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = time.Second
	output, err := command.CombinedOutput()
	if err != nil || !bytes.Contains(output, []byte("--- PASS: "+t.Name())) {
		log, _ := os.ReadFile(filepath.Join(home, "keyring.log"))
		t.Errorf("in its session: %v\n%s\n%s", err, output, log)
	}
	return false
}

// gnome is the keyring of the GNOME desktop; who answers its prompts is another
// program, which these sessions do not have.
const gnome = "gnome-keyring-daemon --foreground --unlock --components=secrets"

// noServices is a bus that starts no service.
const noServices = `<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`

// bus connects to the session's bus.
func bus(t *testing.T) *dbus.Conn {
	t.Helper()
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// ready waits for the keyring.
func ready(t *testing.T, conn *dbus.Conn) {
	t.Helper()
	collection := conn.Object(secretService, "/org/freedesktop/secrets/aliases/default")
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var owned bool
		err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, secretService).Store(&owned)
		if err == nil && owned {
			if _, err = collection.GetProperty("org.freedesktop.Secret.Collection.Locked"); err == nil {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the keyring did not start: %v", err)
		}
	}
}

func TestRealKeyring(t *testing.T) {
	if !session(t, gnome, "", "gnome-keyring-daemon") {
		return
	}
	ready(t, bus(t))
	if trouble := Probe(); trouble != TroubleNone {
		t.Errorf("the probe says %q", trouble)
	}
	folder := filepath.Join(os.Getenv("HOME"), ".config", "torii")
	v := vault(t, folder)
	for i, text := range oddities {
		entry := fmt.Sprintf("entry %d / ünïcode", i)
		keep(t, v, entry, "password", text)
		keep(t, v, entry, "secondary_password", text+"2")
		if got := recalled(t, vault(t, folder), entry, "password"); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
		if got := recalled(t, vault(t, folder), entry, "secondary_password"); got != text+"2" {
			t.Errorf("%q came back as %q", text+"2", got)
		}
	}
	keep(t, v, "entry 0 / ünïcode", "password", oddities[0]+" changed")
	if got := recalled(t, v, "entry 0 / ünïcode", "password"); got != oddities[0]+" changed" {
		t.Errorf("a changed password is %q", got)
	}
	if files := plain(t, os.Getenv("HOME")); len(files) < 2 {
		t.Errorf("looked at %q only", files)
	}
	for i := range oddities {
		entry := fmt.Sprintf("entry %d / ünïcode", i)
		if err := v.Forget(t.Context(), entry); err != nil || v.Has(entry) {
			t.Errorf("forget: %v, has %v", err, v.Has(entry))
		}
		v.index.add(entry, "password") // as if it were kept: the keyring itself is asked
		if got := recalled(t, v, entry, "password"); got != "-" {
			t.Errorf("the keyring still has %q", got)
		}
	}
	plain(t, os.Getenv("HOME"))
}

// plain reads every file below a folder and reports each that holds one of the
// passwords as it is. It returns what it read.
func plain(t *testing.T, folder string) []string {
	t.Helper()
	var read []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, secret := range oddities {
			if len(secret) > 4 && bytes.Contains(text, []byte(strings.TrimSpace(secret))) {
				t.Errorf("%s holds the password %.20q", path, secret)
			}
		}
		read = append(read, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// TestLockedKeyring locks the keyring under a vault. Nobody is there to unlock
// it: at first there is no program that asks, then one that asks for ever.
func TestLockedKeyring(t *testing.T) {
	if !session(t, gnome, "", "gnome-keyring-daemon") {
		return
	}
	conn := bus(t)
	ready(t, conn)
	v := vault(t, t.TempDir())
	keep(t, v, "A", "password", "hunter2")
	lock := func() {
		t.Helper()
		service := conn.Object(secretService, "/org/freedesktop/secrets")
		collections := []dbus.ObjectPath{"/org/freedesktop/secrets/collection/login", "/org/freedesktop/secrets/aliases/default"}
		for _, c := range collections {
			if err := service.Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{c}).Err; err != nil {
				t.Fatal(err)
			}
		}
	}
	expect := func(what string) {
		t.Helper()
		lock()
		if trouble := Probe(); trouble != TroubleNone {
			t.Errorf("%s: the probe says %q; it must not unlock anything to find out", what, trouble)
		}
		begun := time.Now()
		_, ok, err := v.Recall(t.Context(), "A", "password")
		if ok || TroubleOf(err) != TroubleLocked || !v.Has("A") {
			t.Errorf("%s: recall gives %v, %v (trouble %q), has %v", what, ok, err, TroubleOf(err), v.Has("A"))
		}
		if err := v.Keep(t.Context(), "B", "password", tunnel.NewSecret("x")); TroubleOf(err) != TroubleLocked {
			t.Errorf("%s: keep gives %v (trouble %q)", what, err, TroubleOf(err))
		}
		if took := time.Since(begun); took > 2*v.patience+10*time.Second {
			t.Errorf("%s: it took %v", what, took)
		}
	}
	expect("nobody asks")
	if err := conn.Export(endlessPrompter{}, "/org/gnome/keyring/Prompter", "org.gnome.keyring.internal.Prompter"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName("org.gnome.keyring.SystemPrompter", dbus.NameFlagDoNotQueue|dbus.NameFlagReplaceExisting); err != nil {
		t.Fatal(err)
	}
	v.patience = time.Second
	expect("somebody asks for ever")
}

// endlessPrompter takes every prompt and shows none.
type endlessPrompter struct{}

func (endlessPrompter) BeginPrompting(dbus.ObjectPath) *dbus.Error { return nil }

func (endlessPrompter) PerformPrompt(dbus.ObjectPath, string, map[string]dbus.Variant, string) *dbus.Error {
	return nil
}

func (endlessPrompter) StopPrompting(dbus.ObjectPath) *dbus.Error { return nil }

func TestNoKeyring(t *testing.T) {
	if !session(t, "", noServices) {
		return
	}
	expectTrouble(t, TroubleAbsent)
}

func TestNoBus(t *testing.T) {
	if !session(t, "", noServices) {
		return
	}
	for name, address := range map[string]string{
		"nowhere": "unix:path=" + filepath.Join(t.TempDir(), "none"),
		"none":    "",
		// The D-Bus library would start a daemon that nobody ends.
		"one to be started": "autolaunch:",
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.HasPrefix(address, "unix:") {
				for _, file := range []string{"bus", "dbus-session"} {
					if _, err := os.Stat(fmt.Sprintf("/run/user/%d/%s", os.Getuid(), file)); err == nil {
						t.Skip("this machine has a bus where the D-Bus library looks for one")
					}
				}
			}
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
			expectTrouble(t, TroubleNoBus)
			if got := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); got != address {
				t.Errorf("a bus was started at %q", got)
			}
		})
	}
}

// expectTrouble wants the probe and every call to name a trouble.
func expectTrouble(t *testing.T, want Trouble) {
	t.Helper()
	if got := Probe(); got != want {
		t.Errorf("the probe says %q, want %q", got, want)
	}
	v := vault(t, t.TempDir())
	begun := time.Now()
	err := v.Keep(t.Context(), "A", "password", tunnel.NewSecret("hunter2"))
	if TroubleOf(err) != want || v.Has("A") {
		t.Errorf("keep gives %v (trouble %q), has %v", err, TroubleOf(err), v.Has("A"))
	}
	v.index.add("A", "password")
	if _, ok, err := v.Recall(t.Context(), "A", "password"); ok || TroubleOf(err) != want {
		t.Errorf("recall gives %v, %v (trouble %q)", ok, err, TroubleOf(err))
	}
	if err := v.Forget(t.Context(), "A"); TroubleOf(err) != want {
		t.Errorf("forget gives %v (trouble %q)", err, TroubleOf(err))
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
