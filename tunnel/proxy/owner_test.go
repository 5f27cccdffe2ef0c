//go:build linux

package proxy

import (
	"net"
	"os"
	"testing"
)

func TestOwnerOf(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		local, remote := addrPort(conn.LocalAddr()), addrPort(conn.RemoteAddr())
		if uid, err := ownerOf(protocolTCP, local, remote); err != nil || uid != uint32(os.Getuid()) {
			t.Errorf("%s: user %d, %v", local, uid, err)
		}
		conn.Close()
		if uid, err := ownerOf(protocolTCP, local, remote); err == nil {
			t.Errorf("%s: user %d owns a socket that was closed", local, uid)
		}
	}
	socket, err := net.ListenUDP("udp", nil) // wildcard, as many clients do
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	local := addrPort(&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: socket.LocalAddr().(*net.UDPAddr).Port})
	if uid, err := ownerOf(protocolUDP, local, addrPort(&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9})); err != nil || uid != uint32(os.Getuid()) {
		t.Errorf("%s: user %d, %v", local, uid, err)
	}
}
