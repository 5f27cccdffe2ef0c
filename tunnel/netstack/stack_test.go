package netstack_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/tunnel"
	"torii/tunnel/netstack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	left4  = netip.MustParseAddr("10.0.0.1")
	left6  = netip.MustParseAddr("fd00::1")
	right4 = netip.MustParseAddr("10.0.0.2")
	right6 = netip.MustParseAddr("fd00::2")
)

// pair is two stacks with a cable between them.
func pair(t testing.TB) (left, right *netstack.Stack) {
	t.Helper()
	left = newStack(t, left4, left6)
	right = newStack(t, right4, right6)
	carry(t, left, right)
	carry(t, right, left)
	return left, right
}

func newStack(t testing.TB, addresses ...netip.Addr) *netstack.Stack {
	t.Helper()
	s, err := netstack.New(netstack.Options{Addresses: addresses, MTU: 1400})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// carry moves packets one way until from is closed.
func carry(t testing.TB, from, to tunnel.Device) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		bufs := make([][]byte, from.BatchSize())
		for i := range bufs {
			bufs[i] = make([]byte, tunnel.Headroom+1500+tunnel.Tailroom)
		}
		sizes := make([]int, len(bufs))
		for {
			n, err := from.Read(bufs, sizes, tunnel.Headroom)
			if err != nil {
				if !errors.Is(err, os.ErrClosed) {
					t.Errorf("read: %v", err)
				}
				return
			}
			out := make([][]byte, n)
			for i := range out {
				out[i] = bufs[i][:tunnel.Headroom+sizes[i]]
			}
			if _, err := to.Write(out, tunnel.Headroom); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		from.Close()
		<-done
	})
}

func TestStreamsBothFamilies(t *testing.T) {
	left, right := pair(t)
	for _, at := range []netip.AddrPort{netip.AddrPortFrom(right4, 80), netip.AddrPortFrom(right6, 80)} {
		t.Run(at.String(), func(t *testing.T) {
			listener, err := right.ListenTCP(at)
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go echoOnce(listener)
			conn, err := left.DialTCP(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			sent := make([]byte, 300_000)
			rand.Read(sent)
			go func() {
				conn.Write(sent)
				conn.(interface{ CloseWrite() error }).CloseWrite()
			}()
			conn.SetReadDeadline(time.Now().Add(20 * time.Second))
			got, err := io.ReadAll(conn)
			if err != nil || !bytes.Equal(got, sent) {
				t.Fatalf("got %d bytes of %d: %v", len(got), len(sent), err)
			}
		})
	}
}

// echoOnce sends everything back on the first connection.
func echoOnce(listener net.Listener) {
	conn, err := listener.Accept()
	if err != nil {
		return
	}
	defer conn.Close()
	io.Copy(conn, conn)
}

func TestDatagrams(t *testing.T) {
	left, right := pair(t)
	server, err := right.ListenUDP(netip.AddrPortFrom(netip.IPv4Unspecified(), 7))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	conn, err := left.DialUDP(netip.AddrPortFrom(right4, 7))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	server.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, from, err := server.ReadFrom(buf)
	if err != nil || string(buf[:n]) != "ping" {
		t.Fatalf("got %q: %v", buf[:n], err)
	}
	if address, ok := from.(*net.UDPAddr); !ok || !address.IP.Equal(left4.AsSlice()) {
		t.Errorf("it came from %v, want %v", from, left4)
	}
}

func TestSetAddresses(t *testing.T) {
	left, right := pair(t)
	moved := netip.MustParseAddr("10.0.0.77")
	if err := left.SetAddresses([]netip.Addr{moved, left6}); err != nil {
		t.Fatal(err)
	}
	server, err := right.ListenUDP(netip.AddrPortFrom(right4, 7))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	conn, err := left.DialUDP(netip.AddrPortFrom(right4, 7))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write([]byte("x"))
	server.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, from, err := server.ReadFrom(make([]byte, 10))
	if err != nil {
		t.Fatal(err)
	}
	if !from.(*net.UDPAddr).IP.Equal(moved.AsSlice()) {
		t.Errorf("it came from %v, want %v", from, moved)
	}
	if err := left.SetAddresses([]netip.Addr{left6}); err != nil {
		t.Fatal(err)
	}
	if conn, err := left.DialUDP(netip.AddrPortFrom(right4, 7)); err == nil {
		conn.Close()
		t.Error("a family without an address was dialled")
	}
}

func TestSetMTUBoundsPackets(t *testing.T) {
	s := newStack(t, left4)
	if err := s.SetMTU(600); err != nil {
		t.Fatal(err)
	}
	conn, err := s.DialUDP(netip.AddrPortFrom(right4, 7))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(make([]byte, 1300)); err != nil {
		t.Fatal(err)
	}
	bufs, sizes := [][]byte{make([]byte, 2000)}, make([]int, 1)
	for total := 0; total < 1300; {
		if _, err := s.Read(bufs, sizes, 0); err != nil {
			t.Fatal(err)
		}
		if sizes[0] > 600 {
			t.Fatalf("a packet of %d bytes, want 600 at most", sizes[0])
		}
		total += sizes[0] - 20
	}
}

func TestRubbishIsDropped(t *testing.T) {
	s := newStack(t, left4)
	packets := [][]byte{{}, {0}, {0x45}, {0x60, 1, 2}, bytes.Repeat([]byte{0xff}, 1400), make([]byte, 20)}
	if n, err := s.Write(packets, 0); err != nil || n != len(packets) {
		t.Errorf("Write: %d, %v", n, err)
	}
}

func TestCloseWakesRead(t *testing.T) {
	s := newStack(t, left4)
	read := make(chan error, 1)
	go func() {
		_, err := s.Read([][]byte{make([]byte, 1500)}, make([]int, 1), 0)
		read <- err
	}()
	s.Close()
	if err := <-read; !errors.Is(err, os.ErrClosed) {
		t.Errorf("Read returned %v", err)
	}
	if _, err := s.Write([][]byte{{0x45}}, 0); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Write after Close returned %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	s := newStack(t, left4) // nobody reads its packets
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.DialTCP(ctx, netip.AddrPortFrom(right4, 80))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("DialTCP: %v", err)
	}
}

func BenchmarkStream(b *testing.B) {
	left, right := pair(b)
	listener, err := right.ListenTCP(netip.AddrPortFrom(right4, 9))
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			io.Copy(io.Discard, conn)
			conn.Close()
		}
	}()
	conn, err := left.DialTCP(b.Context(), netip.AddrPortFrom(right4, 9))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	block := make([]byte, 64<<10)
	b.SetBytes(int64(len(block)))
	for b.Loop() {
		if _, err := conn.Write(block); err != nil {
			b.Fatal(err)
		}
	}
}
