package anyconnect_test

import (
	"context"
	"net"
	"testing"
	"time"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
	"torii/tunnel/gateway"
)

// TestTheFirstTunnelTakesTheLoginsConnection: the first tunnel needs no second
// handshake, unless the login's connection was closed meanwhile; later tunnels
// have connections of their own.
func TestTheFirstTunnelTakesTheLoginsConnection(t *testing.T) {
	for _, c := range []struct {
		name   string
		closed bool // the login's connection, before the first tunnel
		dials  int  // for the login and the first tunnel
	}{
		{name: "open", dials: 1},
		{name: "closed", closed: true, dials: 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, cfg := practice(t, gateway.Config{})
			cfg.NoDTLS = true
			var dialed []net.Conn
			dial := cfg.Dial
			cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := dial(ctx, network, address)
				dialed = append(dialed, conn)
				return conn, err
			}
			p := &person{fields: rightAnswers()}
			login, err := anyconnect.New(nil).Login(t.Context(), cfg, p.ask, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.closed {
				dialed[0].Close()
			}
			first, err := login.Open(t.Context(), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(dialed) != c.dials {
				t.Errorf("%d connections for the login and a tunnel, want %d", len(dialed), c.dials)
			}
			settings := first.Settings()
			second, err := login.Open(t.Context(), &settings, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(dialed) != c.dials+1 {
				t.Errorf("%d connections after another tunnel, want %d", len(dialed), c.dials+1)
			}
			first.Close(tunnel.EndKeepSession)
			second.Close(tunnel.EndSession)
		})
	}
}

// TestAnUnusedLoginIsGivenUp: a login without a tunnel leaves no connection
// and no session behind.
func TestAnUnusedLoginIsGivenUp(t *testing.T) {
	_, cfg := practice(t, gateway.Config{})
	p := &person{fields: rightAnswers()}
	login, err := anyconnect.New(nil).Login(t.Context(), cfg, p.ask, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := login.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, login)
}

// awaitEnd waits until the gateway knows a session no more: it reads the
// goodbye a moment after it was sent.
func awaitEnd(t *testing.T, login tunnel.Login) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		transport, err := login.Open(t.Context(), nil, nil)
		if tunnel.CodeOf(err) == tunnel.CodeSessionEnded {
			return
		}
		if err == nil {
			transport.Close(tunnel.EndKeepSession)
		}
		if time.Now().After(deadline) {
			t.Fatalf("a session that was ended opens again: %v", err)
		}
	}
}
