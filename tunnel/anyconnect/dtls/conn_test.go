package dtls

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/tunnel"
	"torii/tunnel/anyconnect/cstp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// udpPair connects two sockets on loopback.
func udpPair(t testing.TB) (client, server net.Conn) {
	t.Helper()
	a, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	aAddr := a.LocalAddr().(*net.UDPAddr)
	a.Close()
	b, err := net.DialUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, aAddr)
	if err != nil {
		t.Fatal(err)
	}
	a, err = net.DialUDP("udp4", aAddr, b.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

// connPair makes both ends of a channel with a pre-shared key.
func connPair(t testing.TB, client, server net.Conn, edit func(*Config)) (*Conn, *Conn) {
	t.Helper()
	cfg := Config{PSK: bytes.Repeat([]byte{7}, 32), AppID: []byte("application id")}
	if edit != nil {
		edit(&cfg)
	}
	var far *Conn
	var farErr error
	var wg sync.WaitGroup
	wg.Go(func() { far, farErr = Server(context.Background(), server, cfg) })
	near, err := Client(context.Background(), client, cfg)
	wg.Wait()
	if err != nil || farErr != nil {
		t.Fatalf("client %v, server %v", err, farErr)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}

// packet returns a buffer as the pump hands it over, holding text.
func packet(text string) []byte {
	buf := make([]byte, tunnel.Headroom+len(text), tunnel.Headroom+len(text)+tunnel.Tailroom)
	copy(buf[tunnel.Headroom:], text)
	return buf
}

// collect serves a Conn and hands what it delivers to a channel.
func collect(t testing.TB, c *Conn) (<-chan string, <-chan string) {
	packets, controls := make(chan string, 1000), make(chan string, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Serve(func(bufs [][]byte, offset int) error {
			for _, b := range bufs {
				packets <- string(b[offset:])
			}
			return nil
		}, func(kind cstp.Type, payload []byte) error {
			controls <- fmt.Sprintf("%#02x %s", byte(kind), payload)
			return nil
		})
	}()
	t.Cleanup(func() { c.Close(); <-done })
	return packets, controls
}

// next takes the next value or fails.
func next(t testing.TB, from <-chan string) string {
	t.Helper()
	select {
	case s := <-from:
		return s
	case <-time.After(5 * time.Second):
		t.Fatal("nothing came within 5 s")
		return ""
	}
}

func TestPacketsAndControlBothWays(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*Config)
	}{
		{"offloaded", nil},
		{"plain", func(cfg *Config) { cfg.NoOffload = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := udpPair(t)
			client, server := connPair(t, a, b, c.edit)
			if want := "DTLS 1.2, PSK, AES-256-GCM"; client.Cipher() != want {
				t.Errorf("cipher %q, want %q", client.Cipher(), want)
			}
			for _, way := range []struct{ from, to *Conn }{{client, server}, {server, client}} {
				packets, controls := collect(t, way.to)
				var batch [][]byte
				var want []string
				for i := range 150 { // more than one segmented send, sizes of all kinds
					text := fmt.Sprintf("packet %d %s", i, bytes.Repeat([]byte{'x'}, i%7*100))
					batch, want = append(batch, packet(text)), append(want, text)
				}
				if err := way.from.Send(batch); err != nil {
					t.Fatal(err)
				}
				for _, w := range want {
					if got := next(t, packets); got != w {
						t.Fatalf("got %.40q, want %.40q", got, w)
					}
				}
				if err := way.from.SendControl(cstp.DPDRequest, []byte("are you there")); err != nil {
					t.Fatal(err)
				}
				if got := next(t, controls); got != "0x03 are you there" {
					t.Errorf("control %q", got)
				}
			}
		})
	}
}

func TestCloseReachesThePeer(t *testing.T) {
	a, b := udpPair(t)
	client, server := connPair(t, a, b, nil)
	ended := make(chan error, 1)
	go func() {
		ended <- server.Serve(func([][]byte, int) error { return nil }, func(cstp.Type, []byte) error { return nil })
	}()
	client.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, errClosedByPeer) && !isRefused(err) {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the server did not notice")
	}
}

