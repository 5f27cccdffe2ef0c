package anyconnect_test

import (
	"context"
	"crypto/x509"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
	"torii/tunnel/gateway"
)

// person answers the questions of a login by the fields' names, and remembers
// what was asked.
type person struct {
	fields map[string]string

	mu    sync.Mutex
	asked []tunnel.Question
}

func (p *person) ask(_ context.Context, q tunnel.Question) (tunnel.Answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, q)
	answer := tunnel.Answer{Choice: tunnel.ChoiceOK, Fields: map[string]tunnel.Secret{}}
	if q.Form != nil {
		for _, f := range q.Form.Fields {
			answer.Fields[f.Name] = tunnel.NewSecret(p.fields[f.Name])
			if f.Kind == tunnel.FieldSelect && p.fields[f.Name] == "" {
				answer.Fields[f.Name] = tunnel.NewSecret(f.Value)
			}
		}
	}
	return answer, nil
}

// practice starts a practice gateway and returns a config that reaches it.
func practice(t *testing.T, cfg gateway.Config) (*gateway.Gateway, tunnel.Config) {
	t.Helper()
	g, err := gateway.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	roots := x509.NewCertPool()
	roots.AddCert(g.CA())
	return g, tunnel.Config{
		Host: gateway.DefaultHost, Dial: g.Dial,
		Device: tunnel.DeviceIdentity{ClientVersion: "1.0", Platform: "linux-64", ComputerName: "desk"},
		Verify: func(_ context.Context, server tunnel.ServerIdentity, _ tunnel.Asker) error {
			_, err := server.Chain[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: server.Host})
			return err
		},
	}
}

func rightAnswers() map[string]string {
	return map[string]string{"username": gateway.DefaultUser, "password": gateway.DefaultPassword}
}

func TestLoginAndTunnelOverDTLS(t *testing.T) {
	_, cfg := practice(t, gateway.Config{Banner: "Welcome inside"})
	p := &person{fields: rightAnswers()}
	login, err := anyconnect.New(nil).Login(t.Context(), cfg, p.ask, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := login.Open(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var served sync.WaitGroup
	served.Go(func() { transport.Serve(ctx, func([][]byte, int) error { return nil }) })
	deadline := time.Now().Add(10 * time.Second)
	for transport.Status().Transport != "dtls" {
		if time.Now().After(deadline) {
			t.Fatalf("still over %+v", transport.Status())
		}
		time.Sleep(10 * time.Millisecond)
	}
	if s := transport.Settings(); len(s.Addresses) != 2 || s.MTU == 0 {
		t.Errorf("settings %+v", s)
	}
	last := p.asked[len(p.asked)-1]
	if last.Kind != tunnel.QuestionBanner || last.Message != "Welcome inside" {
		t.Errorf("the last question was %+v", last)
	}
	transport.Close(tunnel.EndSession)
	cancel()
	served.Wait()
	awaitEnd(t, login)
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// contextWithCause is a context of the test that can be ended with a cause.
func contextWithCause(t *testing.T) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(t.Context())
	t.Cleanup(func() { cancel(nil) })
	return ctx, cancel
}
