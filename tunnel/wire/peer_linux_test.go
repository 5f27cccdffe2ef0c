package wire

import (
	"os"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPeerOf(t *testing.T) {
	_, b := pair(t)
	peer, err := PeerOf(b.Unix())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	if int(peer.UID) != os.Getuid() || int(peer.GID) != os.Getgid() || int(peer.PID) != os.Getpid() {
		t.Errorf("peer %+v is not this process", peer)
	}
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range groups {
		if !peer.InGroup(uint32(group)) {
			t.Errorf("peer %+v is not in group %d", peer, group)
		}
	}
	if most := slices.Max(append(peer.Groups, peer.GID)); peer.InGroup(most + 1) {
		t.Errorf("peer %+v is in group %d", peer, most+1)
	}
	own, err := OwnNetNS()
	if err != nil {
		t.Skip(err)
	}
	if peer.NetNS != own {
		t.Errorf("peer is in network namespace %d, this process in %d", peer.NetNS, own)
	}
}

// TestPeerInAnotherNetworkNamespace connects from another namespace through
// the same path: sockets with a path cross namespaces.
func TestPeerInAnotherNetworkNamespace(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	path := t.TempDir() + "/s"
	listener, err := Listen(path, ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dialed := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its namespace
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			dialed <- err
			return
		}
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			defer unix.Close(fd)
			err = unix.Connect(fd, &unix.SockaddrUnix{Name: path})
		}
		dialed <- err
	}()
	if err := <-dialed; err != nil {
		t.Skip(err)
	}
	conn, err := listener.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	peer, err := PeerOf(conn)
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	own, err := OwnNetNS()
	if err != nil {
		t.Skip(err)
	}
	if peer.NetNS == own || peer.NetNS == 0 {
		t.Errorf("the peer's network namespace is %d, this process's %d", peer.NetNS, own)
	}
}
