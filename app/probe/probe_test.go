package probe_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"torii/app/api"
	"torii/app/probe"
	"torii/tunnel"
	"torii/tunnel/anyconnect"
	"torii/tunnel/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// trusting and distrusting are judges.
func trusting(server tunnel.ServerIdentity) (*tunnel.ServerCertificate, error) {
	return &tunnel.ServerCertificate{Host: server.Host, Port: server.Port}, nil
}

func distrusting(server tunnel.ServerIdentity) (*tunnel.ServerCertificate, error) {
	return &tunnel.ServerCertificate{Host: server.Host, Port: server.Port, Problems: []string{"unknown-issuer"}}, nil
}

// at is where a listener is, as a configuration.
func at(address string) tunnel.Config {
	place := netip.MustParseAddrPort(address)
	return tunnel.Config{Protocol: anyconnect.Protocol, Host: place.Addr().String(), Port: place.Port()}
}

// practice starts a gateway on the loopback.
func practice(t *testing.T, config gateway.Config) tunnel.Config {
	t.Helper()
	config.Names = []string{"127.0.0.1"}
	g, err := gateway.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	address, err := g.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	return at(address.String())
}

// closed is an address where nobody listens.
func closed(t *testing.T) tunnel.Config {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	return at(listener.Addr().String())
}

// TestWhatAnswers looks at real servers on the loopback.
func TestWhatAnswers(t *testing.T) {
	web := httptest.NewTLSServer(http.NotFoundHandler())
	defer web.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	nowhere := tunnel.Config{Protocol: anyconnect.Protocol, Host: "gateway.invalid", Port: 443}
	for _, c := range []struct {
		name    string
		where   tunnel.Config
		judge   probe.Judge
		gateway string
		server  bool
		code    tunnel.Code
	}{
		{"a gateway", practice(t, gateway.Config{}), trusting, "anyconnect", true, ""},
		{"an older gateway", practice(t, gateway.Config{LegacyLogin: true}), trusting, "anyconnect", true, ""},
		{"one that wants a certificate", practice(t, gateway.Config{CertificateOnly: true, Certificate: gateway.CertificateRequired}), trusting, "anyconnect", true, tunnel.CodeClientCertificate},
		{"one that is not trusted", practice(t, gateway.Config{}), distrusting, "", true, ""},
		{"a web server", at(web.Listener.Addr().String()), trusting, "", true, tunnel.CodeProtocol},
		{"no TLS", at(plain.Listener.Addr().String()), trusting, "", false, tunnel.CodeTLS},
		{"nobody", closed(t), trusting, "", false, tunnel.CodeUnreachable},
		{"no such name", nowhere, trusting, "", false, tunnel.CodeNameNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := probe.Run(t.Context(), anyconnect.New(nil), c.where, c.judge)
			if err != nil {
				t.Fatal(err)
			}
			if got.Gateway != c.gateway || (got.Server != nil) != c.server || got.Code != c.code {
				t.Errorf("seen was %+v, want gateway %q, a server: %v, code %q", got, c.gateway, c.server, c.code)
			}
			if c.server && got.Server.Port != c.where.Port {
				t.Errorf("the server is %+v", got.Server)
			}
		})
	}
}

// TestNothingOfThePersonIsSent: the requests carry nothing of what the
// configuration knows, and none is sent to a server that is not trusted.
func TestNothingOfThePersonIsSent(t *testing.T) {
	var mu sync.Mutex
	var got []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, fmt.Sprint(r.URL, r.Header, string(body)))
		http.NotFound(w, r)
	}))
	defer server.Close()
	where := at(server.Listener.Addr().String())
	where.User, where.Group = "suzuki", "contractors"
	where.Device = tunnel.DeviceIdentity{UniqueID: "serial-1234", ComputerName: "suzukis-laptop", MACAddresses: []string{"12:34:56:78:90:ab"}}
	if _, err := probe.Run(t.Context(), anyconnect.New(nil), where, distrusting); err != nil || len(got) != 0 {
		t.Errorf("a server that is not trusted got %q (%v)", got, err)
	}
	if _, err := probe.Run(t.Context(), anyconnect.New(nil), where, trusting); err != nil || len(got) == 0 {
		t.Fatalf("a trusted server got %q (%v)", got, err)
	}
	for _, secret := range []string{"suzuki", "contractors", "serial-1234", "12:34"} {
		if strings.Contains(strings.Join(got, "\n"), secret) {
			t.Errorf("the server learns %q: %q", secret, got)
		}
	}
}

// frozen is a driver whose gateway never answers.
type frozen struct{}

func (frozen) Login(ctx context.Context, _ tunnel.Config, _ tunnel.Asker, _ func(tunnel.Phase)) (tunnel.Login, error) {
	<-ctx.Done()
	return nil, tunnel.NewError(tunnel.CodeCancelled, "log in", ctx.Err())
}

func TestTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		got, err := probe.Run(t.Context(), frozen{}, tunnel.Config{}, trusting)
		if took := time.Since(began); err != nil || got.Code != tunnel.CodeTimeout || took != probe.Limit || got.Milliseconds != took.Milliseconds() {
			t.Errorf("%+v, %v after %v", got, err, took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		got, err = probe.Run(ctx, frozen{}, tunnel.Config{}, trusting)
		if tunnel.CodeOf(err) != tunnel.CodeCancelled || got.Code != "" {
			t.Errorf("cancelled: %+v, %v", got, err)
		}
	})
}

// TestProblemsCross to the face as they are.
func TestProblemsCross(t *testing.T) {
	got, err := probe.Run(t.Context(), anyconnect.New(nil), practice(t, gateway.Config{}), distrusting)
	if err != nil || got.Server == nil || !slices.Equal(got.Server.Problems, []string{"unknown-issuer"}) {
		t.Errorf("%+v, %v", got, err)
	}
	var _ api.Probe = got
}
