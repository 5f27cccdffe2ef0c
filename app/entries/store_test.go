package entries

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"torii/app/api"
	"torii/app/jsonfile"
	"torii/tunnel"
)

// opened is a store in a folder, with entries of those names.
func opened(t *testing.T, folder string, names ...string) *Store {
	t.Helper()
	store, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if _, err := store.Add(office(func(e *api.Entry) { e.Name = name })); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// names are a store's entries, the active one with a star.
func names(store *Store) string {
	list, active := store.List()
	var names []string
	for _, e := range list {
		if e.ID == active {
			e.Name += "*"
		}
		names = append(names, e.Name)
	}
	return strings.Join(names, " ")
}

func file(t *testing.T, folder string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "entries.json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestActiveEntry(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not", "made", "yet")
	store := opened(t, folder, "a", "b", "c")
	id := func(name string) string {
		entry, err := store.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		return entry.ID
	}
	for _, c := range []struct {
		name string
		do   func() error
		want string
	}{
		{"the first is active", func() error { return nil }, "a* b c"},
		{"choose by name", func() error { return store.Choose("b") }, "a b* c"},
		{"choose by ID", func() error { return store.Choose(id("c")) }, "a b c*"},
		{"delete another", func() error { return store.Delete("b") }, "a c*"},
		{"delete the active one", func() error { return store.Delete(id("c")) }, "a*"},
		{"delete the last", func() error { return store.Delete("a") }, ""},
		{"add again", func() error { _, err := store.Add(office(nil)); return err }, "Office*"},
	} {
		if err := c.do(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := names(store); got != c.want {
			t.Fatalf("%s: %q, want %q", c.name, got, c.want)
		}
		if got := names(opened(t, folder)); got != c.want {
			t.Fatalf("%s: on disk are %q, want %q", c.name, got, c.want)
		}
	}
	for _, err := range []error{store.Choose("gone"), store.Delete("gone"), store.Choose("")} {
		if tunnel.CodeOf(err) != tunnel.CodeNotFound {
			t.Errorf("an entry that is not there: %v", err)
		}
	}
}

func TestFind(t *testing.T) {
	store := opened(t, t.TempDir(), "Office", "支社")
	for ref, want := range map[string]string{"Office": "Office", "oFFICE": "Office", "支社": "支社"} {
		if got, err := store.Find(ref); err != nil || got.Name != want {
			t.Errorf("%q is %q, %v", ref, got.Name, err)
		}
	}
	entry, _ := store.Find("Office")
	if got, err := store.Find(entry.ID); err != nil || !reflect.DeepEqual(got, entry) {
		t.Errorf("by ID: %+v, %v", got, err)
	}
	for _, ref := range []string{"", "Off", strings.ToLower(entry.ID)} {
		if _, err := store.Find(ref); tunnel.CodeOf(err) != tunnel.CodeNotFound {
			t.Errorf("%q: %v", ref, err)
		}
	}
}

func TestNamesAreUnique(t *testing.T) {
	folder := t.TempDir()
	store := opened(t, folder, "Office", "Home")
	before := file(t, folder)
	for _, name := range []string{"Office", "OFFICE", " office "} {
		if _, err := store.Add(office(func(e *api.Entry) { e.Name = name })); tunnel.CodeOf(err) != tunnel.CodeInvalid {
			t.Errorf("a second %q: %v", name, err)
		}
	}
	home, _ := store.Find("Home")
	renamed := home
	renamed.Name = "office"
	if _, err := store.Edit(renamed); tunnel.CodeOf(err) != tunnel.CodeInvalid {
		t.Errorf("renamed to another's name: %v", err)
	}
	if after := file(t, folder); !bytes.Equal(before, after) || names(store) != "Office* Home" {
		t.Errorf("refused changes changed something: %s\n%s", names(store), after)
	}
	home.Name = "HOME"
	if _, err := store.Edit(home); err != nil {
		t.Errorf("another spelling of its own name: %v", err)
	}
}

func TestAddAndEdit(t *testing.T) {
	store := opened(t, t.TempDir())
	added, err := store.Add(office(func(e *api.Entry) { e.ID, e.HasSecrets = "mine", true }))
	if err != nil || added.ID == "" || added.ID == "mine" || added.Origin != api.OriginUser || added.HasSecrets {
		t.Fatalf("added %+v, %v", added, err)
	}
	added.Host, added.Origin = "VPN2.example.com", "profile"
	edited, err := store.Edit(added)
	if err != nil || edited.Host != "vpn2.example.com" || edited.Origin != api.OriginUser || edited.ID != added.ID {
		t.Errorf("edited to %+v, %v", edited, err)
	}
	if held, err := store.Find(added.ID); err != nil || !reflect.DeepEqual(held, edited) {
		t.Errorf("held is %+v, %v", held, err)
	}
	added.ID = "another"
	if _, err := store.Edit(added); tunnel.CodeOf(err) != tunnel.CodeNotFound {
		t.Errorf("an entry that is not there: %v", err)
	}
	if _, err := store.Add(api.Entry{Name: "x"}); tunnel.CodeOf(err) != tunnel.CodeInvalid {
		t.Errorf("an entry without a host: %v", err)
	}
}

// TestListIsACopy: who changes what List returned changes no entry.
func TestListIsACopy(t *testing.T) {
	store := opened(t, t.TempDir(), "Office")
	list, _ := store.List()
	list[0].Host = "evil.example"
	if again, _ := store.List(); again[0].Host != "vpn.example.com" {
		t.Error("the store's own entry was changed")
	}
}

// TestFormat1 reads the file that the first Torii wrote. Whoever changes the
// format raises its number, keeps this file, and shows what becomes of it.
func TestFormat1(t *testing.T) {
	text, err := os.ReadFile("testdata/v1.json")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "entries.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	store := opened(t, folder)
	list, active := store.List()
	want := []api.Entry{
		{ID: "FIRST", Name: "Office", Host: "vpn.example.com", Protocol: "anyconnect", Mode: tunnel.ModeTUN, Roaming: true, Origin: api.OriginUser},
		{
			ID: "SECOND", Name: "支社", Host: "2001:db8::1", Port: 8443, Path: "/staff?secret", Protocol: "anyconnect", User: "alice",
			Group: "Sales", Mode: tunnel.ModeProxy, ProxyListen: netip.MustParseAddrPort("127.0.0.1:1080"),
			UpstreamProxy: "socks5://proxy.example.com:1080", NoDTLS: true, Pin: pin, CAFile: "/etc/ssl/company.pem",
			ClientCertFile: "/home/alice/me.pem", Origin: api.OriginUser,
		},
	}
	if !reflect.DeepEqual(list, want) || active != "SECOND" {
		t.Errorf("read %+v, active %q", list, active)
	}
	if err := store.Choose("SECOND"); err != nil {
		t.Fatal(err)
	}
	if again := file(t, folder); !bytes.Equal(again, text) {
		t.Errorf("it was written back as\n%s", again)
	}
}

// TestBadFilesAreLeftAlone: what does not read is refused, and stays as it is.
func TestBadFilesAreLeftAlone(t *testing.T) {
	good, err := os.ReadFile("testdata/v1.json")
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(old, new string) string {
		if !strings.Contains(string(good), old) {
			t.Fatalf("the good file lacks %s", old)
		}
		return strings.Replace(string(good), old, new, 1)
	}
	for name, text := range map[string]string{
		"empty":             "",
		"null":              "null",
		"another document":  "{}",
		"a list":            "[]",
		"no version":        replaced(`"version": 1,`, ""),
		"version 0":         replaced(`"version": 1`, `"version": 0`),
		"a negative one":    replaced(`"version": 1`, `"version": -1`),
		"a newer version":   replaced(`"version": 1`, `"version": 2`),
		"torn":              string(good[:len(good)/2]),
		"two documents":     string(good) + string(good),
		"rubbish":           "\x00\x01\x02",
		"a bad address":     replaced("127.0.0.1:1080", "127.0.0.1:x"),
		"a bad port":        replaced("8443", "99999"),
		"no ID":             replaced(`"id": "FIRST"`, `"id": ""`),
		"the same ID twice": replaced(`"id": "FIRST"`, `"id": "SECOND"`),
		"a name twice":      replaced(`"name": "Office"`, `"name": "支社"`),
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, "entries.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if store, err := Open(folder); err == nil {
			t.Errorf("%s: read as %s", name, names(store))
		}
		if after := file(t, folder); string(after) != text {
			t.Errorf("%s: the file was changed", name)
		}
		if left, _ := os.ReadDir(folder); len(left) != 1 {
			t.Errorf("%s: files were left: %v", name, left)
		}
	}
}

