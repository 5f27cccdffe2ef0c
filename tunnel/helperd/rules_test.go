//go:build privileged && linux

package helperd

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"torii/tunnel"
	"torii/tunnel/helper"
	"torii/tunnel/internal/bustest"
	"torii/tunnel/internal/nstest"
)

const (
	toriiGroup = 995
	member     = 1000
	stranger   = 1001
)

// withGroup makes the group that may use the helper.
func withGroup(t *testing.T) {
	t.Helper()
	file, err := os.OpenFile("/etc/group", os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = file.WriteString("torii:x:995:\n")
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// asUser makes a process somebody else's.
func asUser(uid uint32, groups ...uint32) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid, Groups: groups}}
}

// ask plays an asker and returns what he heard.
func ask(t *testing.T, attributes *syscall.SysProcAttr) string {
	t.Helper()
	a := play(t, "asker", attributes, socketPath)
	if code := a.wait(); code != 0 {
		t.Fatalf("the asker ended with %d:\n%s", code, a.words())
	}
	return a.words()
}

// served reports whether the helper answered the question: this machine may
// have no serial number.
func served(words string) bool {
	return strings.HasPrefix(words, `code ""`) || strings.HasPrefix(words, `code "not-found"`)
}

func refused(words string) bool { return strings.HasPrefix(words, `code "helper-refused"`) }

// Rule 1: root and the group, by the socket's mode.
func TestSocketIsForRootAndTheGroup(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	check := func(mode os.FileMode, gid uint32) {
		t.Helper()
		info, err := os.Lstat(socketPath)
		if err != nil {
			t.Fatal(err)
		}
		stat := info.Sys().(*syscall.Stat_t)
		if info.Mode() != os.ModeSocket|mode || stat.Uid != 0 || stat.Gid != gid {
			t.Errorf("the socket is %v of %d:%d, want %v of 0:%d", info.Mode(), stat.Uid, stat.Gid, mode, gid)
		}
		folder, err := os.Lstat("/run/torii")
		if err != nil || folder.Mode().Perm() != 0o755 {
			t.Errorf("its folder is %v, error %v", folder.Mode(), err)
		}
	}
	syscall.Umask(0) // whatever it is
	a := b.helper()
	check(0o600, 0)
	if got := ask(t, asUser(member, toriiGroup)); !refused(got) {
		t.Errorf("where there is no group somebody hears:\n%s", got)
	}
	a.terminate()

	withGroup(t)
	b.helper()
	check(0o660, toriiGroup)
	if got := ask(t, asUser(member, toriiGroup)); !served(got) {
		t.Errorf("a member hears:\n%s", got)
	}
	if got := ask(t, nil); !served(got) {
		t.Errorf("root hears:\n%s", got)
	}
	if got := ask(t, asUser(stranger)); !refused(got) {
		t.Errorf("a stranger hears:\n%s", got)
	}
	// The mode is the first of two doors.
	if err := os.Chmod(socketPath, 0o666); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, asUser(stranger)); !refused(got) || !strings.Contains(got, "not a member") {
		t.Errorf("a stranger behind the first door hears:\n%s", got)
	}
}

// Rule 1: polkit is asked about members, and nobody else.
func TestMembersNeedPolkitsWord(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	withGroup(t)
	b := newBed(t)
	b.bus = bustest.Start(t)
	service := startPolkit(t, b.bus)
	b.helper()
	if got := ask(t, asUser(member, toriiGroup)); !refused(got) || !strings.Contains(got, "polkit") {
		t.Errorf("a member that polkit refuses hears:\n%s", got)
	}
	if got := ask(t, nil); !served(got) {
		t.Errorf("root hears:\n%s", got)
	}
	service.set(true, nil)
	if got := ask(t, asUser(member, toriiGroup)); !served(got) {
		t.Errorf("a member that polkit allows hears:\n%s", got)
	}
	asked, pidfds := service.heard()
	if len(asked) != 2 || !strings.Contains(asked[0], "uid 1000 ") || pidfds != 2 {
		t.Errorf("polkit was asked %q with %d descriptors of a process", asked, pidfds)
	}
}