func TestSilentPeerEndsTheHandshakeInTime(t *testing.T) {
	a, b := udpPair(t)
	defer b.Close()
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := Client(ctx, a, Config{PSK: make([]byte, 32)}); err == nil {
		t.Fatal("a handshake with nobody succeeded")
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestReplayedAndForgedRecordsArePassedOver(t *testing.T) {
	local := keyPair{key: make([]byte, 32), iv: make([]byte, 4)}
	sealer, err := newSealer(local)
	if err != nil {
		t.Fatal(err)
	}
	opener, err := newOpener(local)
	if err != nil {
		t.Fatal(err)
	}
	record, err := sealer.seal(recordData, append(make([]byte, headerLen+nonceLen, 100), "content"...))
	if err != nil {
		t.Fatal(err)
	}
	forged := bytes.Clone(record)
	forged[len(forged)-1] ^= 1
	if _, err := opener.open(make([]byte, 0, 100), forged); err == nil {
		t.Error("a forged record was opened")
	}
	if content, err := opener.open(make([]byte, 0, 100), record); err != nil || string(content) != "content" {
		t.Errorf("content %q, %v", content, err)
	}
	if _, err := opener.open(make([]byte, 0, 100), record); err != errReplayed {
		t.Errorf("a record that came twice: %v", err)
	}
}

func TestSessionIDOfAClientHello(t *testing.T) {
	a, b := udpPair(t)
	defer b.Close()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { Client(ctx, a, Config{PSK: make([]byte, 32), AppID: []byte("the app id")}) })
	buf := make([]byte, 2000)
	n, err := b.Read(buf)
	cancel()
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := SessionID(buf[:n]); !ok || string(id) != "the app id" {
		t.Errorf("session id %q, %v", id, ok)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{recordData, 0xfe, 0xfd, 0, 1}, 10))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		opener, err := newOpener(keyPair{key: make([]byte, 16), iv: make([]byte, 4)})
		if err != nil {
			t.Fatal(err)
		}
		SessionID(datagram)
		for rest := datagram; ; {
			record, after, ok := splitRecord(rest)
			if !ok {
				break
			}
			if _, err := opener.open(make([]byte, 0, 1<<16), record); err == nil {
				t.Fatal("a record opened under a key that nobody sealed it with")
			}
			rest = after
		}
	})
}

func BenchmarkSend(b *testing.B) {
	client, server := udpPair(b)
	near, far := connPair(b, client, server, nil)
	go far.Serve(func([][]byte, int) error { return nil }, func(cstp.Type, []byte) error { return nil })
	const size, count = 1400, 64
	var batch [][]byte
	for range count {
		batch = append(batch, packet(string(make([]byte, size))))
	}
	b.SetBytes(size * count)
	b.ReportAllocs()
	for b.Loop() {
		if err := near.Send(batch); err != nil {
			b.Fatal(err)
		}
	}
}

// perPacket is what a packet may allocate: less than one in a batch.
const perPacket = 1.0 / 64

func TestPacketsDoNotAllocate(t *testing.T) {
	for name, edit := range map[string]func(*Config){"offloaded": nil, "plain": func(cfg *Config) { cfg.NoOffload = true }} {
		a, b := udpPair(t)
		near, far := connPair(t, a, b, edit)
		var arrived atomic.Int64
		served := make(chan struct{})
		go func() {
			defer close(served)
			far.Serve(func(bufs [][]byte, _ int) error { arrived.Add(int64(len(bufs))); return nil },
				func(cstp.Type, []byte) error { return nil })
		}()
		var batch [][]byte
		for range 64 {
			batch = append(batch, packet(string(make([]byte, 1400))))
		}
		send := func() {
			if err := near.Send(batch); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond) // the other end reads meanwhile
		}
		for range 20 { // the first ones make room
			send()
		}
		const runs = 100
		before := arrived.Load()
		n := testing.AllocsPerRun(runs, send) / 64
		if got := arrived.Load() - before; got < runs*64/2 {
			t.Errorf("%s: only %d packets came", name, got)
		}
		if n > perPacket {
			t.Errorf("%s: %v allocations a packet, sent and received", name, n)
		}
		near.Close()
		far.Close()
		<-served
	}
}
