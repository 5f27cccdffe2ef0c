package testbed

import (
	"bytes"
	"context"
	"crypto"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The gateway's port, TCP and UDP.
const OcservPort = 443

// OcservConfig says what kind of gateway to start.
type OcservConfig struct {
	// Network is the IPv4 network inside, Network6 the IPv6 one; "" for none.
	Network  string
	Network6 string
	// Routes go through the tunnel; none means everything.
	Routes []string
	// Groups are the groups that a login chooses from, as "name" or
	// "name[label]"; the user is in all of them.
	Groups []string
	// Certificate wants a client certificate, NoPassword no password.
	Certificate bool
	NoPassword  bool
	// RSA gives the gateway a key of 2048 bits for RSA, as many have; otherwise
	// it has one for ECDSA on P-256.
	RSA bool
	// OneTimeCodes wants a one-time code (RFC 6238) after the password; see
	// Ocserv.OneTimeSecret.
	OneTimeCodes bool
	// Lines are further lines of ocserv.conf, in place of the bed's own lines
	// of the same name.
	Lines []string
}

// Ocserv is a running gateway.
type Ocserv struct {
	// User and Password are those of its one user.
	User     string
	Password string
	// CAFile holds the certificate of the authority that issued its
	// certificate, as PEM.
	CAFile string
	// Fingerprint is the SHA-256 of its certificate's DER, in hexadecimal.
	Fingerprint string
	// ClientCertificate is a file with the user's certificate and key, as PEM.
	ClientCertificate string
	// OneTimeSecret is the shared secret of the user's one-time codes.
	OneTimeSecret []byte

	t         testing.TB
	ns        *Namespace
	authority *authority
	config    string
	staples   bool // config names a stapled answer
	log       lockedBuffer
	command   *exec.Cmd
	exited    chan struct{}
}

// ocservDefaults are a gateway's lines unless its OcservConfig has others. A
// gateway that bans or slows who connects often is no use here, and a worker
// that is isolated cannot be profiled.
const ocservDefaults = `tcp-port = 443
udp-port = 443
run-as-user = nobody
run-as-group = daemon
socket-file = /run/ocserv.socket
occtl-socket-file = /run/occtl.socket
pid-file = /run/ocserv.pid
use-occtl = true
isolate-workers = false
max-clients = 0
max-same-clients = 0
max-ban-score = 0
rate-limit-ms = 0
keepalive = 300
dpd = 90
cookie-timeout = 300
auth-timeout = 60
rekey-time = 172800
device = vpns
predictable-ips = true
cert-user-oid = 2.5.4.3
tls-priorities = "NORMAL:%SERVER_PRECEDENCE:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:+VERS-DTLS1.2"
`

// StartOcserv starts Debian's ocserv in the bed's server and waits until it
// serves. It is stopped at the end of t; where t failed, its log is shown.
func (b *Bed) StartOcserv(t testing.TB, config OcservConfig) *Ocserv {
	t.Helper()
	Require(t, "ocserv", "ocpasswd")
	dir := plainFolder(t)
	s := &Ocserv{
		t: t, ns: b.Server, User: "alice", Password: "open sesame 7",
		CAFile: filepath.Join(dir, "ca.pem"), ClientCertificate: filepath.Join(dir, "alice.pem"),
		OneTimeSecret: []byte("twenty bytes of salt"), config: filepath.Join(dir, "ocserv.conf"),
	}
	authority := newAuthority(t, s.CAFile)
	var key crypto.Signer = newKey(t)
	if config.RSA {
		key = newRSAKey(t)
	}
	s.Fingerprint = authority.server(t, key, filepath.Join(dir, "server.pem"), filepath.Join(dir, "server-key.pem"))
	authority.client(t, s.User, s.ClientCertificate)
	s.authority = authority
	s.writePasswords(dir, config.Groups)
	writeFile(t, s.config, s.text(dir, config))
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("ocserv said:\n%s", s.Log())
		}
	})
	s.Start()
	return s
}

// plainFolder makes a folder whose name has no comma or blank in it, as a test's
// own may have: ocserv.conf cannot quote them.
func plainFolder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "torii-ocserv-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// writePasswords makes ocserv's password file and its file of one-time secrets.
func (s *Ocserv) writePasswords(dir string, groups []string) {
	s.t.Helper()
	args := []string{"-c", filepath.Join(dir, "passwords")}
	if len(groups) > 0 {
		var names []string
		for _, group := range groups {
			name, _, _ := strings.Cut(group, "[")
			names = append(names, name)
		}
		args = append(args, "-g", strings.Join(names, ","))
	}
	command := exec.Command("ocpasswd", append(args, s.User)...)
	command.Stdin = strings.NewReader(s.Password + "\n")
	if out, err := command.CombinedOutput(); err != nil {
		s.t.Fatalf("ocpasswd: %v: %s", err, out)
	}
	// The format is liboath's: time steps of 30 seconds, six digits, no PIN.
	writeFile(s.t, filepath.Join(dir, "one-time"), fmt.Sprintf("HOTP/T30/6 %s - %x\n", s.User, s.OneTimeSecret))
}