// Rule 1: a socket's path is seen from every network that sees the path.
func TestCallersOfAnotherNetworkAreRefused(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	got := ask(t, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET})
	if !refused(got) || !strings.Contains(got, "network namespace") {
		t.Errorf("root of another network hears:\n%s", got)
	}
}

// Rule 1, and nobody keeps others from it.
func TestOneUserDoesNotTakeAllPlaces(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	withGroup(t)
	b := newBed(t)
	b.helper()
	for uid := range uint32(maxConns/maxOfUser - 1) {
		crowd := play(t, "crowd", asUser(member+uid, toriiGroup), socketPath)
		crowd.await("kept 8")
	}
	if got := ask(t, nil); !served(got) {
		t.Errorf("root hears:\n%s", got)
	}
	if got := ask(t, asUser(member+7, toriiGroup)); !served(got) {
		t.Errorf("another member hears:\n%s", got)
	}
	if _, err := client().Repair(t.Context()); err != nil {
		t.Errorf("repair: %v", err)
	}
}

// Rule 2: what a hostile member or gateway sends changes nothing.
func TestHostilePlansChangeNothing(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	for name, change := range map[string]func(*tunnel.Settings){
		"the loopback": func(s *tunnel.Settings) { s.Include = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} },
		"link-local":   func(s *tunnel.Settings) { s.Addresses = []netip.Prefix{netip.MustParsePrefix("fe80::5/64")} },
		"a name with a line of its own": func(s *tunnel.Settings) {
			s.SearchDomains = []string{"corp.example\nnameserver 192.0.2.66"}
		},
		"too many routes": func(s *tunnel.Settings) {
			for n := range 5000 {
				s.Include = append(s.Include, netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16, byte(n >> 8), byte(n)}), 32))
			}
		},
		"this machine's address": func(s *tunnel.Settings) { s.Addresses = []netip.Prefix{netip.MustParsePrefix("192.0.2.20/24")} },
	} {
		s := settings()
		change(&s)
		if _, err := client().Open(t.Context(), s); tunnel.CodeOf(err) != tunnel.CodeBadSettings {
			t.Errorf("%s: %v, want CodeBadSettings", name, err)
		}
		if diff := cmp.Diff(b.before, nstest.State(t, resolvPath)); diff != "" || len(b.left()) > 0 {
			t.Errorf("%s changed something (-before +after):\n%s%v", name, diff, b.left())
		}
	}
}

// Rule 2: its own link only. There is no word for another one, and those that
// somebody might try mean nothing.
func TestNoLinkButItsOwn(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	others := func() string {
		return nstest.IP(t, "-d", "addr", "show", "up0") + nstest.IP(t, "-d", "addr", "show", "lo") +
			nstest.IP(t, "route", "show", "table", "main") + nstest.IP(t, "-6", "route", "show", "table", "main")
	}
	before := others()
	c := dial(t)
	reply, files, err := c.ask(map[string]any{
		"version": helper.Version, "id": 1, "method": "open", "link": "up0", "device": "up0", "index": 2,
		"settings": map[string]any{
			"Addresses": []string{"10.1.2.3/24"}, "MTU": 1300, "Link": "up0", "Device": "up0", "Index": 2, "Table": 254,
			"Gateway": "198.51.100.7:443", "Gateways": []string{"203.0.113.1:443"},
		},
	})
	if err != nil || reply.Failure != nil || len(files) != 1 {
		t.Fatalf("reply %+v, error %v", reply, err)
	}
	defer files[0].Close()
	if reply.Lease.Link != "torii0" {
		t.Errorf("the link is %s", reply.Lease.Link)
	}
	if diff := cmp.Diff(before, others()); diff != "" {
		t.Errorf("other links or the main table changed:\n%s", diff)
	}
	// One host stays outside, and no other.
	if got := nstest.IP(t, "route", "get", "203.0.113.1"); !strings.Contains(got, "dev torii0") {
		t.Errorf("packets to a second gateway go by %s", got)
	}
	c.conn.Close()
	b.isAsBefore()
}

