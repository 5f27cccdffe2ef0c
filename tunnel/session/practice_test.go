package session_test

import (
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
	"torii/tunnel/gateway"
	"torii/tunnel/proxy"
	"torii/tunnel/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a session over the real driver, the practice gateway and proxy mode.
type rig struct {
	t       *testing.T
	gateway *gateway.Gateway
	session *session.Session
	cfg     tunnel.Config
	disturb chan struct{}
	// opened counts how often this machine's network was touched.
	opened atomic.Int64
}

func newRig(t *testing.T, practice gateway.Config, replies map[string]string) *rig {
	t.Helper()
	g, err := gateway.New(practice)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(g.CA())
	r := &rig{t: t, gateway: g, disturb: make(chan struct{}, 1)}
	r.cfg = tunnel.Config{
		Entry: "Practice", Protocol: anyconnect.Protocol, Host: gateway.DefaultHost, Dial: g.Dial, Roaming: true,
		Mode: tunnel.ModeProxy,
		Verify: func(_ context.Context, server tunnel.ServerIdentity, _ tunnel.Asker) error {
			_, err := server.Chain[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: server.Host})
			return err
		},
	}
	r.session = session.New(session.Options{
		Driver: func(string) (tunnel.Driver, error) { return anyconnect.New(nil), nil },
		Network: func(cfg tunnel.Config) (tunnel.Network, error) {
			return counted{proxy.NewNetwork(proxy.Options{Listen: cfg.ProxyListen}), &r.opened}, nil
		},
		Replies: func(_ context.Context, _ tunnel.Config, q tunnel.Question) (tunnel.Answer, bool) {
			return answerAll(q, replies)
		},
		Disturbances: r.disturb,
	})
	t.Cleanup(func() {
		r.session.Close()
		g.Close()
	})
	return r
}

// counted counts the attachments of a network.
type counted struct {
	tunnel.Network
	opened *atomic.Int64
}

func (c counted) Open(ctx context.Context, settings tunnel.Settings) (tunnel.Attachment, error) {
	c.opened.Add(1)
	return c.Network.Open(ctx, settings)
}

// answerAll answers a form by its fields' names, once.
func answerAll(q tunnel.Question, replies map[string]string) (tunnel.Answer, bool) {
	if q.Form == nil {
		return tunnel.Answer{Choice: tunnel.ChoiceOK}, q.Kind == tunnel.QuestionBanner
	}
	if q.Form.Attempt > 0 {
		return tunnel.Answer{}, false
	}
	answer := tunnel.Answer{Choice: tunnel.ChoiceOK, Fields: map[string]tunnel.Secret{}}
	for _, f := range q.Form.Fields {
		value, ok := replies[f.Name]
		if !ok {
			return tunnel.Answer{}, false
		}
		answer.Fields[f.Name] = tunnel.NewSecret(value)
	}
	return answer, true
}

var rightReplies = map[string]string{"username": gateway.DefaultUser, "password": gateway.DefaultPassword}

// until watches until a snapshot is as wanted.
func (r *rig) until(what string, wanted func(tunnel.Snapshot) bool) tunnel.Snapshot {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	var last tunnel.Snapshot
	for s := range r.session.Watch(ctx) {
		last = s
		if wanted(s) {
			return s
		}
	}
	r.t.Fatalf("%s did not come; the last snapshot is %+v, error %+v", what, last, last.Error)
	return last
}

func inState(state tunnel.State) func(tunnel.Snapshot) bool {
	return func(s tunnel.Snapshot) bool { return s.State == state }
}

func (r *rig) connect() tunnel.Snapshot {
	r.t.Helper()
	if err := r.session.Connect(r.cfg); err != nil {
		r.t.Fatal(err)
	}
	return r.until("a connection", func(s tunnel.Snapshot) bool {
		return s.State == tunnel.StateConnected || s.State == tunnel.StateFailed
	})
}

// page fetches the inside page through the proxy.
func (r *rig) page(s tunnel.Snapshot) (string, error) {
	client := &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: s.Proxy}), DisableKeepAlives: true},
	}
	resp, err := client.Get(r.gateway.Page())
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestConnectFetchDisconnect(t *testing.T) {
	r := newRig(t, gateway.Config{}, rightReplies)
	s := r.connect()
	if s.State != tunnel.StateConnected {
		t.Fatalf("state %s, error %+v", s.State, s.Error)
	}
	body, err := r.page(s)
	if err != nil {
		t.Fatal(err)
	}
	own, _, _ := strings.Cut(s.Addresses[0], "/")
	if !strings.Contains(body, own) {
		t.Errorf("the page does not name the inner address %s: %s", own, body)
	}
	r.until("counters", func(s tunnel.Snapshot) bool { return s.BytesReceived > 0 && s.PacketsSent > 0 })
	r.until("DTLS", func(s tunnel.Snapshot) bool { return s.Transport == "dtls" })
	r.session.Disconnect()
	s = r.until("the end", inState(tunnel.StateDisconnected))
	if s.Error != nil || s.Wanted || s.Proxy != "" {
		t.Errorf("after the disconnect: %+v", s)
	}
	if _, err := r.page(tunnel.Snapshot{Proxy: s.Proxy}); err == nil {
		t.Error("the page can be had without the tunnel")
	}
}

