//go:build privileged && linux

package proxy

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

const nobody = 65534

// TestAnotherUserReally lets curl run as another user: security rule 8 with
// the kernel's own word.
func TestAnotherUserReally(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	b := newBed(t, Options{}, splitSettings())
	for _, c := range []struct {
		user uint32
		fine bool
	}{{0, true}, {nobody, false}} {
		for _, proxy := range []string{"socks5h://", "http://"} {
			command := exec.CommandContext(t.Context(), "curl", "-q", "-s", "-S", "--max-time", "20", "--noproxy", "",
				"-x", proxy+b.address, "http://10.7.0.1/")
			command.Dir = "/"
			command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: c.user, Gid: c.user}}
			out, err := command.Output()
			if fine := err == nil && string(out) == "inside 10.7.0.2"; fine != c.fine {
				t.Errorf("user %d through %s: %q, %v", c.user, proxy, out, err)
			}
		}
	}
}

// TestAnotherUsersDatagrams lets another user send to the UDP side of an
// association that is ours. Had the kernel been asked the wrong way round, it
// would name the owner of our own socket.
func TestAnotherUsersDatagrams(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	b := newBed(t, Options{}, splitSettings())
	_, relay := associate(t, b)
	script := fmt.Sprintf(`exec 3<>/dev/udp/%s/%d
printf '\0\0\0\1\012\007\0\1\0\7theirs' >&3
timeout 1 dd bs=200 count=1 <&3 2>/dev/null`, relay.IP, relay.Port)
	command := exec.CommandContext(t.Context(), "bash", "-c", script)
	command.Dir = "/"
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, _ := command.Output(); len(out) > 0 {
		t.Errorf("another user got % x", out)
	}
	socket, err := net.DialUDP("udp", nil, relay)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	socket.Write([]byte("\x00\x00\x00\x01\x0a\x07\x00\x01\x00\x07ours"))
	buf := make([]byte, 100)
	socket.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := socket.Read(buf); err != nil || !bytes.HasSuffix(buf[:n], []byte("ours")) {
		t.Errorf("our own datagram: % x, %v", buf[:n], err)
	}
}
