package anyconnect

import (
	"context"
	"io"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"testing"

	"torii/tunnel"
)

// TestBackToTheSameMachine: a tunnel that is lost comes back to the address
// that the gateway had, without a name server, also where the gateway's name
// wants to be asked for first and nobody answers.
func TestBackToTheSameMachine(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	})
	defer accepting.Wait()
	defer listener.Close()
	at := netip.MustParseAddrPort(listener.Addr().String())
	for _, renamed := range []bool{false, true} {
		g := newGateway(Hurry(), tunnel.Config{Host: "gateway.invalid", Port: at.Port()}, nil, func(tunnel.Phase) {})
		if _, err := g.dial(t.Context()); tunnel.CodeOf(err) != tunnel.CodeNameNotFound {
			t.Errorf("before the first time: %v", err)
		}
		g.peer, g.renamed = at, renamed
		conn, err := g.dial(t.Context())
		if err != nil {
			t.Errorf("renamed %v: %v", renamed, err)
			continue
		}
		conn.Close()
		if g.peer != at {
			t.Errorf("the peer is %v", g.peer)
		}
	}
}

// TestBackThroughTheSameProxy: the name of the proxy is not asked for again.
func TestBackThroughTheSameProxy(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
			conn.Read(make([]byte, 1000))
			conn.Close()
		}
	})
	defer accepting.Wait()
	defer listener.Close()
	at := netip.MustParseAddrPort(listener.Addr().String())
	via := &url.URL{Scheme: "http", Host: "proxy.invalid:3128"}
	g := newGateway(Hurry(), tunnel.Config{Host: "gateway.invalid", Port: 443, UpstreamProxy: via}, nil, func(tunnel.Phase) {})
	if _, err := g.dial(t.Context()); tunnel.CodeOf(err) != tunnel.CodeProxy {
		t.Errorf("before the first time: %v", err)
	}
	g.peer = at
	conn, err := g.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

// TestAGatewayThatMovedIsFoundByItsName, when its old address does not answer.
func TestAGatewayThatMovedIsFoundByItsName(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	old, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := netip.MustParseAddrPort(old.Addr().String())
	old.Close()
	at := netip.MustParseAddrPort(listener.Addr().String())
	g := newGateway(Hurry(), tunnel.Config{Host: "127.0.0.1", Port: at.Port()}, nil, func(tunnel.Phase) {})
	g.peer = gone
	conn, err := g.dial(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if g.peer != at {
		t.Errorf("the peer is %v, want %v", g.peer, at)
	}
}
