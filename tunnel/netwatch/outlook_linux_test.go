package netwatch

import (
	"io"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// script is news that comes, or an error that does.
type script []error

func (s *script) Read([]byte) (int, error) {
	if len(*s) == 0 {
		return 0, io.EOF
	}
	err := (*s)[0]
	*s = (*s)[1:]
	return 0, err
}

// TestHearAfterAFlood: news that the kernel had to drop is news, and not the end.
func TestHearAfterAFlood(t *testing.T) {
	heard := 0
	hear(&script{nil, &os.PathError{Op: "read", Err: unix.ENOBUFS}, nil, os.ErrClosed, nil}, func() { heard++ })
	if heard != 3 {
		t.Errorf("heard %d pieces of news, want 3", heard)
	}
}

func TestNetwork(t *testing.T) {
	for _, c := range []struct{ address, want string }{
		{"192.0.2.7", "192.0.2.7"},
		{"::ffff:192.0.2.7", "192.0.2.7"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
		{"fe80::7%eth0", "fe80::"},
	} {
		if got := network(netip.MustParseAddr(c.address)); got.String() != c.want {
			t.Errorf("of %s counts %s, want %s", c.address, got, c.want)
		}
	}
	if got := network(netip.Addr{}); got.IsValid() {
		t.Errorf("of no address counts %s", got)
	}
}
