package proxy

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"torii/tunnel"
	"torii/tunnel/netstack"
)

func splitSettings() tunnel.Settings {
	return tunnel.Settings{
		Addresses:     []netip.Prefix{netip.PrefixFrom(client4, 24), netip.PrefixFrom(client6, 64)},
		MTU:           1400,
		DNS:           []netip.Addr{inside4},
		SearchDomains: []string{"inside.test"},
		Include:       []netip.Prefix{netip.MustParsePrefix("10.7.0.0/24"), netip.MustParsePrefix("fd07::/64")},
	}
}

type bed struct {
	*attachment
	address string // of the proxy
}

func newBed(t *testing.T, options Options, settings tunnel.Settings) *bed {
	t.Helper()
	outside := serve(t, "127.0.0.1:0")
	if options.system.dial == nil {
		options.system.dial = dialOutside(outside)
	}
	options.system.lookup = lookupOutside
	opened, err := NewNetwork(options).Open(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	stack, err := netstack.New(netstack.Options{Addresses: []netip.Addr{inside4, inside6}, MTU: 1400})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stack.Close() })
	connect(t, opened.Device(), stack)
	for _, address := range stack.Addresses() {
		serveInside(t, stack, address)
	}
	return &bed{attachment: opened.(*attachment), address: opened.Info().Proxy.String()}
}

func dialOutside(server string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, _, _ := net.SplitHostPort(address); host != outsideIP.String() {
			return nil, fmt.Errorf("the test has no way to %s", address)
		}
		return new(net.Dialer).DialContext(ctx, network, server)
	}
}

func lookupOutside(_ context.Context, _, name string) ([]netip.Addr, error) {
	switch name {
	case "www.outside.test":
		return []netip.Addr{outsideIP}, nil
	case "rebound.outside.test":
		return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::ffff:127.0.0.1")}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func somebodyElse(uint8, netip.AddrPort, netip.AddrPort) (uint32, error) { return 4711, nil }

func connect(t *testing.T, a, b tunnel.Device) {
	done := make(chan struct{}, 2)
	carry := func(from, to tunnel.Device) {
		defer func() { done <- struct{}{} }()
		bufs := make([][]byte, from.BatchSize())
		for i := range bufs {
			bufs[i] = make([]byte, 2048)
		}
		sizes, out := make([]int, len(bufs)), make([][]byte, len(bufs))
		for {
			n, err := from.Read(bufs, sizes, tunnel.Headroom)
			if err != nil {
				return
			}
			for i := range n {
				out[i] = bufs[i][:tunnel.Headroom+sizes[i]]
			}
			to.Write(out[:n], tunnel.Headroom)
		}
	}
	go carry(a, b)
	go carry(b, a)
	t.Cleanup(func() {
		a.Close()
		b.Close()
		<-done
		<-done
	})
}

func whereFrom(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		if r.Header.Get("Proxy-Connection") != "" || r.Header.Get("X-Forwarded-For") != "" {
			host = "a header of the hop came through"
		}
		fmt.Fprintf(w, "%s %s", name, host)
	})
}

func serveInside(t *testing.T, stack *netstack.Stack, address netip.Addr) {
	web, err := stack.ListenTCP(netip.AddrPortFrom(address, 80))
	if err != nil {
		t.Fatal(err)
	}
	httpServer := &http.Server{Handler: whereFrom("inside")}
	go httpServer.Serve(web)
	t.Cleanup(func() { httpServer.Close() })
	for port, answer := range map[uint16]func([]byte) []byte{
		7:  func(b []byte) []byte { return b },
		53: func(query []byte) []byte { return answerName(t, query) },
	} {
		socket, err := stack.ListenUDP(netip.AddrPortFrom(address, port))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { socket.Close() })
		go func() {
			buf := make([]byte, 4096)
			for {
				n, from, err := socket.ReadFrom(buf)
				if err != nil {
					return
				}
				socket.WriteTo(answer(buf[:n]), from)
			}
		}()
	}
}

func answerName(t *testing.T, query []byte) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		t.Errorf("DNS query: %v", err)
	}
	q := m.Questions[0]
	m = dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, RCode: dnsmessage.RCodeNameError}, Questions: m.Questions}
	if q.Name.String() == "www.inside.test." {
		m.RCode = dnsmessage.RCodeSuccess
		head := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}
		if q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: inside4.As4()}})
		}
	}
	reply, err := m.Pack()
	if err != nil {
		t.Errorf("DNS reply: %v", err)
	}
	return reply
}

func serve(t *testing.T, at string) string {
	listener, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	httpServer := &http.Server{Handler: whereFrom("outside")}
	go httpServer.Serve(listener)
	t.Cleanup(func() { httpServer.Close() })
	return listener.Addr().String()
}

func curl(t *testing.T, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	command := exec.CommandContext(t.Context(), "curl", append([]string{"-q", "-s", "-S", "--max-time", "20", "--noproxy", ""}, args...)...)
	out, err := command.CombinedOutput()
	return string(out), err
}
