//go:build privileged

package helper

import (
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"torii/tunnel"
	"torii/tunnel/internal/nstest"
)

const resolvConf = "/etc/resolv.conf"

// buildHelper builds the program as it is delivered.
func buildHelper(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "torii-helper")
	build := exec.Command("go", "build", "-o", program, "../../app/cmd/torii-helper")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// open opens a lease and makes sure that it is in force.
func open(t *testing.T, socket string) tunnel.Attachment {
	t.Helper()
	attachment, err := New(Options{Socket: socket}).Open(t.Context(), tunnel.Settings{
		Addresses: []netip.Prefix{netip.MustParsePrefix("10.1.2.3/24")}, MTU: 1400,
		DNS: []netip.Addr{netip.MustParseAddr("10.1.0.53")}, Gateway: netip.MustParseAddrPort("198.51.100.7:443"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { attachment.Close() })
	if got := nstest.IP(t, "route", "get", "8.8.8.8"); !strings.Contains(got, "dev "+attachment.Info().Device) {
		t.Errorf("packets go by %s", got)
	}
	if text, err := os.ReadFile(resolvConf); err != nil || !strings.Contains(string(text), "10.1.0.53") {
		t.Errorf("the resolver's file is %q, error %v", text, err)
	}
	return attachment
}

func TestOwnHelper(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	program := buildHelper(t)
	nstest.Uplink(t, []string{"192.0.2.20/24"}, "192.0.2.1")
	if err := os.WriteFile(resolvConf, []byte("nameserver 192.0.2.53\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := nstest.State(t, resolvConf)
	options := OwnOptions{
		Socket: "/run/torii/helper.sock", Program: program, Args: []string{"--bus", "none", "--state-dir", "/var/lib/torii/helper"},
	}
	own, err := StartOwn(t.Context(), options)
	if err != nil || own == nil {
		t.Fatalf("own %v, error %v", own, err)
	}
	if again, err := StartOwn(t.Context(), options); again != nil || err != nil {
		t.Errorf("a second one was started: %v", err)
	}
	attachment := open(t, options.Socket)
	if err := own.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-attachment.Lost():
	case <-time.After(30 * time.Second):
		t.Error("the holder does not learn that his lease is lost")
	}
	if diff := cmp.Diff(before, nstest.State(t, resolvConf)); diff != "" {
		t.Errorf("it is not as it was (-before +after):\n%s", diff)
	}
}

func TestProgramsSignalsAndArguments(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	program := buildHelper(t)
	nstest.Uplink(t, []string{"192.0.2.20/24"}, "192.0.2.1")
	if err := os.WriteFile(resolvConf, []byte("nameserver 192.0.2.53\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := nstest.State(t, resolvConf)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		command := exec.Command(program, "-bus", "none") // the socket and the folder are the usual ones
		command.Stderr = os.Stderr
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		nstest.Await(t, "the helper to listen", func() bool { return listening(DefaultSocket) })
		open(t, DefaultSocket)
		if err := command.Process.Signal(signal); err != nil {
			t.Error(err)
		}
		if err := command.Wait(); err != nil {
			t.Errorf("after %v: %v", signal, err)
		}
		if diff := cmp.Diff(before, nstest.State(t, resolvConf)); diff != "" {
			t.Errorf("after %v it is not as it was (-before +after):\n%s", signal, diff)
		}
	}
	for _, args := range [][]string{{"serve"}, {"--no-such-flag"}} {
		exit, ok := errors.AsType[*exec.ExitError](exec.Command(program, args...).Run())
		if !ok || exit.ExitCode() != 2 {
			t.Errorf("with %q it ends with %v, want 2", args, exit)
		}
	}
}
