//go:build privileged && linux

package testbed_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"torii/tunnel"
	"torii/tunnel/testbed"
)

// helperd is a torii-helper that serves the client, as an installed one does.
type helperd struct {
	t       *testing.T
	command *exec.Cmd
	said    text
}

// startHelper starts the helper at its usual socket and waits until it serves.
func startHelper(t *testing.T, bed *testbed.Bed, args ...string) *helperd {
	t.Helper()
	h := &helperd{t: t, command: bed.Client.Command(context.Background(), program(t, "torii-helper"), args...)}
	h.command.Stderr = &h.said
	if err := h.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.stop()
		if t.Failed() {
			t.Logf("torii-helper said:\n%s", h.said.String())
		}
	})
	// A socket that a killed helper left is there and nobody answers on it.
	eventually(t, usual, "the helper's answer", func() bool {
		_, err := bed.Client.Try("socat", "/dev/null", "UNIX-CONNECT:/run/torii/helper.sock")
		return err == nil
	})
	return h
}

// stop ends the helper as a service manager does.
func (h *helperd) stop() {
	if h.command.ProcessState == nil {
		h.command.Process.Signal(syscall.SIGTERM)
		h.command.Wait()
	}
}

// kill ends the helper at once.
func (h *helperd) kill() {
	h.command.Process.Kill()
	h.command.Wait()
}

// child finds a program's child by its name.
func child(t *testing.T, parent int, name string) int {
	t.Helper()
	found := 0
	eventually(t, usual, "the process "+name, func() bool {
		lists, _ := filepath.Glob("/proc/" + strconv.Itoa(parent) + "/task/*/children")
		for _, list := range lists {
			text, _ := os.ReadFile(list)
			for _, field := range strings.Fields(string(text)) {
				comm, _ := os.ReadFile("/proc/" + field + "/comm")
				if strings.TrimSpace(string(comm)) == name {
					found, _ = strconv.Atoi(field)
				}
			}
		}
		return found != 0
	})
	return found
}

// everything is a gateway that changes all that can be changed: a full tunnel
// of both families, and names.
func everything() testbed.OcservConfig {
	return testbed.OcservConfig{
		Network: insideNetwork, Network6: insideNetwork6,
		Lines: []string{"dns = " + testbed.InsideHost, "default-domain = " + domain},
	}
}

// back waits until the client's network is as before.
func back(t *testing.T, bed *testbed.Bed, before string) {
	t.Helper()
	now := ""
	defer func() {
		if t.Failed() {
			t.Logf("- before, + now:\n%s", cmp.Diff(before, now))
		}
	}()
	eventually(t, usual, "the network as it was", func() bool {
		now = bed.Client.State(t)
		return now == before
	})
}

// TestKilledClientGivesTheNetworkBack kills toriictl, which has a helper of its
// own: that one sees its end.
func TestKilledClientGivesTheNetworkBack(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	bed.Client.SetResolvConf(t, machineNames)
	gateway := bed.StartOcserv(t, everything())
	same := guard(t, bed)
	before := bed.Client.State(t)
	c := connect(t, bed, gateway)
	c.connected()
	if bed.Client.State(t) == before {
		t.Fatal("the connection changed nothing")
	}
	helper := child(t, c.command.Process.Pid, "torii-helper")
	c.command.Process.Kill()
	c.wait()
	back(t, bed, before)
	if !testbed.WaitPid(helper, usual) {
		t.Error("the helper of a killed toriictl goes on")
	}
	same()
}

// TestKilledClientOfAServiceGivesTheNetworkBack has a helper that stays.
func TestKilledClientOfAServiceGivesTheNetworkBack(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	bed.Client.SetResolvConf(t, machineNames)
	gateway := bed.StartOcserv(t, everything())
	same := guard(t, bed)
	helper := startHelper(t, bed)
	before := bed.Client.State(t)
	for range 2 {
		c := connect(t, bed, gateway)
		c.connected()
		c.command.Process.Kill()
		c.wait()
		back(t, bed, before)
	}
	helper.stop()
	same()
}

// killHelper connects, kills the helper and then toriictl, and returns the
// state of the network before.
func killHelper(t *testing.T, bed *testbed.Bed, gateway *testbed.Ocserv) (before string) {
	t.Helper()
	before = bed.Client.State(t)
	c := connect(t, bed, gateway, "--once")
	c.connected()
	helper := child(t, c.command.Process.Pid, "torii-helper")
	if err := syscall.Kill(helper, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := c.wait(); code == exitOK {
		t.Errorf("with its helper killed, toriictl --once ended with %d", code)
	}
	if bed.Client.State(t) == before {
		t.Error("a killed helper left nothing behind; this test shows nothing")
	}
	return before
}

// TestRepairAfterAKilledHelper lets `toriictl repair` clean up.
func TestRepairAfterAKilledHelper(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	bed.Client.SetResolvConf(t, machineNames)
	gateway := bed.StartOcserv(t, everything())
	same := guard(t, bed)
	killHelper(t, bed, gateway)
	if out, err := toriictl(t, bed, nil, "repair").CombinedOutput(); err != nil {
		t.Errorf("repair: %v: %s", err, out)
	}
	same()
	if out, err := toriictl(t, bed, nil, "repair").CombinedOutput(); err != nil {
		t.Errorf("a repair with nothing to do: %v: %s", err, out)
	}
	same()
}

// TestNextStartAfterAKilledHelper lets the next helper clean up as it starts,
// and the next connection work as the first.
func TestNextStartAfterAKilledHelper(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	bed.Client.SetResolvConf(t, machineNames)
	gateway := bed.StartOcserv(t, everything())
	same := guard(t, bed)
	before := killHelper(t, bed, gateway)
	helper := startHelper(t, bed)
	if diff := cmp.Diff(before, bed.Client.State(t)); diff != "" {
		t.Errorf("after the helper's next start (- before, + after):\n%s", diff)
	}
	c := connect(t, bed, gateway)
	c.connected()
	c.carries(testbed.InsideHost)
	if code := c.stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	helper.stop()
	same()
}

// TestConnectionOutlivesItsHelper kills an installed helper under a connection
// that wants to stay: it comes back when the helper does, without a new login.
func TestConnectionOutlivesItsHelper(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, everything())
	same := guard(t, bed)
	helper := startHelper(t, bed)
	c := connect(t, bed, gateway)
	c.connected()
	mark := c.mark()
	helper.kill()
	c.untilAfter(mark, "reconnecting", usual, func(s tunnel.Snapshot) bool { return s.State == tunnel.StateReconnecting })
	mark = c.mark()
	helper = startHelper(t, bed)
	c.untilAfter(mark, "the connection again", usual, connectedOver(""))
	c.carries(testbed.InsideHost)
	c.stop()
	helper.stop()
	same()
}