// TestUnreadableFile: something lies there that cannot be read as a file.
func TestUnreadableFile(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "entries.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder); err == nil {
		t.Error("a folder was read as a file of entries")
	}
}

// TestAnActiveEntryThatIsGone makes the first one active.
func TestAnActiveEntryThatIsGone(t *testing.T) {
	d, err := parse([]byte(`{"version":1,"active":"GONE","entries":[{"id":"A","name":"a"},{"id":"B","name":"b"}]}`))
	if err != nil || d.Active != "A" {
		t.Errorf("active is %q, %v", d.Active, err)
	}
}

// TestATornWriteLosesNothing: what a power cut left beside the file is not
// taken for it, and a write that fails changes neither file nor store.
func TestATornWriteLosesNothing(t *testing.T) {
	folder := t.TempDir()
	opened(t, folder, "a", "b")
	for _, name := range []string{".entries.json123456", "entries.json.tmp", "entries.json~"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(`{"version":1,"entr`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	store := opened(t, folder)
	if got := names(store); got != "a* b" {
		t.Errorf("read %q", got)
	}
	before := file(t, folder)
	// Nothing can be renamed onto a folder that is not empty.
	path := filepath.Join(folder, "entries.json")
	if err := os.Rename(path, path+".kept"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := store.Delete("a"); err == nil {
		t.Error("a write that cannot work reports no error")
	}
	if got := names(store); got != "a* b" {
		t.Errorf("after a write that failed the store holds %q", got)
	}
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".kept", path); err != nil {
		t.Fatal(err)
	}
	if after := file(t, folder); !bytes.Equal(before, after) {
		t.Errorf("the file was changed:\n%s", after)
	}
	if err := store.Delete("a"); err != nil || names(opened(t, folder)) != "b*" {
		t.Errorf("the next write: %v, %s", err, names(store))
	}
}

// TestEveryMomentIsWhole reads the file all the time while it is written.
func TestEveryMomentIsWhole(t *testing.T) {
	folder := t.TempDir()
	store := opened(t, folder, "a")
	stop := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := Open(folder); err != nil {
				t.Errorf("a half written file was seen: %v", err)
				return
			}
		}
	})
	for i := range 50 {
		if _, err := store.Add(office(func(e *api.Entry) { e.Name = fmt.Sprint("entry ", i) })); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	reader.Wait()
}

