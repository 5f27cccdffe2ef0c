package wire

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// PeerOf tells who is on the other side of conn. There is no PIDFD and no
// NetNS on this system.
func PeerOf(conn *net.UnixConn) (Peer, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return Peer{}, fmt.Errorf("identify peer: %w", err)
	}
	var peer Peer
	var peerErr error
	err = raw.Control(func(fd uintptr) {
		cred, err := unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
		if err != nil {
			peerErr = fmt.Errorf("LOCAL_PEERCRED: %w", err)
			return
		}
		pid, err := unix.GetsockoptInt(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERPID)
		if err != nil {
			peerErr = fmt.Errorf("LOCAL_PEERPID: %w", err)
			return
		}
		peer = Peer{UID: cred.Uid, PID: int32(pid)}
		if n := min(int(cred.Ngroups), len(cred.Groups)); n > 0 {
			peer.GID, peer.Groups = cred.Groups[0], cred.Groups[:n]
		}
	})
	if err == nil {
		err = peerErr
	}
	if err != nil {
		return Peer{}, fmt.Errorf("identify peer: %w", err)
	}
	return peer, nil
}

// OwnNetNS returns 0: this system has no network namespaces.
func OwnNetNS() (uint64, error) { return 0, nil }
