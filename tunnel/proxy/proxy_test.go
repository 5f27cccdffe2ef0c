package proxy

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/tunnel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	client4   = netip.MustParseAddr("10.7.0.2")
	client6   = netip.MustParseAddr("fd07::2")
	inside4   = netip.MustParseAddr("10.7.0.1")
	inside6   = netip.MustParseAddr("fd07::1")
	outsideIP = netip.MustParseAddr("198.51.100.7")
)

// splitSettings lead 10.7.0.0/24 and fd07::/64 through the tunnel and resolve

// inside.test there.

// bed is a proxy in front of a small network.

// newBed starts a proxy and a network inside with a web server that tells the

// caller's address, a UDP echo and DNS; and a web server outside.

// dialOutside makes outsideIP lead to the server outside.

// lookupOutside knows the names outside.

// somebodyElse says that every socket belongs to another user.

// connect carries packets between two devices until both are closed.

// whereFrom answers with its own name and the caller's address.

// answerName knows www.inside.test.

// serve runs the server outside and returns where.

// curl runs curl and returns what it printed.

func TestCurl(t *testing.T) {
	b := newBed(t, Options{}, splitSettings())
	for _, c := range []struct{ name, proxy, extra, url, want string }{
		{"SOCKS5, a name inside", "socks5h://", "", "http://www.inside.test/", "inside 10.7.0.2"},
		{"SOCKS5, a short name", "socks5h://", "", "http://www/", "inside 10.7.0.2"},
		{"SOCKS5, an address inside", "socks5://", "", "http://10.7.0.1/", "inside 10.7.0.2"},
		{"SOCKS5, IPv6 inside", "socks5h://", "", "http://[fd07::1]/", "inside fd07::2"},
		{"SOCKS5, a name outside", "socks5h://", "", "http://www.outside.test/", "outside 127.0.0.1"},
		{"SOCKS5, an address outside", "socks5://", "", "http://198.51.100.7/", "outside 127.0.0.1"},
		{"CONNECT, a name inside", "http://", "-p", "http://www.inside.test/", "inside 10.7.0.2"},
		{"CONNECT, IPv6 inside", "http://", "-p", "http://[fd07::1]/", "inside fd07::2"},
		{"CONNECT, outside", "http://", "-p", "http://www.outside.test/", "outside 127.0.0.1"},
		{"plain, inside", "http://", "", "http://www.inside.test/", "inside 10.7.0.2"},
		{"plain, outside", "http://", "", "http://www.outside.test/", "outside 127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{"-x", c.proxy + b.address, c.url}
			if c.extra != "" {
				args = append(args, c.extra)
			}
			if got, err := curl(t, args...); err != nil || got != c.want {
				t.Errorf("curl got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// TestOwnLoopbackIsRefused is security rule 8: no way to this machine itself.

func TestOwnLoopbackIsRefused(t *testing.T) {
	b := newBed(t, Options{system: system{dial: new(net.Dialer).DialContext}}, splitSettings())
	_, port, _ := net.SplitHostPort(serve(t, ":0")) // each of these ways really leads there
	for _, host := range []string{
		"127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "[64:ff9b::7f00:1]",
		"localhost", "www.localhost", "rebound.outside.test",
	} {
		for _, proxy := range []string{"socks5h://", "http://"} {
			for _, tunnelled := range []bool{false, true} {
				args := []string{"-f", "-x", proxy + b.address, "http://" + host + ":" + port + "/"}
				if tunnelled {
					args = append(args, "-p")
				}
				if got, err := curl(t, args...); err == nil {
					t.Errorf("%s through %s (-p %v): %q", host, proxy, tunnelled, got)
				}
			}
		}
	}
}

// TestOtherUsersAreRefused is security rule 8: own user id only.

func TestOtherUsersAreRefused(t *testing.T) {
	b := newBed(t, Options{system: system{owner: somebodyElse}}, splitSettings())
	for _, proxy := range []string{"socks5h://", "http://"} {
		if got, err := curl(t, "-x", proxy+b.address, "http://10.7.0.1/"); err == nil {
			t.Errorf("another user got %q through %s", got, proxy)
		}
	}
	if got, err := curl(t, "http://"+b.address+pacPath); err == nil {
		t.Errorf("another user got the PAC file %q", got)
	}
}

func TestUserAndPassword(t *testing.T) {
	b := newBed(t, Options{User: "me", Password: tunnel.NewSecret("mine"), system: system{owner: somebodyElse}}, splitSettings())
	for _, c := range []struct {
		who  string
		fine bool
	}{{"me:mine@", true}, {"me:yours@", false}, {"you:mine@", false}, {"", false}} {
		for _, proxy := range []string{"socks5h://", "http://"} {
			got, err := curl(t, "-f", "-x", proxy+c.who+b.address, "http://10.7.0.1/")
			if fine := err == nil && got == "inside 10.7.0.2"; fine != c.fine {
				t.Errorf("%s%s: %q, %v", proxy, c.who, got, err)
			}
		}
	}
}

func TestListeningForOthersNeedsAPassword(t *testing.T) {
	_, err := NewNetwork(Options{Listen: netip.MustParseAddrPort("0.0.0.0:0")}).Open(t.Context(), splitSettings())
	if tunnel.CodeOf(err) != tunnel.CodePolicy {
		t.Errorf("Open: %v", err)
	}
	attachment, err := NewNetwork(Options{Listen: netip.MustParseAddrPort("0.0.0.0:0"), User: "me", Password: tunnel.NewSecret("mine")}).Open(t.Context(), splitSettings())
	if err != nil {
		t.Fatal(err)
	}
	attachment.Close()
}

func TestPAC(t *testing.T) {
	b := newBed(t, Options{}, splitSettings())
	got, err := curl(t, "-f", "-i", "http://"+b.address+pacPath)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"application/x-ns-proxy-autoconfig", "PROXY " + b.address + "; SOCKS5 " + b.address, `return "DIRECT"`} {
		if !strings.Contains(got, want) {
			t.Errorf("the PAC file has no %q:\n%s", want, got)
		}
	}
	if got, err := curl(t, "-f", "-H", "Host: evil.example", "http://"+b.address+pacPath); err == nil {
		t.Errorf("a rebound name got %q", got)
	}
}

func TestUpdate(t *testing.T) {
	b := newBed(t, Options{}, splitSettings())
	moved := splitSettings()
	moved.Addresses[0] = netip.MustParsePrefix("10.7.0.9/24")
	moved.Include = moved.Include[:1]
	if err := b.Update(t.Context(), moved); err != nil {
		t.Fatal(err)
	}
	if got, err := curl(t, "-x", "socks5h://"+b.address, "http://www.inside.test/"); err != nil || got != "inside 10.7.0.9" {
		t.Errorf("after the update curl got %q, %v", got, err)
	}
	if info := b.Info(); len(info.Secure) != 1 || info.Proxy.String() != b.address || info.Device != "" {
		t.Errorf("Info: %+v", info)
	}
}

// associate opens a UDP association and returns its socket's address.

func associate(t *testing.T, b *bed) (control net.Conn, relay *net.UDPAddr) {
	t.Helper()
	control, err := net.Dial("tcp", b.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { control.Close() })
	control.Write([]byte{5, 1, 0, 5, commandAssociate, 0, addressIPv4, 0, 0, 0, 0, 0, 0})
	answer := make([]byte, 2+10)
	control.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadFull(control, answer); err != nil || answer[3] != 0 {
		t.Fatalf("answer % x, %v", answer, err)
	}
	return control, &net.UDPAddr{IP: answer[6:10], Port: int(binary.BigEndian.Uint16(answer[10:]))}
}

func TestUDPAssociate(t *testing.T) {
	b := newBed(t, Options{}, splitSettings())
	control, relay := associate(t, b)
	socket, err := net.DialUDP("udp", nil, relay)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	name := append([]byte{addressName, 15}, "www.inside.test"...)
	for _, c := range []struct {
		name string
		head []byte
		from netip.AddrPort
	}{
		{"IPv4", append([]byte{addressIPv4}, inside4.AsSlice()...), netip.AddrPortFrom(inside4, 7)},
		{"IPv6", append([]byte{addressIPv6}, inside6.AsSlice()...), netip.AddrPortFrom(inside6, 7)},
		{"a name", name, netip.AddrPortFrom(inside4, 7)},
	} {
		request := append(append([]byte{0, 0, 0}, c.head...), 0, 7)
		if _, err := socket.Write(append(request, "hello"...)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 200)
		socket.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := socket.Read(buf)
		if want := append(appendAddress([]byte{0, 0, 0}, c.from), "hello"...); err != nil || !bytes.Equal(buf[:n], want) {
			t.Errorf("%s: got % x, %v; want % x", c.name, buf[:n], err, want)
		}
	}
	control.Close() // ends the association
	deadline := time.Now().Add(10 * time.Second)
	for {
		socket.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		socket.Write([]byte{0, 0, 0})
		if _, err := socket.Read(make([]byte, 10)); err != nil && !errors.Is(err, context.DeadlineExceeded) && strings.Contains(err.Error(), "refused") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the association outlives its connection")
		}
	}
}

// TestUDPAssociateRefuses: strangers and this machine's loopback.

func TestUDPAssociateRefuses(t *testing.T) {
	b := newBed(t, Options{}, splitSettings())
	victim, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	_, relay := associate(t, b)
	socket, err := net.DialUDP("udp", nil, relay)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	echo := append(appendAddress([]byte{0, 0, 0}, netip.AddrPortFrom(inside4, 7)), "ours"...)
	buf := make([]byte, 200)
	socket.Write(append(appendAddress([]byte{0, 0, 0}, addrPort(victim.LocalAddr())), "x"...))
	socket.Write(append([]byte{0, 0, 1}, echo[3:]...)) // a fragment
	socket.Write(echo)
	socket.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := socket.Read(buf); err != nil || !bytes.HasSuffix(buf[:n], []byte("ours")) {
		t.Fatalf("got % x, %v", buf[:n], err)
	}
	stranger, err := net.DialUDP("udp", nil, relay)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	stranger.Write(append(appendAddress([]byte{0, 0, 0}, netip.AddrPortFrom(inside4, 7)), "theirs"...))
	socket.Write(echo)
	socket.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := socket.Read(buf); err != nil || !bytes.HasSuffix(buf[:n], []byte("ours")) {
		t.Errorf("after a stranger: % x, %v", buf[:n], err)
	}
	victim.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := victim.Read(buf); err == nil {
		t.Errorf("this machine's loopback got %d bytes", n)
	}
}

func TestTooManyConnectionsAreClosed(t *testing.T) {
	b := newBed(t, Options{MaxConnections: 2}, splitSettings())
	for range 2 {
		conn, err := net.Dial("tcp", b.address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.Write([]byte{5, 1, 0})
		if _, err := io.ReadFull(conn, make([]byte, 2)); err != nil {
			t.Fatalf("within the bound: %v", err)
		}
	}
	conn, err := net.Dial("tcp", b.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("beyond the bound: %d bytes, %v", n, err)
	}
}

func TestPortStays(t *testing.T) {
	network := NewNetwork(Options{})
	first, err := network.Open(t.Context(), splitSettings())
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	second, err := network.Open(t.Context(), splitSettings())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if first.Info().Proxy != second.Info().Proxy {
		t.Errorf("first %v, then %v", first.Info().Proxy, second.Info().Proxy)
	}
}

func TestLost(t *testing.T) {
	b := newBed(t, Options{}, splitSettings())
	b.listener.Close()
	select {
	case <-b.Lost():
	case <-time.After(10 * time.Second):
		t.Error("nobody noticed that the listener is gone")
	}
}
