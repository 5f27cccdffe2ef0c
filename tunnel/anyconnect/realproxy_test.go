//go:build privileged && linux

package anyconnect_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"torii/tunnel"
)

// freePort is a port that nobody uses at this moment.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// daemon runs a program of Debian in the foreground with a configuration file
// until the test ends, and waits until it listens.
func daemon(t *testing.T, port int, config string, name string, arguments ...string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed: %v", name, err)
	}
	file := filepath.Join(t.TempDir(), name+".conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, append(arguments, file)...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // danted has children
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	command.WaitDelay = 5 * time.Second
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(command.Process.Pid, syscall.SIGTERM) // takes its children along
		waited := make(chan struct{})
		go func() { command.Wait(); close(waited) }()
		select {
		case <-waited:
		case <-time.After(5 * time.Second):
		}
		syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		<-waited
		if t.Failed() {
			t.Logf("%s said: %s", name, &output)
		}
	})
	deadline := time.Now().Add(20 * time.Second)
	for {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not listen: %v", name, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestThroughRealProxies: Debian's tinyproxy and Dante.
func TestThroughRealProxies(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	cfg := onLoopback(t)
	cfg.Host = "localhost" // resolved by the proxy
	t.Run("tinyproxy", func(t *testing.T) {
		port := freePort(t)
		daemon(t, port, fmt.Sprintf(`Port %d
Listen 127.0.0.1
Timeout 60
MaxClients 20
BasicAuth me mine
ConnectPort %d
`, port, cfg.Port), "tinyproxy", "-d", "-c")
		if err := loginThrough(t, cfg, fmt.Sprintf("http://me:mine@127.0.0.1:%d", port)); err != nil {
			t.Error(err)
		}
		if err := loginThrough(t, cfg, fmt.Sprintf("http://me:yours@127.0.0.1:%d", port)); tunnel.CodeOf(err) != tunnel.CodeProxy {
			t.Errorf("with a wrong login: %v", err)
		}
	})
	t.Run("danted", func(t *testing.T) {
		port := freePort(t)
		daemon(t, port, fmt.Sprintf(`logoutput: stderr
internal: 127.0.0.1 port = %d
external: lo
socksmethod: none
clientmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 127.0.0.0/8 port = %d }
`, port, cfg.Port), "danted", "-p", filepath.Join(t.TempDir(), "pid"), "-f")
		cfg := cfg
		cfg.Host = "127.0.0.1"
		if err := loginThrough(t, cfg, fmt.Sprintf("socks5://127.0.0.1:%d", port)); err != nil {
			t.Error(err)
		}
		cfg.Port++
		if err := loginThrough(t, cfg, fmt.Sprintf("socks5://127.0.0.1:%d", port)); tunnel.CodeOf(err) != tunnel.CodeProxy {
			t.Errorf("where its rules do not lead: %v", err)
		}
	})
}
