package channel

import (
	"errors"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// TestHoldKeepsThePortQuiet closes a socket whose peer goes on sending.
func TestHoldKeepsThePortQuiet(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("sockets are held on Linux only")
	}
	gateway, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	at := gateway.LocalAddr().(*net.UDPAddr)
	client, err := net.DialUDP("udp4", nil, at)
	if err != nil {
		t.Fatal(err)
	}
	// The gateway's socket is connected, as ocserv's is: it hears of refusals.
	gateway.Close()
	gateway, err = net.DialUDP("udp4", at, client.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer gateway.Close()
	refused := func() bool {
		for range 20 {
			if _, err := gateway.Write([]byte("late")); errors.Is(err, syscall.ECONNREFUSED) {
				return true
			}
			time.Sleep(time.Millisecond)
		}
		return false
	}
	var port hold
	port.take(client)
	client.Close()
	if refused() {
		t.Error("a datagram to a held port was refused")
	}
	port.release()
	if !refused() {
		t.Error("a datagram to a port that was given up was not refused: this test shows nothing")
	}
	port.release()
}
