package anyconnect_test

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"torii/tunnel"
	"torii/tunnel/anyconnect"
	"torii/tunnel/gateway"
)

// onLoopback starts a practice gateway on a socket, and returns a config that
// reaches it by its address.
func onLoopback(t *testing.T) tunnel.Config {
	t.Helper()
	g, cfg := practice(t, gateway.Config{Names: []string{"127.0.0.1", "localhost"}})
	at, err := g.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Dial, cfg.Host, cfg.Port = nil, "127.0.0.1", at.Port()
	return cfg
}

// server serves connections with a function until the test ends, and waits for
// what it began.
func server(t *testing.T, serve func(conn net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			work.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, conn := range open {
			conn.Close()
		}
		mu.Unlock()
		work.Wait()
	})
	return listener.Addr().String()
}

// join carries a connection to target; in holds what was read ahead.
func join(conn net.Conn, in io.Reader, target string) {
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer far.Close()
	go func() { io.Copy(conn, far); conn.Close() }()
	io.Copy(far, in)
}

// httpProxy is a proxy that wants a user and a password.
func httpProxy(user, password string) func(net.Conn) {
	return func(conn net.Conn) {
		in := bufio.NewReader(conn)
		request, err := http.ReadRequest(in)
		if err != nil || request.Method != http.MethodConnect {
			return
		}
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
		if user != "" && request.Header.Get("Proxy-Authorization") != want {
			io.WriteString(conn, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")
			return
		}
		io.WriteString(conn, "HTTP/1.0 200 Connection established\r\nProxy-agent: test\r\n\r\n")
		join(conn, in, request.Host)
	}
}

// socksProxy is a SOCKS5 proxy; it wants a user and a password unless user is
// empty (RFC 1928, RFC 1929).
func socksProxy(user, password string) func(net.Conn) {
	return func(conn net.Conn) {
		in := bufio.NewReader(conn)
		read := func(n int) []byte {
			b := make([]byte, n)
			io.ReadFull(in, b)
			return b
		}
		read(int(read(2)[1]))
		if user == "" {
			conn.Write([]byte{5, 0})
		} else {
			conn.Write([]byte{5, 2})
			gotUser := read(int(read(2)[1]))
			gotPassword := read(int(read(1)[0]))
			if string(gotUser) != user || string(gotPassword) != password {
				conn.Write([]byte{1, 1})
				return
			}
			conn.Write([]byte{1, 0})
		}
		var host string
		switch head := read(4); head[3] {
		case 1:
			host = net.IP(read(4)).String()
		case 3:
			host = string(read(int(read(1)[0])))
		case 4:
			host = net.IP(read(16)).String()
		}
		port := binary.BigEndian.Uint16(read(2))
		conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		join(conn, in, net.JoinHostPort(host, strconv.Itoa(int(port))))
	}
}

// loginThrough logs in by way of a proxy and opens a tunnel.
func loginThrough(t *testing.T, cfg tunnel.Config, via string) error {
	t.Helper()
	proxy, err := url.Parse(via)
	if err != nil {
		t.Fatal(err)
	}
	cfg.UpstreamProxy = proxy
	login, err := anyconnect.New(nil).Login(t.Context(), cfg, (&person{fields: rightAnswers()}).ask, nil)
	if err != nil {
		return err
	}
	transport, err := login.Open(t.Context(), nil, nil)
	if err != nil {
		return err
	}
	defer transport.Close(tunnel.EndSession)
	if host := transport.Settings().Gateway.Port(); proxy.Port() != strconv.Itoa(int(host)) {
		t.Errorf("the way outside leads to %v, not to the proxy", transport.Settings().Gateway)
	}
	return nil
}

func TestThroughAProxy(t *testing.T) {
	cfg := onLoopback(t)
	for _, c := range []struct {
		name  string
		serve func(net.Conn)
		url   string // # is the address
		host  string // the gateway's name for the proxy; "" for its address
		want  tunnel.Code
	}{
		{name: "HTTP", serve: httpProxy("", ""), url: "http://#"},
		{name: "HTTP with a name", serve: httpProxy("", ""), url: "http://#", host: "localhost"},
		{name: "HTTP with a login", serve: httpProxy("me", "p@ss:word"), url: "http://me:p%40ss%3Aword@#"},
		{name: "HTTP with a wrong login", serve: httpProxy("me", "mine"), url: "http://me:yours@#", want: tunnel.CodeProxy},
		{name: "HTTP without the login", serve: httpProxy("me", "mine"), url: "http://#", want: tunnel.CodeProxy},
		{name: "SOCKS5", serve: socksProxy("", ""), url: "socks5://#"},
		{name: "SOCKS5 with a name", serve: socksProxy("", ""), url: "socks5h://#", host: "localhost"},
		{name: "SOCKS5 with a login", serve: socksProxy("me", "mine"), url: "socks5://me:mine@#"},
		{name: "SOCKS5 with a wrong login", serve: socksProxy("me", "mine"), url: "socks5://me:yours@#", want: tunnel.CodeProxy},
		{name: "a proxy that hangs up", serve: func(net.Conn) {}, url: "http://#", want: tunnel.CodeProxy},
		{name: "a SOCKS proxy that hangs up", serve: func(net.Conn) {}, url: "socks5://#", want: tunnel.CodeProxy},
		{name: "another server", serve: func(c net.Conn) { io.WriteString(c, "220 mail.example ESMTP\r\n"); io.Copy(io.Discard, c) }, url: "http://#", want: tunnel.CodeProxy},
		{name: "a proxy without an end", serve: endless("HTTP/1.1 200 OK\r\n", "X-Header: value\r\n"), url: "http://#", want: tunnel.CodeProxy},
		{name: "a kind that nobody knows", serve: httpProxy("", ""), url: "gopher://#", want: tunnel.CodeProxy},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := cfg
			if c.host != "" {
				cfg.Host = c.host
			}
			err := loginThrough(t, cfg, strings.Replace(c.url, "#", server(t, c.serve), 1))
			if tunnel.CodeOf(err) != c.want {
				t.Errorf("ended with %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "yours") {
				t.Errorf("the password is in the error: %v", err)
			}
		})
	}
}

// endless writes a beginning and then a text for ever.
func endless(begin, again string) func(net.Conn) {
	return func(c net.Conn) {
		io.WriteString(c, begin)
		for {
			if _, err := io.WriteString(c, strings.Repeat(again, 100)); err != nil {
				return
			}
		}
	}
}

// TestASilentProxyIsGivenUp, when the person says so too.
func TestASilentProxyIsGivenUp(t *testing.T) {
	cfg := onLoopback(t)
	for _, scheme := range []string{"http", "socks5"} {
		said := make(chan struct{}, 1)
		via, _ := url.Parse(scheme + "://" + server(t, func(c net.Conn) { said <- struct{}{}; io.Copy(io.Discard, c) }))
		cfg.UpstreamProxy = via
		ended := make(chan error, 1)
		ctx, cancel := contextWithCause(t)
		go func() {
			_, err := anyconnect.New(nil).Login(ctx, cfg, (&person{}).ask, nil)
			ended <- err
		}()
		<-said
		cancel(errors.New("enough"))
		select {
		case err := <-ended:
			if tunnel.CodeOf(err) != tunnel.CodeCancelled {
				t.Errorf("%s: ended with %v", scheme, err)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: it goes on waiting", scheme)
		}
	}
}
