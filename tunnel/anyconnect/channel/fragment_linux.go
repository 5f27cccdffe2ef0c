package channel

import (
	"net"

	"golang.org/x/sys/unix"
)

// forbidFragments sets "don't fragment" on a UDP socket, so that a narrow path
// shows as lost probes and EMSGSIZE, not as fragments that cost twice and
// that firewalls drop.
func forbidFragments(conn net.Conn) {
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return
	}
	raw, err := udp.SyscallConn()
	if err != nil {
		return
	}
	// One of the two fails, by the socket's family; both may, and then
	// datagrams are fragmented, which works, too.
	raw.Control(func(fd uintptr) {
		unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DO)
		unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_DO)
	})
}