func TestPracticeFaultsEndInTheirCode(t *testing.T) {
	for _, c := range []struct {
		fault gateway.Fault
		want  tunnel.Code
	}{
		{gateway.FaultWrongPassword, tunnel.CodeLoginRefused},
		{gateway.FaultExpiredCertificate, tunnel.CodeServerCertificate},
		{gateway.FaultUnknownIssuer, tunnel.CodeServerCertificate},
		{gateway.FaultWrongName, tunnel.CodeServerCertificate},
		{gateway.FaultRubbish, tunnel.CodeProtocol},
		{gateway.FaultEndlessForms, tunnel.CodeProtocol},
		{gateway.FaultHugeAnswer, tunnel.CodeProtocol},
		{gateway.FaultImpossibleRoutes, tunnel.CodeBadSettings},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			r := newRig(t, gateway.Config{Fault: c.fault}, rightReplies)
			if err := r.session.Connect(r.cfg); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			s := r.until("a failure", func(s tunnel.Snapshot) bool {
				if s.Question != nil { // a person who knows nothing better
					r.session.Answer(s.Question.ID, tunnel.Answer{Choice: tunnel.ChoiceOK, Fields: map[string]tunnel.Secret{
						"username": tunnel.NewSecret(gateway.DefaultUser), "password": tunnel.NewSecret("still wrong"),
					}})
				}
				return s.State == tunnel.StateFailed
			})
			if s.Error == nil || s.Error.Code != c.want {
				t.Errorf("failed with %+v, want %s", s.Error, c.want)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			if n := r.opened.Load(); n != 0 {
				t.Errorf("this machine's network was touched %d times", n)
			}
		})
	}
}

