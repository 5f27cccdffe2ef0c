//go:build privileged && linux

package helperd

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus/hooks/test"

	"torii/tunnel"
	"torii/tunnel/helper"
	"torii/tunnel/internal/nstest"
	"torii/tunnel/netcfg"
	"torii/tunnel/wire"
)

const (
	socketPath = "/run/torii/helper.sock"
	statePath  = "/var/lib/torii/helper"
	resolvPath = "/etc/resolv.conf"
	original   = "# the machine's\nnameserver 192.0.2.53\n"
)

// bed is a machine in namespaces: a way to the world, a resolver's file, and
// how all of that was before.
type bed struct {
	t      *testing.T
	before string
	bus    string
}

func newBed(t *testing.T) *bed {
	t.Helper()
	nstest.Uplink(t, []string{"192.0.2.20/24", "2001:db8:5::20/64"}, "192.0.2.1", "2001:db8:5::1")
	if err := os.WriteFile(resolvPath, []byte(original), 0o644); err != nil {
		t.Fatal(err)
	}
	return &bed{t: t, before: nstest.State(t, resolvPath), bus: "none"}
}

// helper starts a helper and waits until it listens.
func (b *bed) helper() *actor {
	b.t.Helper()
	os.Remove(socketPath) // a killed one's
	a := play(b.t, "helper", nil, socketPath, statePath, b.bus)
	nstest.Await(b.t, "the helper's socket", func() bool {
		_, err := os.Lstat(socketPath)
		select {
		case <-a.ended:
			b.t.Fatalf("the helper ended:\n%s", a.words())
		default:
		}
		return err == nil
	})
	return a
}

// server serves in this process, with other options than Run's.
func (b *bed) server(change func(*Options)) {
	b.t.Helper()
	namespace, err := wire.OwnNetNS()
	if err != nil {
		b.t.Fatal(err)
	}
	log, _ := test.NewNullLogger()
	options := Options{
		System:    netcfg.NewSystem(netcfg.Options{Bus: "none"}),
		Authorise: (&Authoriser{NetNS: namespace}).Check,
		StateDir:  statePath, BootID: boot, NetNS: namespace,
		Serial: func() string { return "PF-2X9Y7Z" },
		Log:    log,
	}
	change(&options)
	server, err := New(b.t.Context(), options)
	if err != nil {
		b.t.Fatal(err)
	}
	listener, err := wire.Listen(socketPath, wire.ListenOptions{DirMode: 0o755})
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	b.t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			b.t.Errorf("serve: %v", err)
		}
	})
}

func client() *helper.Client { return helper.New(helper.Options{Socket: socketPath}) }

// settings are a full tunnel's with everything in it.
func settings() tunnel.Settings {
	return tunnel.Settings{
		Addresses: []netip.Prefix{netip.MustParsePrefix("10.1.2.3/24"), netip.MustParsePrefix("2001:db8:1::5/64")},
		MTU:       1400,
		DNS:       []netip.Addr{netip.MustParseAddr("10.1.0.53")}, SearchDomains: []string{"corp.example"},
		Exclude: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")},
		Gateway: netip.MustParseAddrPort("198.51.100.7:443"),
	}
}

// open opens a lease in this process.
func (b *bed) open() tunnel.Attachment {
	b.t.Helper()
	attachment, err := client().Open(b.t.Context(), settings())
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { attachment.Close() })
	b.isUp(attachment.Info().Device)
	return attachment
}

// hold opens a lease in a process of its own.
func (b *bed) hold() *actor {
	b.t.Helper()
	text, err := json.Marshal(settings())
	if err != nil {
		b.t.Fatal(err)
	}
	holder := play(b.t, "holder", nil, socketPath, string(text))
	holder.await("holds torii")
	b.isUp("torii0")
	return holder
}

