package anyconnect

import (
	"net"

	"golang.org/x/sys/unix"

	"torii/tunnel/anyconnect/cstp"
)

// pathMTU is the outer MTU of the path to the gateway as the kernel knows it,
// in bytes; the Ethernet one where it does not.
func pathMTU(wire *cstp.BatchConn) int {
	tcp, ok := wire.Conn.(*net.TCPConn)
	if !ok {
		return usualMTU
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return usualMTU
	}
	mtu := usualMTU
	raw.Control(func(fd uintptr) {
		for _, option := range [][2]int{{unix.IPPROTO_IP, unix.IP_MTU}, {unix.IPPROTO_IPV6, unix.IPV6_MTU}} {
			if value, err := unix.GetsockoptInt(int(fd), option[0], option[1]); err == nil && value > 0 {
				mtu = min(mtu, value)
			}
		}
	})
	return mtu
}
