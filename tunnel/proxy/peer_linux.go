package proxy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// canTellOwner says that this system tells who owns a socket.
const canTellOwner = true

// ownerOf returns the user id that owns the socket at the other end of a
// connection within this machine: the socket that is bound to local and, for
// TCP, connected to remote. It asks the kernel's socket table for exactly that
// socket (inet_diag, linux/inet_diag.h).
func ownerOf(protocol uint8, local, remote netip.AddrPort) (uid uint32, err error) {
	request := nl.NewNetlinkRequest(nl.SOCK_DIAG_BY_FAMILY, 0)
	request.AddData(socketQuery{protocol: protocol, local: local, remote: remote})
	answers, err := request.Execute(unix.NETLINK_INET_DIAG, nl.SOCK_DIAG_BY_FAMILY)
	if err != nil {
		return 0, fmt.Errorf("ask for the owner of %s: %w", local, err)
	}
	if len(answers) != 1 || len(answers[0]) < diagMessageSize {
		return 0, errors.New("the kernel's answer about a socket makes no sense")
	}
	if port := binary.BigEndian.Uint16(answers[0][diagPortOffset:]); port != local.Port() {
		return 0, fmt.Errorf("the kernel told of the socket at port %d instead of %s", port, local)
	}
	uid = binary.NativeEndian.Uint32(answers[0][diagUIDOffset:])
	if inode := binary.NativeEndian.Uint32(answers[0][diagInodeOffset:]); inode == 0 {
		// Its process closed it: the kernel shows user id 0 for such sockets.
		return 0, fmt.Errorf("nobody owns the socket %s any more", local)
	}
	return uid, nil
}

// The layout of struct inet_diag_msg: family, state, timer, retrans (4 bytes),
// inet_diag_sockid (48), expires, rqueue, wqueue, uid, inode (4 each).
const (
	diagSocketIDSize = 48
	diagPortOffset   = 4
	diagUIDOffset    = 4 + diagSocketIDSize + 12
	diagInodeOffset  = diagUIDOffset + 4
	diagMessageSize  = diagInodeOffset + 4
	diagQuerySize    = 8 + diagSocketIDSize
)

// socketQuery is struct inet_diag_req_v2 with every field of the socket's id.
type socketQuery struct {
	protocol      uint8
	local, remote netip.AddrPort
}

func (q socketQuery) Len() int { return diagQuerySize }

func (q socketQuery) Serialize() []byte {
	b := make([]byte, 0, diagQuerySize)
	family := byte(unix.AF_INET6)
	if q.local.Addr().Is4() {
		family = unix.AF_INET
	}
	b = append(b, family, q.protocol, 0, 0)
	b = binary.NativeEndian.AppendUint32(b, ^uint32(0)) // every state
	source, target := q.local, q.remote
	if q.protocol == protocolUDP {
		// The kernel looks for UDP sockets as for the receiver of a packet
		// ("src and dst are swapped for historical reasons", net/ipv4/udp_diag.c).
		source, target = target, source
	}
	b = binary.BigEndian.AppendUint16(b, source.Port())
	b = binary.BigEndian.AppendUint16(b, target.Port())
	for _, at := range []netip.AddrPort{source, target} {
		var field [16]byte
		copy(field[:], at.Addr().AsSlice())
		b = append(b, field[:]...)
	}
	b = binary.NativeEndian.AppendUint32(b, 0)          // every interface
	b = binary.NativeEndian.AppendUint32(b, ^uint32(0)) // no cookie
	return binary.NativeEndian.AppendUint32(b, ^uint32(0))
}
