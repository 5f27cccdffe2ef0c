package cstp

import (
	"bytes"
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"testing"
)

// sink takes everything.
type sink struct{ net.Conn }

func (sink) Write(b []byte) (int, error) { return len(b), nil }

// overTLS is a channel over real TLS whose records go nowhere.
func overTLS(t testing.TB, version uint16) *Conn {
	t.Helper()
	file := certificateFile(t)
	certificate, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		t.Fatal(err)
	}
	near, far := net.Pipe()
	t.Cleanup(func() { near.Close(); far.Close() })
	server := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{certificate}, SessionTicketsDisabled: true})
	var hands sync.WaitGroup
	hands.Go(func() { server.Handshake() })
	wire := NewBatchConn(near)
	client := tls.Client(wire, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, DynamicRecordSizingDisabled: true})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	hands.Wait()
	wire.Conn = sink{near}
	return NewConn(client, wire, nil)
}

func fullBatch() (batch [][]byte) {
	for range 64 {
		batch = append(batch, packet(strings.Repeat("x", 1400)))
	}
	return batch
}

// perPacket is what a packet may allocate: crypto/tls takes its buffers from a
// pool, which the collector may empty now and then.
const perPacket = 0.05

func TestSendDoesNotAllocate(t *testing.T) {
	if racing {
		t.Skip("the race detector's pools forget on purpose")
	}
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		conn, batch := overTLS(t, version), fullBatch()
		send := func() {
			if err := conn.Send(batch); err != nil {
				t.Fatal(err)
			}
		}
		send() // the first one makes room
		if n := testing.AllocsPerRun(100, send) / float64(len(batch)); n > perPacket {
			t.Errorf("%s: %v allocations a packet", name, n)
		}
	}
}

func TestServeDoesNotAllocate(t *testing.T) {
	stream := []byte(strings.Repeat(record(frame(Data, strings.Repeat("x", 1400))), 5000))
	serve := func(packets int) func() {
		return func() {
			raw := &script{in: bytes.NewReader(stream[:packets*len(stream)/5000])}
			tls := newClear(raw)
			n := 0
			NewConn(tls, tls.BatchConn, nil).Serve(func(bufs [][]byte, _ int) error { n += len(bufs); return nil },
				func(Type, []byte) error { return nil })
			if n != packets {
				t.Fatalf("%d packets of %d", n, packets)
			}
		}
	}
	few, many := testing.AllocsPerRun(3, serve(1000)), testing.AllocsPerRun(3, serve(5000))
	if n := (many - few) / 4000; n > perPacket {
		t.Errorf("%v allocations a packet", n)
	}
}

func BenchmarkSend(b *testing.B) {
	conn, batch := overTLS(b, tls.VersionTLS13), fullBatch()
	b.SetBytes(64 * 1400)
	b.ReportAllocs()
	for b.Loop() {
		if err := conn.Send(batch); err != nil {
			b.Fatal(err)
		}
	}
}
