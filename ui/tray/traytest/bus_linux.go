package traytest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Patience bounds each wait; a busy machine may need much of it.
const Patience = 20 * time.Second

// Eventually polls until good, or fails the test.
func Eventually(t *testing.T, what string, good func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if good() {
			return
		}
	}
	t.Fatalf("waited in vain: %s", what)
}

// config is a bus that starts no services: those of this machine would look for
// the person's display and stay.
const config = `<busconfig><type>session</type><listen>unix:path=%s</listen>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`

// StartBus starts a private session bus that ends with the test, and gives its
// address.
func StartBus(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("dbus-daemon")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no dbus-daemon; build/bootstrap installs it")
		}
		t.Skip("there is no dbus-daemon; build/bootstrap installs it")
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "config")
	if err := os.WriteFile(file, fmt.Appendf(nil, config, filepath.Join(folder, "bus")), 0o600); err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command(program, "--config-file="+file, "--nofork", "--print-address=1")
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		daemon.Process.Kill()
		daemon.Wait()
	})
	// The address is printed when the bus listens.
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the bus did not start: %v", err)
	}
	return "unix:path=" + filepath.Join(folder, "bus")
}
