//go:build privileged && linux

package helperd

import (
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"torii/tunnel"
	"torii/tunnel/helper"
	"torii/tunnel/internal/nstest"
	"torii/tunnel/wire"
)

func lost(t *testing.T, attachment tunnel.Attachment) {
	t.Helper()
	select {
	case <-attachment.Lost():
	case <-time.After(30 * time.Second):
		t.Error("the holder does not learn that his lease is lost")
	}
}

func TestCloseGivesEverythingBack(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	for range 3 {
		attachment := b.open()
		if err := attachment.Close(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-attachment.Lost():
			t.Error("a lease that its holder gives up counts as lost")
		default:
		}
		b.isAsBefore()
	}
}

func TestKilledHolderGivesEverythingBack(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	b.hold().kill()
	b.isAsBefore()
	b.open().Close() // and the next one gets his
	b.isAsBefore()
}

func TestStoppedHelperGivesEverythingBack(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	a := b.helper()
	attachment := b.open()
	if code := a.terminate(); code != 0 {
		t.Errorf("the helper's exit code is %d:\n%s", code, a.words())
	}
	lost(t, attachment)
	b.isAsBefore()
	if !missing(socketPath) {
		t.Error("the socket is left")
	}
}

func TestKilledHelperGivesEverythingBackAtItsNextStart(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	a := b.helper()
	attachment := b.open() // its end of the link stays open
	a.kill()
	lost(t, attachment)
	b.isUp("torii0")
	b.helper()
	b.isAsBefore()
	attachment.Close()
	b.isAsBefore()
	b.open().Close()
	b.isAsBefore()
}

