package gateway

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sockets lists the sockets of this process.
func sockets(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		if target, err := os.Readlink(filepath.Join("/proc/self/fd", e.Name())); err == nil && strings.HasPrefix(target, "socket:") {
			found = append(found, target)
		}
	}
	slices.Sort(found)
	return found
}

// TestListensNowhere is security rule 10: a whole connection, DTLS and a page
// inside too, opens no socket.
func TestListensNowhere(t *testing.T) {
	before := sockets(t)
	g := newGateway(t, Config{})
	client := newClient(t, g)
	response, conn, err := client.connect(client.login(), "X-DTLS-CipherSuite: PSK-NEGOTIATE")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.openDatagrams(response, conn); err != nil {
		t.Fatal(err)
	}
	if _, err := get(t, insideClient(t, response, conn), "http://10.98.0.1/"); err != nil {
		t.Fatal(err)
	}
	if during := sockets(t); !slices.Equal(before, during) {
		t.Errorf("sockets before %q, during %q", before, during)
	}
}
