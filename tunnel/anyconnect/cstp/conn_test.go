package cstp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"torii/tunnel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clear is a TLS connection that does not encrypt: each write is one record, a
// read returns what is left of one. So the channel is tested without TLS's
// cost, and with records as only a hostile peer makes them.
type clear struct {
	*BatchConn
	left int
	head [recordHeaderLen]byte
}

func newClear(raw net.Conn) *clear { return &clear{BatchConn: NewBatchConn(raw)} }

func (c *clear) Write(b []byte) (int, error) {
	record := binary.BigEndian.AppendUint16([]byte{23, 3, 3}, uint16(len(b)))
	if _, err := c.BatchConn.Write(append(record, b...)); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (c *clear) Read(b []byte) (int, error) {
	for c.left == 0 {
		if _, err := io.ReadFull(c.BatchConn, c.head[:]); err != nil {
			return 0, err
		}
		c.left = int(binary.BigEndian.Uint16(c.head[3:]))
	}
	n, err := c.BatchConn.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}

// script is a connection whose peer has sent everything already; it comes in
// pieces of the given size (0: whole).
type script struct {
	net.Conn
	in    *bytes.Reader
	piece int
	out   bytes.Buffer
}

func (s *script) Read(b []byte) (int, error) {
	if s.piece > 0 {
		b = b[:min(len(b), s.piece)]
	}
	return s.in.Read(b)
}
func (s *script) Write(b []byte) (int, error)      { return s.out.Write(b) }
func (s *script) Close() error                     { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// record wraps bytes as one TLS record.
func record(content string) string {
	return string(binary.BigEndian.AppendUint16([]byte{23, 3, 3}, uint16(len(content)))) + content
}

// frame is one frame.
func frame(kind Type, payload string) string {
	head := make([]byte, HeaderLen)
	PutHeader(head, kind, len(payload))
	return string(head) + payload
}

// received is what Serve made of a peer's bytes: packets as they are, control
// frames as "<type payload>".
func received(early, stream string, piece int) ([]string, error) {
	raw := &script{in: bytes.NewReader([]byte(stream)), piece: piece}
	tls := newClear(raw)
	conn := NewConn(tls, tls.BatchConn, []byte(early))
	var got []string
	err := conn.Serve(func(bufs [][]byte, offset int) error {
		for _, b := range bufs {
			if offset < tunnel.Headroom {
				return errors.New("too little room in front")
			}
			got = append(got, string(b[offset:]))
		}
		return nil
	}, func(kind Type, payload []byte) error {
		got = append(got, fmt.Sprintf("<%d %s>", kind, payload))
		return nil
	})
	return got, err
}

func TestFramesComeInWhateverRecords(t *testing.T) {
	var frames, want []string
	for i := range 200 {
		packet := fmt.Sprintf("packet %d %s", i, strings.Repeat("x", i*7))
		frames, want = append(frames, frame(Data, packet)), append(want, packet)
		if i%50 == 49 {
			frames, want = append(frames, frame(DPDRequest, "?")), append(want, "<3 ?>")
		}
	}
	all := strings.Join(frames, "")
	inRecords := func(size int) string {
		var b strings.Builder
		for rest := all; rest != ""; {
			n := min(size, len(rest))
			b.WriteString(record(rest[:n]))
			rest = rest[n:]
		}
		return b.String()
	}
	var each strings.Builder
	for _, f := range frames {
		each.WriteString(record(f))
	}
	for _, c := range []struct{ name, early, stream string }{
		{"one frame a record", "", each.String()},
		{"as many as fit a record", "", inRecords(16 << 10)},
		{"records of 1000 bytes", "", inRecords(1000)},
		{"records of 3 bytes", "", inRecords(3)},
		{"all behind the answer to CONNECT", all, ""},
		{"one and a half behind it", all[:len(frames[0])+5], record(all[len(frames[0])+5:][:900]) + record(all[len(frames[0])+905:][:2000])},
	} {
		for _, piece := range []int{0, 1, 1400} {
			t.Run(fmt.Sprintf("%s in pieces of %d", c.name, piece), func(t *testing.T) {
				got, err := received(c.early, c.stream, piece)
				if !errors.Is(err, io.EOF) {
					t.Errorf("ended with %v", err)
				}
				expected := want[:min(len(got), len(want))]
				if !strings.HasPrefix(c.name, "one and") {
					expected = want
				}
				if !slices.Equal(got, expected) || len(got) < 10 {
					t.Errorf("%d of %d came in order", len(got), len(want))
				}
			})
		}
	}
}

func TestBadFrames(t *testing.T) {
	good := frame(Data, "good")
	for _, c := range []struct {
		name, stream string
		want         []string
		noFrame      bool
	}{
		{"another magic", record(good) + record("STF\x02\x00\x01\x00\x00x"), []string{"good"}, true},
		{"HTTP", record("HTTP/1.1 500 No\r\n\r\n"), nil, true},
		{"a last byte of the header", record("STF\x01\x00\x01\x00\x01x"), nil, true},
		{"behind a frame in the same record", record(good + "rubbish and more"), []string{"good"}, true},
		{"a length that never comes", record("STF\x01\xff\xff\x00\x00x"), nil, false},
		{"a record that stops", record(good)[:9], nil, false},
		{"a packet of nothing", record(frame(Data, "")) + record(good), []string{"good"}, false},
		{"a type that nobody knows", record(frame(0x77, "?")) + record(good), []string{"<119 ?>", "good"}, false},
		{"a packet before its control frame", record(good + frame(Terminate, "\x00bye")), []string{"good", "<9 \x00bye>"}, false},
		{"the longest frame", record(frame(Data, strings.Repeat("l", 60000))[:16000]) + record(frame(Data, strings.Repeat("l", 60000))[16000:32000]) +
			record(frame(Data, strings.Repeat("l", 60000))[32000:48000]) + record(frame(Data, strings.Repeat("l", 60000))[48000:]), []string{strings.Repeat("l", 60000)}, false},
	} {
		got, err := received("", c.stream, 0)
		if !slices.Equal(got, c.want) || errors.Is(err, ErrNoFrame) != c.noFrame || err == nil {
			t.Errorf("%s: %.60q, %v", c.name, got, err)
		}
	}
}

// TestPacketsDoNotWaitForTheNextOne: a record that holds no packet (TLS 1.3
// hides new keys in such) comes behind one that does, in the same segment.
func TestPacketsDoNotWaitForTheNextOne(t *testing.T) {
	near, far := net.Pipe()
	tls := newClear(far)
	packets := make(chan string, 10)
	served := make(chan struct{})
	go func() {
		defer close(served)
		NewConn(tls, tls.BatchConn, nil).Serve(func(bufs [][]byte, offset int) error {
			for _, b := range bufs {
				packets <- string(b[offset:])
			}
			return nil
		}, func(Type, []byte) error { return nil })
	}()
	for _, text := range []string{"first", "second"} {
		io.WriteString(near, record(frame(Data, text))+record(""))
		select {
		case got := <-packets:
			if got != text {
				t.Errorf("got %q", got)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the packet waits for the next one")
		}
	}
	near.Close()
	<-served
}

// TestSendsOneFrameARecord, in one write for the whole batch.
func TestSendsOneFrameARecord(t *testing.T) {
	raw := &script{in: bytes.NewReader(nil)}
	tls := newClear(raw)
	conn := NewConn(tls, tls.BatchConn, nil)
	var batch [][]byte
	want := ""
	for i := range 10 {
		text := fmt.Sprint("packet ", i)
		batch, want = append(batch, packet(text)), want+record(frame(Data, text))
	}
	if err := conn.Send(batch); err != nil {
		t.Fatal(err)
	}
	if err := conn.SendControl(Disconnect, []byte("\xb0bye")); err != nil {
		t.Fatal(err)
	}
	want += record(frame(Disconnect, "\xb0bye"))
	if got := raw.out.String(); got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
}

// packet is a buffer as the pump hands it over.
func packet(text string) []byte {
	buf := make([]byte, tunnel.Headroom+len(text), tunnel.Headroom+len(text)+tunnel.Tailroom)
	copy(buf[tunnel.Headroom:], text)
	return buf
}

// TestControlFramesGoBetweenBatches: several goroutines send at one time.
func TestControlFramesGoBetweenBatches(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	sender := newClear(near)
	conn := NewConn(sender, sender.BatchConn, nil)
	var sending sync.WaitGroup
	const rounds = 50
	sending.Go(func() {
		for i := range rounds {
			conn.Send([][]byte{packet(fmt.Sprint("a", i)), packet(fmt.Sprint("b", i))})
		}
	})
	sending.Go(func() {
		for range rounds {
			conn.SendControl(DPDRequest, []byte("?"))
		}
	})
	go func() { sending.Wait(); near.Close() }()
	receiver := newClear(far)
	var packets, controls int
	err := NewConn(receiver, receiver.BatchConn, nil).Serve(func(bufs [][]byte, _ int) error {
		packets += len(bufs)
		return nil
	}, func(Type, []byte) error { controls++; return nil })
	if packets != 2*rounds || controls != rounds {
		t.Errorf("%d packets, %d control frames, %v", packets, controls, err)
	}
}

func FuzzServe(f *testing.F) {
	f.Add([]byte(frame(Data, "packet")), []byte(record(frame(DPDRequest, ""))), byte(0))
	f.Add([]byte("STF\x01\x00"), []byte(record("\x02\x00\x00ab")+record("STF\x01")), byte(1))
	f.Add([]byte(nil), []byte{23, 3, 3, 0xff, 0xff, 'S', 'T', 'F'}, byte(3))
	f.Fuzz(func(t *testing.T, early, stream []byte, piece byte) {
		got, err := received(string(early), string(stream), int(piece))
		if err == nil {
			t.Error("a stream without an end")
		}
		total := 0
		for _, packet := range got {
			if packet == "" {
				t.Error("a packet of nothing")
			}
			total += len(packet)
		}
		if limit := len(early) + len(stream) + 8*len(got); total > limit {
			t.Errorf("%d bytes out of %d", total, limit)
		}
	})
}