func TestRepairEndsAnothersLease(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	holder := b.hold()
	if _, err := client().Repair(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.isAsBefore()
	if code := holder.wait(); code != 0 {
		t.Errorf("the holder did not learn that his lease is lost:\n%s", holder.words())
	}
}

func TestRepairTakesWhatNoRecordNames(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	a := b.helper()
	b.hold()
	a.kill()
	b.helper()
	b.isAsBefore()
	// Marks of ours that a lost journal would have named.
	nstest.IP(t, "tuntap", "add", "dev", "torii3", "mode", "tun")
	nstest.IP(t, "rule", "add", "priority", "31020", "lookup", "21615")
	nstest.IP(t, "-6", "route", "add", "unreachable", "default", "table", "21615")
	if _, err := client().Repair(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.isAsBefore()
}

func TestDamagedJournalIsSwept(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	a := b.helper()
	b.open() // the link stays as long as this end of it
	a.kill()
	for _, path := range b.left() {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// The link's line does not read any more; the others do.
		damaged := strings.Replace(string(text), `{"kind":"link"`, `{"kind":"`+"\x00\x00\x00", 1)
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil || damaged == string(text) {
			t.Fatalf("damage %s: %v", path, err)
		}
	}
	a = b.helper()
	b.isAsBefore()
	a.await("the journal was damaged")
}

func TestHeartbeat(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	const patience = time.Second
	b.server(func(o *Options) { o.Patience = patience })
	c := dial(t)
	c.openRaw()
	b.isUp("torii0")
	c.awaitEnd() // he is silent
	b.isAsBefore()

	attachment, err := helper.New(helper.Options{Socket: socketPath, Heartbeat: patience / 20}).Open(t.Context(), settings())
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-attachment.Lost():
		t.Error("a lease with a heartbeat was ended")
	case <-time.After(3 * patience):
	}
	b.isUp("torii0")
	attachment.Close()
	b.isAsBefore()
}

func TestDeletedLinkIsLost(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	attachment := b.open()
	nstest.IP(t, "link", "del", "torii0")
	lost(t, attachment)
	b.isAsBefore()
}

func TestPersistentLinkIsDeleted(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	c := dial(t)
	file := c.openRaw()
	if err := unix.IoctlSetInt(int(file.Fd()), unix.TUNSETPERSIST, 1); err != nil {
		t.Fatal(err)
	}
	c.conn.Close() // the descriptor stays open
	b.isAsBefore()
	file.Close()
	b.isAsBefore()
}

func TestUpdateInPlace(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	attachment := b.open()
	index := func() string {
		number, _, _ := strings.Cut(nstest.IP(t, "-o", "link", "show", "torii0"), ":")
		return number
	}
	before := index()
	changed := settings()
	changed.Addresses = []netip.Prefix{netip.MustParsePrefix("10.1.2.4/24")}
	changed.MTU = 1300
	changed.Include = []netip.Prefix{netip.MustParsePrefix("172.16.0.0/12")}
	changed.Exclude = nil
	changed.DNS = nil
	if err := attachment.Update(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"8.8.8.8": "dev up0", "172.16.1.1": "dev torii0 table 21615 src 10.1.2.4", "2001:db8:77::1": "dev up0",
	} {
		if got := nstest.IP(t, "route", "get", address); !strings.Contains(got, want) {
			t.Errorf("after an update packets to %s go by %s, want %s", address, got, want)
		}
	}
	if got := nstest.IP(t, "addr", "show", "torii0"); strings.Contains(got, "10.1.2.3/") || strings.Contains(got, "2001:db8:1::5") ||
		!strings.Contains(got, "mtu 1300") {
		t.Errorf("after an update the link is:\n%s", got)
	}
	if text, err := os.ReadFile(resolvPath); err != nil || string(text) != original {
		t.Errorf("servers that were taken away are still in force: %q, error %v", text, err)
	}
	if info := attachment.Info(); len(info.Secure) != 2 || index() != before {
		t.Errorf("the attachment says %+v, link number %s (was %s)", info, index(), before)
	}
	bad := changed
	bad.Include = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	if err := attachment.Update(t.Context(), bad); tunnel.CodeOf(err) != tunnel.CodeBadSettings {
		t.Errorf("a bad update: %v", err)
	}
	if err := attachment.Update(t.Context(), settings()); err != nil {
		t.Fatal(err)
	}
	b.isUp("torii0")
	attachment.Close()
	b.isAsBefore()
}

func TestHelperPutsBackWhatSomebodyDisturbs(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	attachment := b.open()
	up := nstest.State(t, resolvPath)
	for _, disturb := range [][]string{
		{"rule", "del", "priority", "31020"}, {"-6", "rule", "del", "priority", "31020"}, {"rule", "del", "priority", "31010"},
		{"route", "del", "default", "table", "21615"}, {"addr", "del", "10.1.2.3/24", "dev", "torii0"},
	} {
		nstest.IP(t, disturb...)
		nstest.Await(t, "what "+strings.Join(disturb, " ")+" did to be undone", func() bool {
			return nstest.State(t, resolvPath) == up
		})
	}
	// A DHCP client renews: it sets the address anew and writes the file.
	const renewed = "nameserver 192.0.2.54\n"
	if err := os.WriteFile(resolvPath, []byte(renewed), 0o644); err != nil {
		t.Fatal(err)
	}
	nstest.IP(t, "addr", "change", "192.0.2.20/24", "dev", "up0", "valid_lft", "3000", "preferred_lft", "3000")
	nstest.Await(t, "the tunnel's servers to be in the file again", func() bool {
		text, err := os.ReadFile(resolvPath)
		return err == nil && strings.Contains(string(text), "nameserver 10.1.0.53\n")
	})
	attachment.Close()
	if text, err := os.ReadFile(resolvPath); err != nil || string(text) != renewed {
		t.Errorf("afterwards the file is %q, error %v", text, err)
	}
}

func TestBindMountedResolvConf(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	if err := os.WriteFile("/run/hosts-file", []byte(original), 0o644); err != nil {
		t.Fatal(err)
	}
	b := newBed(t)
	if err := unix.Mount("/run/hosts-file", resolvPath, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	a := b.helper()
	b.open().Close()
	b.isAsBefore()
	b.hold().kill()
	b.isAsBefore()
	b.open()
	a.kill()
	b.helper()
	b.isAsBefore()
	if text, err := os.ReadFile("/run/hosts-file"); err != nil || string(text) != original {
		t.Errorf("the mounted file is %q, error %v", text, err)
	}
}

func TestOneLeaseAtATime(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	first := b.open()
	if _, err := client().Open(t.Context(), settings()); tunnel.CodeOf(err) != tunnel.CodeHelperRefused {
		t.Errorf("a second lease: %v", err)
	}
	b.isUp("torii0")
	opened := make(chan error, 1)
	go func() { // waits for the first one's end
		second, err := client().Open(t.Context(), settings())
		if err == nil {
			err = second.Close()
		}
		opened <- err
	}()
	time.Sleep(50 * time.Millisecond)
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if err := <-opened; err != nil {
		t.Errorf("the lease after the first: %v", err)
	}
	b.isAsBefore()
}

func TestSocketOfSystemd(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	listener, err := wire.Listen(socketPath, wire.ListenOptions{DirMode: 0o755})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	file, err := listener.File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	a := playWith(t, "activated", nil, []*os.File{file}, "/nonexistent/socket", statePath, "none")
	b.open().Close()
	b.isAsBefore()
	b.open()
	if code := a.terminate(); code != 0 {
		t.Errorf("the helper ended with %d:\n%s", code, a.words())
	}
	b.isAsBefore()
	if missing(socketPath) {
		t.Error("the helper removed systemd's socket")
	}
}

func TestHelperStartsOnce(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	attachment := b.open()
	second := play(t, "helper", nil, socketPath, statePath, "none")
	if code := second.wait(); code != 1 || !strings.Contains(second.words(), "another helper") {
		t.Errorf("a second helper ended with %d:\n%s", code, second.words())
	}
	b.isUp("torii0")
	attachment.Close()
	b.isAsBefore()
}
