//go:build privileged && linux

package helperd

import (
	"bytes"
	"encoding/binary"
	"net"
	"testing"
	"time"

	"torii/tunnel"
	"torii/tunnel/internal/nstest"
)

// TestPacketsFlow sends a datagram into the tunnel and answers it from the
// other end, through the descriptor that the helper passed on.
func TestPacketsFlow(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	attachment := b.open()
	conn, err := net.Dial("udp", "172.16.9.9:7")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	question := []byte("is anybody inside?")
	if _, err := conn.Write(question); err != nil {
		t.Fatal(err)
	}
	packet := readPacket(t, attachment.Device(), question)
	if src, dst := net.IP(packet[12:16]), net.IP(packet[16:20]); src.String() != "10.1.2.3" || dst.String() != "172.16.9.9" {
		t.Errorf("the packet goes from %s to %s", src, dst)
	}
	if _, err := attachment.Device().Write([][]byte{turned(packet)}, tunnel.Headroom); err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	answer := make([]byte, 100)
	if n, err := conn.Read(answer); err != nil || !bytes.Equal(answer[:n], question) {
		t.Errorf("the answer is %q, error %v", answer[:n], err)
	}
	attachment.Close()
	b.isAsBefore()
}

// readPacket reads until the IPv4 packet with a payload comes.
func readPacket(t *testing.T, device tunnel.Device, payload []byte) []byte {
	t.Helper()
	found := make(chan []byte, 1)
	go func() { // ends with the device at the latest
		bufs, sizes := make([][]byte, device.BatchSize()), make([]int, device.BatchSize())
		for i := range bufs {
			bufs[i] = make([]byte, tunnel.Headroom+65535)
		}
		for {
			n, err := device.Read(bufs, sizes, tunnel.Headroom)
			if err != nil {
				return
			}
			for i := range n {
				packet := bufs[i][tunnel.Headroom : tunnel.Headroom+sizes[i]]
				if packet[0]>>4 == 4 && bytes.HasSuffix(packet, payload) {
					found <- packet
					return
				}
			}
		}
	}()
	select {
	case packet := <-found:
		return packet
	case <-time.After(30 * time.Second):
		t.Fatal("no packet comes out of the device")
		return nil
	}
}

// turned returns a UDP packet's answer: the same with source and destination
// changed, which leaves its checksums right, behind the head's room.
func turned(packet []byte) []byte {
	answer := append(make([]byte, tunnel.Headroom), packet...)
	ip := answer[tunnel.Headroom:]
	copy(ip[12:16], packet[16:20])
	copy(ip[16:20], packet[12:16])
	udp := ip[int(ip[0]&0xf)*4:]
	from, to := binary.BigEndian.Uint16(udp), binary.BigEndian.Uint16(udp[2:])
	binary.BigEndian.PutUint16(udp, to)
	binary.BigEndian.PutUint16(udp[2:], from)
	return answer
}