// Rule 2: it takes no descriptors.
func TestDescriptorsAreRefused(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := settings()
	c := dial(t)
	if reply, _, err := c.ask(helper.Request{Version: helper.Version, ID: 1, Method: helper.MethodOpen, Settings: &s}, w); err == nil {
		t.Errorf("a request with a descriptor is answered: %+v", reply)
	}
	w.Close()
	r.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadAll(r); err != nil { // ends when the helper has let go of it
		t.Error(err)
	}
	b.isAsBefore()
	if got := ask(t, nil); !served(got) {
		t.Errorf("the next one hears:\n%s", got)
	}
}

func TestRubbishEndsAConversationAndNothingElse(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	b.helper()
	attachment := b.open()
	for _, text := range []string{"GET / HTTP/1.1\r\n\r\n", "\x00\x00\x00\x02[]", "\x00\x00\x00\x09{\"id\":\"x\"", "\xff\xff\xff\xff"} {
		c := dial(t)
		if _, err := c.conn.Unix().Write([]byte(text)); err != nil {
			t.Error(err)
		}
		c.awaitEnd()
	}
	for _, request := range []helper.Request{
		{Version: 99, Method: helper.MethodOpen}, {Version: helper.Version, Method: "format"},
		{Version: helper.Version, Method: helper.MethodOpen}, {Version: helper.Version, Method: helper.MethodUpdate},
	} {
		reply, _, err := dial(t).ask(request)
		if err != nil || reply.Failure == nil || reply.Failure.Code != tunnel.CodeHelperRefused {
			t.Errorf("request %+v is answered %+v, error %v", request, reply, err)
		}
	}
	b.isUp("torii0")
	attachment.Close()
	b.isAsBefore()
}

// Rule 4: the journal is root's alone, and the helper starts nowhere else.
func TestJournalFolderIsRootsAlone(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	b := newBed(t)
	a := b.helper()
	info, err := os.Lstat(statePath)
	if err != nil || info.Mode() != os.ModeDir|0o700 || info.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Errorf("the folder is %v, error %v", info, err)
	}
	attachment := b.open()
	for _, path := range b.left() {
		if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s is %v, error %v", path, info, err)
		}
	}
	attachment.Close()
	a.terminate()
	for name, prepare := range map[string]func() error{
		"open to others": func() error { return os.Chmod(statePath, 0o755) },
		"a stranger's":   func() error { return errors.Join(os.Chmod(statePath, 0o700), os.Chown(statePath, stranger, 0)) },
	} {
		if err := prepare(); err != nil {
			t.Fatal(err)
		}
		second := play(t, "helper", nil, socketPath, statePath, "none")
		if code := second.wait(); code != 1 || !strings.Contains(second.words(), "folder") {
			t.Errorf("with a folder that is %s the helper ended with %d:\n%s", name, code, second.words())
		}
		if err := errors.Join(os.Chown(statePath, 0, 0), os.Chmod(statePath, 0o700)); err != nil {
			t.Fatal(err)
		}
	}
}

// Rule 4: a link that is put in the socket's place is neither followed nor
// replaced.
func TestSocketIsNotMadeThroughALink(t *testing.T) {
	if !nstest.Inside(t) {
		return
	}
	newBed(t)
	if err := errors.Join(os.Mkdir("/run/torii", 0o755), os.Symlink("/run/elsewhere", socketPath)); err != nil {
		t.Fatal(err)
	}
	a := play(t, "helper", nil, socketPath, statePath, "none")
	if code := a.wait(); code != 1 {
		t.Errorf("the helper ended with %d:\n%s", code, a.words())
	}
	if target, err := os.Readlink(socketPath); err != nil || target != "/run/elsewhere" || !missing("/run/elsewhere") {
		t.Errorf("the link leads to %q, error %v", target, err)
	}
}
