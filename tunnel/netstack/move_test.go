package netstack_test

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"torii/tunnel/netstack"
)

var moved4 = netip.MustParseAddr("10.0.0.9")

// within waits for what a function returns.
func within[T any](t *testing.T, what string, f func() T) T {
	t.Helper()
	result := make(chan T, 1)
	go func() { result <- f() }()
	select {
	case r := <-result:
		return r
	case <-time.After(10 * time.Second):
		t.Fatalf("%s hangs", what)
		panic("unreachable")
	}
}

// TestConnectionsOfALostAddressEnd: at both ends, and at once. Those of an
// address that stays go on.
func TestConnectionsOfALostAddressEnd(t *testing.T) {
	left, right := pair(t)
	accepted := make(chan net.Conn, 2)
	for _, address := range []netip.Addr{right4, right6} {
		listener, err := right.ListenTCP(netip.AddrPortFrom(address, 80))
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		go func() {
			if conn, err := listener.Accept(); err == nil {
				accepted <- conn
			}
		}()
	}
	dial := func(address netip.Addr) (near, far net.Conn) {
		near, err := left.DialTCP(t.Context(), netip.AddrPortFrom(address, 80))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { near.Close() })
		far = <-accepted
		t.Cleanup(func() { far.Close() })
		return near, far
	}
	lost, lostFar := dial(right4)
	stays, staysFar := dial(right6)
	query, err := left.DialUDP(netip.AddrPortFrom(right4, 53))
	if err != nil {
		t.Fatal(err)
	}
	defer query.Close()
	if err := left.SetAddresses([]netip.Addr{moved4, left6}); err != nil {
		t.Fatal(err)
	}
	for what, conn := range map[string]net.Conn{"our end": lost, "the other end": lostFar, "a datagram socket": query} {
		if err := within(t, what, func() error { _, err := conn.Read(make([]byte, 1)); return err }); err == nil {
			t.Errorf("%s of a connection without an address reads on", what)
		}
	}
	stays.Write([]byte("still here"))
	buf := make([]byte, len("still here"))
	if err := within(t, "a connection that stays", func() error { _, err := io.ReadFull(staysFar, buf); return err }); err != nil {
		t.Error(err)
	}
}

// TestDialSurvivesAMove moves the address while a connection is being opened:
// its first packet is never answered, and the dial begins anew.
func TestDialSurvivesAMove(t *testing.T) {
	left, right := newStack(t, left4), newStack(t, right4)
	listener, err := right.ListenTCP(netip.AddrPortFrom(right4, 80))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go echoOnce(listener)
	dialed := make(chan error, 1)
	go func() {
		conn, err := left.DialTCP(t.Context(), netip.AddrPortFrom(right4, 80))
		if err == nil {
			if local := conn.LocalAddr().(*net.TCPAddr).AddrPort().Addr().Unmap(); local != moved4 {
				t.Errorf("dialed from %s", local)
			}
			conn.Close()
		}
		dialed <- err
	}()
	bufs, sizes := [][]byte{make([]byte, 2048)}, make([]int, 1)
	if _, err := left.Read(bufs, sizes, 0); err != nil { // the first packet of the old address is lost
		t.Fatal(err)
	}
	if err := left.SetAddresses([]netip.Addr{moved4}); err != nil {
		t.Fatal(err)
	}
	carry(t, left, right)
	carry(t, right, left)
	if err := within(t, "the dial", func() error { return <-dialed }); err != nil {
		t.Error(err)
	}
}

func TestDialErrorsAreTheSystems(t *testing.T) {
	left, _ := pair(t)
	for _, c := range []struct {
		to   netip.AddrPort
		want error
	}{
		{netip.AddrPortFrom(right4, 81), syscall.ECONNREFUSED},
		{netip.MustParseAddrPort("[fd00::2]:81"), syscall.ECONNREFUSED},
	} {
		if _, err := left.DialTCP(t.Context(), c.to); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.to, err, c.want)
		}
	}
	only4, err := netstack.New(netstack.Options{Addresses: []netip.Addr{left4}, MTU: 1400})
	if err != nil {
		t.Fatal(err)
	}
	defer only4.Close()
	if _, err := only4.DialTCP(t.Context(), netip.AddrPortFrom(right6, 80)); !errors.Is(err, syscall.ENETUNREACH) && !errors.Is(err, syscall.EHOSTUNREACH) {
		t.Errorf("a family without an address: %v", err)
	}
}