// isUp makes sure that the tunnel of settings is really there.
func (b *bed) isUp(link string) {
	b.t.Helper()
	for address, want := range map[string]string{
		"8.8.8.8": "dev " + link, "2001:db8:77::1": "dev " + link, "10.1.0.53": "dev " + link,
		"198.51.100.7": "dev up0", "203.0.113.9": "dev up0",
	} {
		if got := nstest.IP(b.t, "route", "get", address); !strings.Contains(got, want) {
			b.t.Errorf("packets to %s go by %s, want %s", address, got, want)
		}
	}
	// The kernel takes its time over an IPv6 address's route to itself.
	nstest.Await(b.t, "the address's own route", func() bool {
		return strings.Contains(nstest.IP(b.t, "-6", "route", "show", "table", "local"), "local 2001:db8:1::5 dev "+link)
	})
	if got := nstest.IP(b.t, "-d", "addr", "show", link); !strings.Contains(got, "10.1.2.3/24") ||
		!strings.Contains(got, "2001:db8:1::5/64") || !strings.Contains(got, "mtu 1400") || !strings.Contains(got, "vnet_hdr on") {
		b.t.Errorf("the link is:\n%s", got)
	}
	if text, err := os.ReadFile(resolvPath); err != nil || !strings.Contains(string(text), "nameserver 10.1.0.53\n") {
		b.t.Errorf("the resolver's file is %q, error %v", text, err)
	}
}

// isAsBefore waits until everything is as it was, byte for byte, and the
// journal is empty.
func (b *bed) isAsBefore() {
	b.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		diff := cmp.Diff(b.before, nstest.State(b.t, resolvPath)) + strings.Join(b.left(), " ")
		if diff == "" {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("it is not as it was (-before +after):\n%s", diff)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// left returns what lies in the journal's folder and beside the resolver's
// file that should not be there.
func (b *bed) left() []string {
	b.t.Helper()
	journals, err := filepath.Glob(statePath + "/*" + journalSuffix)
	if err != nil {
		b.t.Fatal(err)
	}
	beside, err := filepath.Glob("/etc/.*torii*")
	if err != nil {
		b.t.Fatal(err)
	}
	return append(journals, beside...)
}

// call is a conversation with the helper without the client's manners.
type call struct {
	t    *testing.T
	conn *wire.Conn
}

func dial(t *testing.T) *call {
	t.Helper()
	conn, err := net.Dial("unix", socketPath)
	if err != nil {
		t.Fatal(err)
	}
	c := &call{t: t, conn: wire.NewConn(conn.(*net.UnixConn))}
	c.conn.ExpectFiles(1)
	t.Cleanup(func() { c.conn.Close() })
	return c
}

// ask sends any message and returns the answer; an error where none came.
func (c *call) ask(request any, files ...*os.File) (helper.Reply, []*os.File, error) {
	c.t.Helper()
	if err := c.conn.Send(request, files...); err != nil {
		return helper.Reply{}, nil, err
	}
	c.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	var reply helper.Reply
	got, err := c.conn.Receive(&reply)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Fatal("the helper does not answer")
	}
	return reply, got, err
}

// openRaw opens a lease and returns the link's other end.
func (c *call) openRaw() *os.File {
	c.t.Helper()
	s := settings()
	reply, files, err := c.ask(helper.Request{Version: helper.Version, ID: 1, Method: helper.MethodOpen, Settings: &s})
	if err != nil || reply.Failure != nil || len(files) != 1 {
		c.t.Fatalf("reply %+v with %d files, error %v", reply.Failure, len(files), err)
	}
	c.t.Cleanup(func() { files[0].Close() })
	return files[0]
}

// awaitEnd waits until the connection is ended by the helper.
func (c *call) awaitEnd() {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	for {
		if _, err := c.conn.Receive(new(helper.Reply)); errors.Is(err, os.ErrDeadlineExceeded) {
			c.t.Fatal("the helper does not end the connection")
		} else if err != nil {
			return
		}
	}
}

func missing(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}
