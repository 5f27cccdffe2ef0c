package packet_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
	"golang.zx2c4.com/wireguard/tun"

	"torii/tunnel"
	"torii/tunnel/device"
	"torii/tunnel/packet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// transport notes what it is given to send.
type transport struct {
	mu   sync.Mutex
	sent []string
	fail error
	bad  string // what was wrong with a buffer
}

func (*transport) Settings() tunnel.Settings {
	return tunnel.Settings{Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}}
}
func (*transport) Serve(context.Context, func([][]byte, int) error) error { return nil }
func (*transport) Status() tunnel.TransportStatus                         { return tunnel.TransportStatus{} }
func (*transport) Changed() <-chan struct{}                               { return nil }
func (*transport) RekeyDue() <-chan struct{}                              { return nil }
func (*transport) Close(tunnel.EndReason) error                           { return nil }
func (t *transport) Send(bufs [][]byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range bufs {
		if len(b) <= tunnel.Headroom || cap(b)-len(b) < tunnel.Tailroom {
			t.bad = fmt.Sprintf("%d bytes with room for %d", len(b), cap(b))
		}
		t.sent = append(t.sent, string(b[tunnel.Headroom:]))
		clear(b) // a transport may overwrite
	}
	return t.fail
}

func (t *transport) take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	got := t.sent
	t.sent = nil
	return got
}

// write gives packets to a device.
func write(d tunnel.Device, texts ...string) {
	var bufs [][]byte
	for _, text := range texts {
		bufs = append(bufs, []byte(text))
	}
	d.Write(bufs, 0)
}

// running is a pump that runs over one end of a pair of devices.
func running(t *testing.T) (p *packet.Pump, machine *device.Memory, ended chan error) {
	near, far := device.Pair()
	p = packet.New(near)
	ended = make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { ended <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		near.Close()
	})
	return p, far, ended
}

func TestPacketsKeepTheirOrderAcrossTransports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, machine, _ := running(t)
		first, second := &transport{}, &transport{}
		write(machine, "before any") // waits in the device
		p.Attach(first)
		var want []string
		for i := range 100 {
			want = append(want, fmt.Sprint("a", i))
		}
		write(machine, want...)
		synctest.Wait()
		p.Attach(nil)
		write(machine, "waits 1", "waits 2")
		synctest.Wait()
		if got := first.take(); !slices.Equal(got, append([]string{"before any"}, want...)) {
			t.Errorf("the first got %q", got)
		}
		p.Attach(second)
		write(machine, "c")
		synctest.Wait()
		if got := second.take(); !slices.Equal(got, []string{"waits 1", "waits 2", "c"}) {
			t.Errorf("the second got %q", got)
		}
		if got := first.take(); len(got) > 0 {
			t.Errorf("the first got %q after it was replaced", got)
		}
		if first.bad+second.bad != "" {
			t.Error(first.bad, second.bad)
		}
	})
}

func TestCounters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, machine, _ := running(t)
		good := &transport{}
		p.Attach(good)
		write(machine, "12345", "678")
		synctest.Wait()
		p.Attach(&transport{fail: errors.New("broken")})
		write(machine, "lost with its transport")
		synctest.Wait()
		bufs := [][]byte{append(make([]byte, tunnel.Headroom), "back"...), append(make([]byte, tunnel.Headroom), "again"...)}
		if err := p.Deliver(bufs, tunnel.Headroom); err != nil {
			t.Fatal(err)
		}
		want := tunnel.Stats{BytesSent: 8, PacketsSent: 2, BytesReceived: 9, PacketsReceived: 2}
		if got := p.Stats(); got != want {
			t.Errorf("counted %+v, want %+v", got, want)
		}
		read, sizes := [][]byte{make([]byte, 100), make([]byte, 100)}, make([]int, 2)
		n, err := machine.Read(read, sizes, 0)
		if err != nil || n != 2 || string(read[0][:sizes[0]]) != "back" || string(read[1][:sizes[1]]) != "again" {
			t.Errorf("the machine got %q, %v", read[:n], err)
		}
	})
}

