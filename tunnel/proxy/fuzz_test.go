package proxy

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"torii/tunnel"
	"torii/tunnel/netstack"
)

// said is a connection whose client has said everything already.
type said struct {
	in  *bytes.Reader
	mu  sync.Mutex
	out bytes.Buffer
	end bool
}

func (c *said) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end {
		return 0, net.ErrClosed
	}
	return c.in.Read(b)
}

func (c *said) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end {
		return 0, net.ErrClosed
	}
	return c.out.Write(b)
}

func (c *said) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end = true
	return nil
}

func (c *said) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (c *said) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 2} }
func (c *said) SetDeadline(time.Time) error      { return nil }
func (c *said) SetReadDeadline(time.Time) error  { return nil }
func (c *said) SetWriteDeadline(time.Time) error { return nil }

// FuzzConnection lets the proxy serve a whole connection, whatever is said on
// it: it answers, reaches only where the routes lead, and comes to an end.
func FuzzConnection(f *testing.F) {
	f.Add([]byte("CONNECT www.inside.test:80 HTTP/1.1\r\nHost: www.inside.test:80\r\n\r\nGET / HTTP/1.0\r\n\r\n"))
	f.Add([]byte("CONNECT [::1]:22 HTTP/1.1\r\n\r\n"))
	f.Add([]byte("GET http://198.51.100.7/ HTTP/1.1\r\nHost: 198.51.100.7\r\nProxy-Authorization: Basic bWU6bWluZQ==\r\n\r\n"))
	f.Add([]byte("POST http://localhost/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"))
	f.Add([]byte("GET /proxy.pac HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /proxy.pac HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
	f.Add([]byte{5, 1, 0, 5, 1, 0, 1, 198, 51, 100, 7, 0, 80, 'x'})
	f.Add(append(append([]byte{5, 1, 0, 5, 1, 0, 3, 9}, "localhost"...), 0, 22))
	f.Add([]byte("\x16\x03\x01\x02\x00\x01"))
	reached := func(_ context.Context, _, address string) (net.Conn, error) {
		at, err := netip.ParseAddrPort(address)
		if err != nil || at.Addr().IsLoopback() || at.Addr().IsUnspecified() {
			panic("the proxy reached for " + address)
		}
		return nil, errors.New("the test has no way there")
	}
	outside := func(_ context.Context, _, name string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("127.0.0.1")}, nil
	}
	settings := tunnel.Settings{Addresses: []netip.Prefix{netip.PrefixFrom(client4, 24)}, MTU: 1400, Include: []netip.Prefix{netip.MustParsePrefix("10.7.0.0/24")}}
	stack, err := netstack.New(netstack.Options{Addresses: []netip.Addr{client4}, MTU: 1400})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { stack.Close() })
	f.Fuzz(func(t *testing.T, bytesSaid []byte) {
		if len(bytesSaid) > 2 && bytesSaid[0] == socksVersion && bytes.Contains(bytesSaid, []byte{5, commandAssociate}) {
			return // a real socket for each input is too much; FuzzDatagram has its parser
		}
		options := NewNetwork(Options{system: system{
			owner: func(uint8, netip.AddrPort, netip.AddrPort) (uint32, error) { return 0, nil }, dial: reached, lookup: outside,
			links: func() (machine, error) { return machine{}, nil },
		}}).options
		s := newServer(options, netip.MustParseAddrPort("127.0.0.1:1"))
		s.dialer.Store(newDialer(settings, stack, options.system))
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.serveConn(&said{in: bytes.NewReader(bytesSaid)})
		}()
		select {
		case <-done:
			s.close()
			s.wait()
			return
		case <-time.After(50 * time.Millisecond): // it dials into the tunnel, where nobody answers
		}
		s.close()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("a connection does not end")
		}
		s.wait()
	})
}