// text writes ocserv.conf.
func (s *Ocserv) text(dir string, config OcservConfig) string {
	lines := append([]string(nil), config.Lines...)
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if !config.NoPassword {
		files := "passwd=" + filepath.Join(dir, "passwords")
		if config.OneTimeCodes {
			files += ",otp=" + filepath.Join(dir, "one-time")
		}
		add("auth = \"plain[%s]\"", files)
	}
	if config.Certificate {
		add("auth = \"certificate\"")
	}
	add("ca-cert = %s", s.CAFile)
	add("server-cert = %s", filepath.Join(dir, "server.pem"))
	add("server-key = %s", filepath.Join(dir, "server-key.pem"))
	if config.Network != "" {
		add("ipv4-network = %s", config.Network)
	}
	if config.Network6 != "" {
		add("ipv6-network = %s", config.Network6)
		add("ipv6-subnet-prefix = 128")
	}
	for _, route := range config.Routes {
		add("route = %s", route)
	}
	for _, group := range config.Groups {
		add("select-group = %s", group)
	}
	own := make(map[string]bool)
	for _, line := range lines {
		own[nameOf(line)] = true
	}
	for line := range strings.Lines(ocservDefaults) {
		if !own[nameOf(line)] {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func nameOf(line string) string {
	name, _, _ := strings.Cut(line, "=")
	return strings.TrimSpace(name)
}

// Start starts the program again after Stop or Kill, and waits until it serves.
// It knows none of the sessions from before.
func (s *Ocserv) Start() {
	s.t.Helper()
	s.command = s.ns.Command(context.Background(), "ocserv", "--foreground", "--debug=2", "--config="+s.config)
	s.command.Stdout, s.command.Stderr = &s.log, &s.log
	// Its workers inherit the log; they end a moment after it.
	s.command.WaitDelay = 5 * time.Second
	before, exited := len(s.Log()), make(chan struct{})
	if err := s.command.Start(); err != nil {
		s.t.Fatalf("start ocserv: %v", err)
	}
	go func(command *exec.Cmd) { // Stop waits for it
		command.Wait()
		close(exited)
	}(s.command)
	s.exited = exited
	// It says so when its sockets are open. To try one would be a client to it.
	ready := func() bool { return strings.Contains(s.Log()[before:], "main: initialized ocserv") }
	for deadline := time.Now().Add(20 * time.Second); !ready(); time.Sleep(20 * time.Millisecond) {
		select {
		case <-exited:
			s.t.Fatalf("ocserv ended at once:\n%s", s.Log())
		default:
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("ocserv is not ready:\n%s", s.Log())
		}
	}
}

// Address is what a client connects to.
func (s *Ocserv) Address() string { return ServerAddress }

// Address6 is what a client connects to over IPv6.
func (s *Ocserv) Address6() string { return net.JoinHostPort(ServerAddress6, strconv.Itoa(OcservPort)) }

// Stop ends the gateway as an administrator does; its clients' sessions end.
// Stopping a stopped one does nothing.
func (s *Ocserv) Stop() { s.end(syscall.SIGTERM) }

// Kill ends the gateway at once, as a crash does.
func (s *Ocserv) Kill() { s.end(syscall.SIGKILL) }

func (s *Ocserv) end(signal syscall.Signal) {
	if s.command == nil {
		return
	}
	s.command.Process.Signal(signal)
	select {
	case <-s.exited:
	case <-time.After(15 * time.Second):
		s.t.Errorf("ocserv does not end; killing it")
		s.command.Process.Kill()
		<-s.exited
	}
	s.command = nil
}

// Restart is Stop and Start.
func (s *Ocserv) Restart() {
	s.t.Helper()
	s.Stop()
	s.Start()
}

// Log is what the gateway has said so far.
func (s *Ocserv) Log() string { return s.log.String() }

// Control asks the gateway by occtl(8).
func (s *Ocserv) Control(t testing.TB, args ...string) string {
	t.Helper()
	return s.ns.Run(t, "occtl", append([]string{"--socket-file", "/run/occtl.socket"}, args...)...)
}

// lockedBuffer takes a program's output while others read it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