func TestHowAPumpEnds(t *testing.T) {
	for name, end := range map[string]func(cancel func(), d *device.Memory){
		"called off while it waits for a transport": func(cancel func(), _ *device.Memory) { cancel() },
		"the device is closed":                      func(_ func(), d *device.Memory) { d.Close() },
	} {
		for _, attached := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				near, _ := device.Pair()
				p := packet.New(near)
				if attached {
					p.Attach(&transport{})
				}
				ctx, cancel := context.WithCancel(context.Background())
				ended := make(chan error, 1)
				go func() { ended <- p.Run(ctx) }()
				synctest.Wait()
				end(cancel, near)
				synctest.Wait()
				cancel()
				near.Close() // frees a read, as the contract says
				<-ended
				if err := p.Deliver([][]byte{make([]byte, 40)}, tunnel.Headroom); !errors.Is(err, os.ErrClosed) {
					t.Errorf("%s: delivering to a closed device: %v", name, err)
				}
			})
		}
	}
}

// trouble is a device whose reads fail as kernels' do.
type trouble struct {
	reads []error
	texts []string
}

func (d *trouble) BatchSize() int                   { return 4 }
func (d *trouble) Close() error                     { return nil }
func (d *trouble) Write([][]byte, int) (int, error) { return 0, errors.New("invalid argument") }
func (d *trouble) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	if len(d.reads) == 0 {
		return 0, os.ErrClosed
	}
	err, text := d.reads[0], d.texts[0]
	d.reads, d.texts = d.reads[1:], d.texts[1:]
	if text == "" {
		return 0, err
	}
	sizes[0], sizes[1] = copy(bufs[0][offset:], text), 0 // a packet that did not fit has no size
	return 2, err
}

func TestTroubleOfTheDevice(t *testing.T) {
	to := &transport{}
	p := packet.New(&trouble{reads: []error{nil, tun.ErrTooManySegments, nil}, texts: []string{"one", "two", "three"}})
	p.Attach(to)
	if err := p.Run(t.Context()); err != nil {
		t.Errorf("ended with %v", err)
	}
	if got := to.take(); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("sent %q", got)
	}
	if err := p.Deliver([][]byte{make([]byte, 40)}, tunnel.Headroom); err != nil {
		t.Errorf("a packet that the kernel refuses ended the transport: %v", err)
	}
	broken := packet.New(&trouble{reads: []error{errors.New("file descriptor in bad state")}, texts: []string{""}})
	broken.Attach(to)
	if err := broken.Run(t.Context()); err == nil {
		t.Error("a broken device ended the pump without an error")
	}
}

// endless is a device that always has packets and takes them all.
type endless struct{ left int }

func (d *endless) BatchSize() int                          { return 64 }
func (d *endless) Close() error                            { return nil }
func (d *endless) Write(bufs [][]byte, _ int) (int, error) { return len(bufs), nil }
func (d *endless) Read(bufs [][]byte, sizes []int, _ int) (int, error) {
	if d.left == 0 {
		return 0, os.ErrClosed
	}
	d.left--
	for i := range bufs {
		sizes[i] = 1400
	}
	return len(bufs), nil
}

// silent is a transport that only counts.
type silent struct {
	transport
	n int
}

func (s *silent) Send(bufs [][]byte) error { s.n += len(bufs); return nil }

func TestPumpDoesNotAllocate(t *testing.T) {
	run := func(batches int) func() {
		return func() {
			to := &silent{}
			p := packet.New(&endless{left: batches})
			p.Attach(to)
			if err := p.Run(context.Background()); err != nil || to.n != 64*batches {
				t.Fatalf("%d packets, %v", to.n, err)
			}
		}
	}
	few, many := testing.AllocsPerRun(5, run(10)), testing.AllocsPerRun(5, run(1010))
	if n := (many - few) / 64000; n > 0.001 {
		t.Errorf("%v allocations a packet out", n)
	}
	p := packet.New(&endless{})
	bufs := make([][]byte, 64)
	for i := range bufs {
		bufs[i] = make([]byte, tunnel.Headroom+1400)
	}
	if n := testing.AllocsPerRun(1000, func() { p.Deliver(bufs, tunnel.Headroom) }); n > 0 {
		t.Errorf("%v allocations a batch in", n)
	}
}

func BenchmarkPump(b *testing.B) {
	b.SetBytes(64 * 1400)
	b.ReportAllocs()
	to := &silent{}
	p := packet.New(&endless{left: b.N})
	p.Attach(to)
	b.ResetTimer()
	p.Run(context.Background())
}
