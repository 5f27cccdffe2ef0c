// Package bustest gives a test a message bus of its own, on which it plays the
// services that the program talks to.
package bustest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// configuration lets everybody own and call everything, as long as the kernel
// vouches for who he is. The folder is filled in.
const configuration = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path=%s/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
  </policy>
</busconfig>
`

// Start starts a bus that ends with the test, and returns its address. The
// test is skipped where there is no dbus-daemon, and fails so under CI.
func Start(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("dbus-daemon")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("needs dbus-daemon: %v", err)
	}
	if err != nil {
		t.Skipf("needs dbus-daemon: %v", err)
	}
	folder, err := os.MkdirTemp("", "bus") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	file := filepath.Join(folder, "bus.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, configuration, folder), 0o600); err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command(program, "--nofork", "--nopidfile", "--nosyslog", "--print-address=1", "--config-file", file)
	daemon.SysProcAttr = endWithParent()
	output, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatalf("start dbus-daemon: %v", err)
	}
	t.Cleanup(func() {
		daemon.Process.Kill()
		daemon.Wait()
	})
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("dbus-daemon does not say where it listens: %v", err)
	}
	return strings.TrimSpace(address)
}

// Service plays a service: it takes name on the bus at address and answers
// calls to path and iface with the methods of receiver.
func Service(t *testing.T, address, name, path, iface string, receiver any) *dbus.Conn {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	stop := time.AfterFunc(10*time.Second, cancel) // a bus that does not answer
	defer stop.Stop()
	bus, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		t.Fatalf("connect to the bus: %v", err)
	}
	t.Cleanup(func() {
		bus.Close()
		cancel()
	})
	if err := bus.Export(receiver, dbus.ObjectPath(path), iface); err != nil {
		t.Fatalf("export %s: %v", iface, err)
	}
	reply, err := bus.RequestName(name, dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("own %s: reply %v, error %v", name, reply, err)
	}
	return bus
}
