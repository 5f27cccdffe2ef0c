package wire

import (
	"errors"
	"fmt"
	"net"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxGroups is the kernel's NGROUPS_MAX.
const maxGroups = 65536

// PeerOf tells who is on the other side of conn. The caller closes the Peer.
//
// On the accepting side NetNS is the namespace of the connecting socket: the
// kernel makes the accepted socket there. On the connecting side it is the
// caller's own.
func PeerOf(conn *net.UnixConn) (Peer, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return Peer{}, fmt.Errorf("identify peer: %w", err)
	}
	var peer Peer
	var peerErr error
	if err := raw.Control(func(fd uintptr) { peer, peerErr = peerOf(int(fd)) }); err != nil {
		return Peer{}, fmt.Errorf("identify peer: %w", err)
	}
	if peerErr != nil {
		return Peer{}, fmt.Errorf("identify peer: %w", peerErr)
	}
	return peer, nil
}

func peerOf(fd int) (Peer, error) {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return Peer{}, fmt.Errorf("SO_PEERCRED: %w", err)
	}
	peer := Peer{UID: cred.Uid, GID: cred.Gid, PID: cred.Pid}
	if peer.Groups, err = peerGroups(fd); err != nil {
		return Peer{}, fmt.Errorf("SO_PEERGROUPS: %w", err)
	}
	// Linux 5.14; an older kernel leaves 0, and who needs it refuses.
	if cookie, err := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE); err == nil {
		peer.NetNS = cookie
	}
	// Linux 6.5; before it there is no way to a pidfd without a race.
	if pidfd, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEERPIDFD); err == nil {
		unix.CloseOnExec(pidfd)
		peer.PIDFD = os.NewFile(uintptr(pidfd), "pidfd")
	}
	return peer, nil
}

// peerGroups reads SO_PEERGROUPS, which package unix has no call for.
func peerGroups(fd int) ([]uint32, error) {
	groups := make([]uint32, 64)
	for {
		size := uint32(len(groups) * 4)
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(&groups[0])), uintptr(unsafe.Pointer(&size)), 0)
		switch {
		case errno == 0:
			return groups[:size/4], nil
		case errors.Is(errno, unix.ERANGE) && size/4 <= maxGroups:
			groups = make([]uint32, size/4)
		default:
			return nil, errno
		}
	}
}

// OwnNetNS returns the identity of the network namespace that this thread's
// new sockets belong to, to compare with Peer.NetNS.
func OwnNetNS() (uint64, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("identify network namespace: %w", err)
	}
	defer unix.Close(fd)
	cookie, err := unix.GetsockoptUint64(fd, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	if err != nil {
		return 0, fmt.Errorf("identify network namespace (needs Linux 5.14): %w", err)
	}
	return cookie, nil
}
