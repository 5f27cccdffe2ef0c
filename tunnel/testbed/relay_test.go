//go:build privileged && linux

package testbed_test

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"torii/tunnel/testbed"
)

// relay stands before a gateway, at testbed.RelayAddress, and lets datagrams
// overtake each other.
type relay struct {
	// overtaken counts the datagrams that were held back for others to pass.
	overtaken atomic.Int64

	work sync.WaitGroup
	mu   sync.Mutex
	open []io.Closer
}

const (
	// everyHeld datagram is held back, for holdTime.
	everyHeld = 7
	holdTime  = 8 * time.Millisecond
)

// startRelay relays until the end of t.
func startRelay(t *testing.T, bed *testbed.Bed, gateway *testbed.Ocserv) *relay {
	t.Helper()
	at := netip.AddrPortFrom(netip.MustParseAddr(testbed.RelayAddress), testbed.OcservPort)
	target := netip.AddrPortFrom(netip.MustParseAddr(gateway.Address()), testbed.OcservPort)
	r := &relay{}
	t.Cleanup(func() {
		r.mu.Lock()
		for _, c := range r.open {
			c.Close()
		}
		r.mu.Unlock()
		r.work.Wait()
	})
	err := bed.Server.Do(func() error {
		listener, err := net.Listen("tcp", at.String())
		if err != nil {
			return err
		}
		r.keep(listener)
		front, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		if err != nil {
			return err
		}
		r.keep(front)
		back, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(target))
		if err != nil {
			return err
		}
		r.keep(back)
		r.work.Go(func() { r.streams(bed, listener, target.String()) })
		r.datagrams(front, back)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *relay) keep(c io.Closer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open = append(r.open, c)
}

// streams relays TCP as it is.
func (r *relay) streams(bed *testbed.Bed, listener net.Listener, target string) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return
		}
		r.keep(near)
		var far net.Conn
		if err := bed.Server.Do(func() (err error) { far, err = net.Dial("tcp", target); return err }); err != nil {
			near.Close()
			continue
		}
		r.keep(far)
		for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
			r.work.Go(func() {
				io.Copy(way[0], way[1])
				way[0].Close()
			})
		}
	}
}

// datagrams relays UDP for one client, the last one that was heard.
func (r *relay) datagrams(front, back *net.UDPConn) {
	var client atomic.Pointer[netip.AddrPort]
	r.work.Go(func() {
		buf := make([]byte, 1<<16)
		for n := 0; ; n++ {
			size, from, err := front.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			client.Store(&from)
			r.pass(n, buf[:size], func(packet []byte) { back.Write(packet) })
		}
	})
	r.work.Go(func() {
		buf := make([]byte, 1<<16)
		for n := 0; ; n++ {
			size, err := back.Read(buf)
			if err != nil {
				return
			}
			to := client.Load()
			r.pass(n, buf[:size], func(packet []byte) { front.WriteToUDPAddrPort(packet, *to) })
		}
	})
}

// pass sends a datagram on, some of them later.
func (r *relay) pass(n int, packet []byte, send func([]byte)) {
	if n%everyHeld != 0 {
		send(packet)
		return
	}
	r.overtaken.Add(1)
	held := append([]byte(nil), packet...)
	r.work.Add(1)
	time.AfterFunc(holdTime, func() {
		defer r.work.Done()
		send(held)
	})
}
