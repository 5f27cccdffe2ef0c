//go:build bench

package bench

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"

	"torii/tunnel/testbed"
)

const (
	// echoInterval is how often an echo is asked for while a client connects: it
	// is the error of the time that is measured.
	echoInterval = time.Millisecond
	connectLimit = 20 * time.Second
	protocolICMP = 1
)

// echoes asks an address inside for echoes, to see when packets begin to flow.
// The bed's border drops what comes without a tunnel.
type echoes struct {
	socket *icmp.PacketConn
	to     netip.Addr
}

// listenForEchoes opens the socket before the client starts, in the client's
// namespace.
func listenForEchoes(t *testing.T, bed *testbed.Bed, inner string) *echoes {
	t.Helper()
	e := &echoes{to: netip.MustParseAddr(inner)}
	err := bed.Client.Do(func() (err error) {
		e.socket, err = icmp.ListenPacket("ip4:icmp", "0.0.0.0")
		return err
	})
	if err != nil {
		t.Fatalf("listen for echoes: %v", err)
	}
	return e
}

// first returns when the first echo came back. It closes the socket.
func (e *echoes) first(p *process) (time.Time, error) {
	defer e.socket.Close()
	stop := make(chan struct{})
	defer close(stop)
	go e.ask(stop)
	buf := make([]byte, 1500)
	deadline := p.started.Add(connectLimit)
	for {
		e.socket.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		n, from, err := e.socket.ReadFrom(buf)
		now := time.Now()
		switch {
		case p.ended():
			return now, errors.New("it ended early")
		case now.After(deadline):
			return now, fmt.Errorf("no echo from %v within %v", e.to, connectLimit)
		case errors.Is(err, os.ErrDeadlineExceeded):
			continue
		case err != nil:
			return now, err
		}
		message, err := icmp.ParseMessage(protocolICMP, buf[:n])
		if err == nil && message.Type == ipv4.ICMPTypeEchoReply && from.String() == e.to.String() {
			return now, nil
		}
	}
}

// ask sends an echo request each echoInterval. Before there is a way some
// cannot be sent.
func (e *echoes) ask(stop <-chan struct{}) {
	ticker := time.NewTicker(echoInterval)
	defer ticker.Stop()
	for seq := 0; ; seq++ {
		message := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: os.Getpid() & 0xffff, Seq: seq & 0xffff}}
		if packet, err := message.Marshal(nil); err == nil {
			e.socket.WriteTo(packet, &net.IPAddr{IP: e.to.AsSlice()})
		}
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
	}
}
