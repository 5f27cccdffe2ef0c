package proxy

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"
)

// ownAddress is an address of this machine that is not the loopback's.
func ownAddress(t *testing.T, wanted func(netip.Addr) bool) netip.Addr {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		prefix, err := netip.ParsePrefix(a.String())
		if address := prefix.Addr(); err == nil && wanted(address) && !address.IsLoopback() && !address.IsLinkLocalUnicast() {
			return address
		}
	}
	t.Skip("this machine has the loopback only")
	return netip.Addr{}
}

// TestDatagramsOutside: what the routes leave outside goes out directly, as in
// a split tunnel, in both families.
func TestDatagramsOutside(t *testing.T) {
	for name, family := range map[string]func(netip.Addr) bool{"IPv4": netip.Addr.Is4, "IPv6": netip.Addr.Is6} {
		t.Run(name, func(t *testing.T) {
			address := ownAddress(t, family)
			echo, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(address, 0)))
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			defer func() { echo.Close(); <-done }()
			go func() {
				defer close(done)
				buf := make([]byte, 100)
				for {
					n, from, err := echo.ReadFromUDPAddrPort(buf)
					if err != nil {
						return
					}
					echo.WriteToUDPAddrPort(buf[:n], from)
				}
			}()
			b := newBed(t, Options{}, splitSettings())
			_, relay := associate(t, b)
			socket, err := net.DialUDP("udp", nil, relay)
			if err != nil {
				t.Fatal(err)
			}
			defer socket.Close()
			want := append(appendAddress([]byte{0, 0, 0}, addrPort(echo.LocalAddr())), "outside"...)
			if _, err := socket.Write(want); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 100)
			socket.SetReadDeadline(time.Now().Add(10 * time.Second))
			if n, err := socket.Read(buf); err != nil || !bytes.Equal(buf[:n], want) {
				t.Errorf("got % x, %v; want % x", buf[:n], err, want)
			}
		})
	}
}

// TestConnectionsOutside: the same for both kinds of proxying, in both families.
func TestConnectionsOutside(t *testing.T) {
	for name, family := range map[string]func(netip.Addr) bool{"IPv4": netip.Addr.Is4, "IPv6": netip.Addr.Is6} {
		t.Run(name, func(t *testing.T) {
			address := ownAddress(t, family)
			at := serve(t, netip.AddrPortFrom(address, 0).String())
			b := newBed(t, Options{system: system{dial: new(net.Dialer).DialContext}}, splitSettings())
			for _, args := range [][]string{{"-x", "socks5h://" + b.address}, {"-x", "http://" + b.address}, {"-p", "-x", "http://" + b.address}} {
				want := fmt.Sprint("outside ", address)
				if got, err := curl(t, append(args, "http://"+at+"/")...); err != nil || got != want {
					t.Errorf("%v: %q, %v; want %q", args, got, err, want)
				}
			}
		})
	}
}

// TestNothingLeaksAroundAFullTunnel: a family that the tunnel does not have is
// refused, not reached directly, and a client is told why.
func TestNothingLeaksAroundAFullTunnel(t *testing.T) {
	address := ownAddress(t, netip.Addr.Is6)
	at := serve(t, netip.AddrPortFrom(address, 0).String())
	settings := splitSettings()
	settings.Addresses, settings.Include = settings.Addresses[:1], nil
	b := newBed(t, Options{system: system{dial: new(net.Dialer).DialContext}}, settings)
	for _, proxy := range []string{"socks5h://", "http://"} {
		if got, err := curl(t, "-f", "-x", proxy+b.address, "http://"+at+"/"); err == nil {
			t.Errorf("%s: reached %q", proxy, got)
		}
	}
	settings.BypassMissingFamily = true
	if err := b.Update(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	if got, err := curl(t, "-x", "socks5h://"+b.address, "http://"+at+"/"); err != nil {
		t.Errorf("where the gateway allows it: %q, %v", got, err)
	}
}

// TestDatagramsOfOtherUsersAreRefused is security rule 8 for UDP: the TCP
// connection is ours, the datagrams are another's.
func TestDatagramsOfOtherUsersAreRefused(t *testing.T) {
	owner := func(protocol uint8, _, _ netip.AddrPort) (uint32, error) {
		if protocol == protocolUDP {
			return 4711, nil
		}
		return 0, nil
	}
	b := newBed(t, Options{system: system{owner: owner}}, splitSettings())
	_, relay := associate(t, b)
	socket, err := net.DialUDP("udp", nil, relay)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	socket.Write(append(appendAddress([]byte{0, 0, 0}, netip.AddrPortFrom(inside4, 7)), "theirs"...))
	socket.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	if n, err := socket.Read(make([]byte, 100)); err == nil {
		t.Errorf("another user got %d bytes", n)
	}
}

// TestIdleConnectionsDoNotOutliveTheAddress: a plain request after a move must
// not wait for a connection of the address before.
func TestIdleConnectionsDoNotOutliveTheAddress(t *testing.T) {
	b := newBed(t, Options{}, splitSettings())
	settings := splitSettings()
	for _, address := range []string{"10.7.0.2", "10.7.0.9", "10.7.0.10"} {
		settings.Addresses = []netip.Prefix{netip.MustParsePrefix(address + "/24")}
		if err := b.Update(t.Context(), settings); err != nil {
			t.Fatal(err)
		}
		if got, err := curl(t, "--max-time", "5", "-x", "http://"+b.address, "http://10.7.0.1/"); err != nil || got != "inside "+address {
			t.Errorf("from %s: %q, %v", address, got, err)
		}
	}
}