func TestOneTimeCodeIsAskedOfThePerson(t *testing.T) {
	r := newRig(t, gateway.Config{OneTimeCode: "123456"}, rightReplies)
	if err := r.session.Connect(r.cfg); err != nil {
		t.Fatal(err)
	}
	s := r.until("the question", func(s tunnel.Snapshot) bool { return s.Question != nil })
	fields := s.Question.Form.Fields
	if len(fields) != 1 || fields[0].Kind != tunnel.FieldCode || fields[0].StoreKey != "" {
		t.Errorf("fields %+v", fields)
	}
	if err := r.session.Answer("another id", tunnel.Answer{Choice: tunnel.ChoiceOK}); tunnel.CodeOf(err) != tunnel.CodeInvalid {
		t.Errorf("an answer to another question: %v", err)
	}
	err := r.session.Answer(s.Question.ID, tunnel.Answer{
		Choice: tunnel.ChoiceOK, Fields: map[string]tunnel.Secret{fields[0].Name: tunnel.NewSecret("123456")},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.until("the connection", inState(tunnel.StateConnected))
}

func TestNetworkChangeReconnectsWithoutLogin(t *testing.T) {
	asked := 0
	lost := make(chan tunnel.Code, 10) // the state itself may pass faster than a watcher looks
	r := newRig(t, gateway.Config{SessionTimeout: time.Hour}, nil)
	r.session = session.New(session.Options{
		Driver:  func(string) (tunnel.Driver, error) { return anyconnect.New(nil), nil },
		Network: func(tunnel.Config) (tunnel.Network, error) { return proxy.NewNetwork(proxy.Options{}), nil },
		Replies: func(_ context.Context, _ tunnel.Config, q tunnel.Question) (tunnel.Answer, bool) {
			asked++
			return answerAll(q, rightReplies)
		},
		Describe: func(err error) *tunnel.Failure {
			lost <- tunnel.CodeOf(err)
			return &tunnel.Failure{Code: tunnel.CodeOf(err)}
		},
		Disturbances: r.disturb,
	})
	before := r.connect()
	if left := time.Until(before.SessionEnds); left < 50*time.Minute || left > time.Hour {
		t.Errorf("the session of an hour ends in %v", left)
	}
	loginQuestions := asked
	r.disturb <- struct{}{}
	select {
	case code := <-lost:
		if code != tunnel.CodeConnectionLost {
			t.Errorf("lost with %s", code)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the connection was not lost")
	}
	after := r.until("the connection again", inState(tunnel.StateConnected))
	if asked != loginQuestions {
		t.Error("the reconnect logged in again")
	}
	if after.Addresses[0] != before.Addresses[0] || !after.Since.Equal(before.Since) {
		t.Errorf("before %v since %v, after %v since %v", before.Addresses, before.Since, after.Addresses, after.Since)
	}
	// This gateway tells the whole time with each tunnel.
	if !after.SessionEnds.Equal(before.SessionEnds) {
		t.Errorf("the session ended at %v, and ends at %v now", before.SessionEnds, after.SessionEnds)
	}
	if _, err := r.page(after); err != nil {
		t.Error(err)
	}
}

func TestEndedSessionLogsInAgainFromMemory(t *testing.T) {
	r := newRig(t, gateway.Config{}, rightReplies)
	r.connect()
	r.gateway.SetFault(gateway.FaultSessionEnded)
	r.until("the end of the session", inState(tunnel.StateReconnecting))
	r.gateway.SetFault(gateway.FaultNone)
	r.until("the connection again", inState(tunnel.StateConnected))
}

func TestDisconnectWhileFrozen(t *testing.T) {
	r := newRig(t, gateway.Config{Fault: gateway.FaultGatewayFrozen}, rightReplies)
	if err := r.session.Connect(r.cfg); err != nil {
		t.Fatal(err)
	}
	r.until("an attempt", func(s tunnel.Snapshot) bool { return s.Phase != "" })
	start := time.Now()
	r.session.Disconnect()
	r.until("the end", inState(tunnel.StateDisconnected))
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("giving up took %v", took)
	}
}

func TestRekeyKeepsTheConnection(t *testing.T) {
	t.Parallel()
	r := newRig(t, gateway.Config{Rekey: 2 * time.Second, MoveAddress: true}, rightReplies)
	s := r.connect()
	deadline := time.Now().Add(15 * time.Second)
	for changes := 0; changes < 2; {
		now := r.session.Snapshot()
		if now.State != tunnel.StateConnected {
			t.Fatalf("state %s: %+v", now.State, now.Error)
		}
		if now.Addresses[0] != s.Addresses[0] {
			changes++
			s = now
			if _, err := r.page(now); err != nil {
				t.Fatal(err)
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("no rekey came")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestPagesDuringRekeys fetches pages without a pause while the tunnel is
// replaced and its address moves: each that begins is answered.
func TestPagesDuringRekeys(t *testing.T) {
	t.Parallel()
	r := newRig(t, gateway.Config{Rekey: time.Second, MoveAddress: true}, rightReplies)
	s := r.connect()
	addresses := map[string]bool{}
	for end := time.Now().Add(4 * time.Second); time.Now().Before(end); {
		body, err := r.page(s)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(body, "You are inside") {
			addresses[r.session.Snapshot().Addresses[0]] = true
		} else if !strings.Contains(body, "reset") { // under way while its address went
			t.Errorf("the page is %q", body)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if len(addresses) < 3 {
		t.Errorf("only %d addresses in 4 s", len(addresses))
	}
}

// TestBlockedUDPGoesOnOverTLS, and a page is had all the same.
func TestBlockedUDPGoesOnOverTLS(t *testing.T) {
	t.Parallel()
	r := newRig(t, gateway.Config{}, rightReplies)
	s := r.connect()
	r.until("DTLS", func(s tunnel.Snapshot) bool { return s.Transport == "dtls" })
	r.gateway.SetFault(gateway.FaultUDPBlocked)
	start := time.Now()
	for {
		if _, err := r.page(s); err == nil {
			break
		}
		if time.Since(start) > 15*time.Second {
			t.Fatal("no page came over TLS")
		}
	}
	if now := r.session.Snapshot(); now.State != tunnel.StateConnected || now.Transport != "tls" {
		t.Errorf("state %s over %s", now.State, now.Transport)
	}
}

// TestAFrozenGatewayIsLeftAndFoundAgain, by DPD and without a login.
func TestAFrozenGatewayIsLeftAndFoundAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, gateway.Config{DPD: time.Second, NoDTLS: true}, rightReplies)
	r.connect()
	r.gateway.SetFault(gateway.FaultGatewayFrozen)
	s := r.until("its loss", inState(tunnel.StateReconnecting))
	if s.Error == nil || s.Error.Code != tunnel.CodeConnectionLost {
		t.Errorf("lost with %+v", s.Error)
	}
	r.gateway.SetFault(gateway.FaultNone)
	s = r.until("the connection again", inState(tunnel.StateConnected))
	if _, err := r.page(s); err != nil {
		t.Error(err)
	}
}

// TestARegisteredDeviceConnectsOfItsOwnAccord (reference 002, 3-2).
func TestARegisteredDeviceConnectsOfItsOwnAccord(t *testing.T) {
	t.Parallel()
	r := newRig(t, gateway.Config{RegistersDevices: true}, rightReplies)
	r.cfg.Device.UniqueID = "serial 1"
	if s := r.connect(); s.State != tunnel.StateConnected {
		t.Errorf("state %s, %+v", s.State, s.Error)
	}
}

// TestRubbishFramesAreNoConnection that goes on.
func TestRubbishFramesAreNoConnection(t *testing.T) {
	t.Parallel()
	r := newRig(t, gateway.Config{Fault: gateway.FaultRubbishFrames, NoDTLS: true}, rightReplies)
	r.cfg.Once = true
	if err := r.session.Connect(r.cfg); err != nil {
		t.Fatal(err)
	}
	s := r.until("the end", inState(tunnel.StateFailed))
	if s.Error == nil || s.Error.Code != tunnel.CodeProtocol {
		t.Errorf("failed with %+v", s.Error)
	}
}
