//go:build privileged && linux

package testbed_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
	"torii/tunnel/helper"
	"torii/tunnel/session"
	"torii/tunnel/testbed"
)

// manyConnects is how often a connection is made in a row: 200 in a soak.
func manyConnects() int {
	if soaking() {
		return 200
	}
	return 5
}

// descriptors counts the open files of a process.
func descriptors(t *testing.T, pid string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/" + pid + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// TestManyConnects connects again and again through one helper, and looks for
// what is left over: descriptors, routes, journal entries, sessions.
func TestManyConnects(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	bed.Client.SetResolvConf(t, machineNames)
	gateway := bed.StartOcserv(t, everything())
	same := guard(t, bed)
	before := bed.Client.State(t)
	helper := startHelper(t, bed)
	pid := strconv.Itoa(helper.command.Process.Pid)
	used := 0
	for n := range manyConnects() {
		c := connect(t, bed, gateway)
		c.connected()
		if !reaches(bed.Client, testbed.InsideHost) {
			t.Fatalf("connect %d carries nothing", n+1)
		}
		if code := c.stop(); code != exitOK {
			t.Fatalf("connect %d ended with %d", n+1, code)
		}
		if now := bed.Client.State(t); now != before {
			t.Fatalf("after connect %d the network is\n%s\nand was\n%s", n+1, now, before)
		}
		if n == 0 {
			used = descriptors(t, pid)
		}
	}
	eventually(t, usual, "the descriptors of the first connect", func() bool { return descriptors(t, pid) <= used })
	eventually(t, usual, "the end of the sessions", func() bool {
		return !strings.Contains(gateway.Control(t, "show", "users"), gateway.User)
	})
	helper.stop()
	same()
}

// The roles that the test binary plays in processes of their own.
const (
	roleVariable  = "TORII_TESTBED_ROLE"
	inputVariable = "TORII_TESTBED_INPUT"
	roleEngine    = "engine"
)

// playRole is what the test binary does instead of its tests.
func playRole(role string) error {
	if role != roleEngine {
		return fmt.Errorf("there is no role %q", role)
	}
	var input engineInput
	if err := json.Unmarshal([]byte(os.Getenv(inputVariable)), &input); err != nil {
		return err
	}
	return input.connectOften()
}

// TestManyConnectsOfOneEngine connects again and again within one process, as
// an agent that is never restarted does.
func TestManyConnectsOfOneEngine(t *testing.T) {
	t.Parallel()
	bed := testbed.New(t)
	gateway := bed.StartOcserv(t, everything())
	same := guard(t, bed)
	helper := startHelper(t, bed)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(engineInput{gateway.Address(), gateway.User, gateway.Password, gateway.CAFile, manyConnects()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	command := bed.Client.Command(ctx, "env", roleVariable+"="+roleEngine, inputVariable+"="+string(input), self)
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	helper.stop()
	same()
}

// engineInput says what the role of an engine does.
type engineInput struct {
	Host, User, Password, CAFile string
	Count                        int
}

// connectOften connects Count times and fails where goroutines or descriptors
// are left that were not there after the first time.
func (in engineInput) connectOften() error {
	text, err := os.ReadFile(in.CAFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	s := session.New(session.Options{
		Driver:  func(string) (tunnel.Driver, error) { return anyconnect.New(nil), nil },
		Network: func(tunnel.Config) (tunnel.Network, error) { return helper.NewNetwork(helper.Options{}), nil },
		Replies: in.reply,
	})
	defer s.Close()
	cfg := tunnel.Config{
		Protocol: anyconnect.Protocol, Host: in.Host, User: in.User, Once: true,
		Verify: func(_ context.Context, server tunnel.ServerIdentity, _ tunnel.Asker) error {
			_, err := server.Chain[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: server.Host})
			return err
		},
	}
	var ignore goleak.Option
	used := 0
	for n := range in.Count {
		if err := connectOnce(s, cfg); err != nil {
			return fmt.Errorf("connect %d: %w", n+1, err)
		}
		if n == 0 {
			ignore, used = goleak.IgnoreCurrent(), openFiles()
		}
	}
	if err := goleak.Find(ignore); err != nil {
		return err
	}
	if now := openFiles(); now > used {
		return fmt.Errorf("%d open files after the first connect, and %d at the end", used, now)
	}
	return nil
}

// reply fills in the login's forms.
func (in engineInput) reply(_ context.Context, _ tunnel.Config, q tunnel.Question) (tunnel.Answer, bool) {
	answer := tunnel.Answer{Choice: tunnel.ChoiceOK, Fields: map[string]tunnel.Secret{}}
	if q.Form == nil || q.Form.Attempt > 0 {
		return answer, false
	}
	for _, f := range q.Form.Fields {
		value := in.User
		if f.Kind == tunnel.FieldPassword {
			value = in.Password
		}
		answer.Fields[f.Name] = tunnel.NewSecret(value)
	}
	return answer, true
}

// connectOnce connects, waits for DTLS, sends something, and disconnects.
func connectOnce(s *session.Session, cfg tunnel.Config) error {
	ctx, cancel := context.WithTimeout(context.Background(), usual)
	defer cancel()
	if err := s.Connect(cfg); err != nil {
		return err
	}
	came := false
	for snapshot := range s.Watch(ctx) {
		if snapshot.State == tunnel.StateFailed || snapshot.Question != nil {
			return fmt.Errorf("state %s, error %+v, question %+v", snapshot.State, snapshot.Error, snapshot.Question)
		}
		if connectedOver("dtls")(snapshot) {
			came = true
			break
		}
	}
	if !came {
		return fmt.Errorf("DTLS did not come within %v", usual)
	}
	// Nobody listens there, and the refusal is a packet that came back.
	if _, err := net.DialTimeout("tcp", net.JoinHostPort(testbed.InsideHost, "9"), usual); !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("a host inside did not answer: %w", err)
	}
	s.Disconnect()
	return s.Wait(ctx)
}

// openFiles counts the open files of this process.
func openFiles() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}