func TestFileIsPrivate(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "torii")
	opened(t, folder, "a")
	for path, want := range map[string]os.FileMode{folder: 0o700, filepath.Join(folder, "entries.json"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
	}
}

// TestTooManyEntries: what would not fit into a frame is refused, and the rest
// stays.
func TestTooManyEntries(t *testing.T) {
	folder := t.TempDir()
	big := office(func(e *api.Entry) {
		e.User, e.Group = strings.Repeat("u", longestText), strings.Repeat("g", longestText)
	})
	d := document{Version: fileVersion}
	for i := 0; ; i++ {
		e := big
		e.ID, e.Name = fmt.Sprint("id", i), fmt.Sprint("entry ", i)
		d.Entries = append(d.Entries, e)
		if len(d.Entries)*2*longestText > maxFile {
			break
		}
	}
	store := &Store{path: filepath.Join(folder, "entries.json"), held: d}
	big.Name = "one more"
	if _, err := store.Add(big); tunnel.CodeOf(err) != tunnel.CodeInvalid {
		t.Errorf("one entry too many: %v", err)
	}
	if list, _ := store.List(); len(list) != len(d.Entries) {
		t.Errorf("%d entries are left of %d", len(list), len(d.Entries))
	}
}

// sameEntries compares what a file can tell apart: it knows no empty list.
func sameEntries(a, b []api.Entry) bool {
	one, err := json.Marshal(a)
	other, otherErr := json.Marshal(b)
	return err == nil && otherErr == nil && bytes.Equal(one, other)
}

func FuzzReadFile(f *testing.F) {
	good, err := os.ReadFile("testdata/v1.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"version":1,"entries":null}`))
	f.Add([]byte(`{"version":1,"active":"x","entries":[{"id":"x","name":"\ud800"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := parse(text)
		if err != nil {
			return
		}
		ids := map[string]bool{}
		for _, e := range d.Entries {
			if e.ID == "" || ids[e.ID] || e.HasSecrets {
				t.Errorf("read %+v", d.Entries)
			}
			ids[e.ID] = true
		}
		if d.Active != "" && !ids[d.Active] || d.Active == "" && len(d.Entries) > 0 {
			t.Errorf("active is %q of %+v", d.Active, d.Entries)
		}
		written, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parse(written)
		if err != nil || again.Active != d.Active || !sameEntries(again.Entries, d.Entries) {
			t.Errorf("%+v is read again as %+v, %v", d, again, err)
		}
	})
}

// parse reads a file's text.
func parse(text []byte) (document, error) {
	var d document
	if err := jsonfile.Parse(text, fileVersion, &d); err != nil {
		return d, err
	}
	return d, d.check()
}
