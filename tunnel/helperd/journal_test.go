//go:build unix

package helperd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"torii/tunnel/netcfg"
)

const boot = "5e1f0c1e-0000-4000-8000-000000000001"

func openJournal(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := OpenJournal(dir, boot, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func stateDir(t *testing.T) string { return filepath.Join(t.TempDir(), "state") }

func link(n int) netcfg.Change {
	return netcfg.Change{Kind: netcfg.ChangeLink, Link: fmt.Sprintf("torii%d", n)}
}

func file(path string) netcfg.Change {
	return netcfg.Change{Kind: netcfg.ChangeFile, File: &netcfg.FileChange{Path: path, Existed: true, Before: []byte("b"), After: []byte("a")}}
}

func record(t *testing.T, j *Journal, changes ...netcfg.Change) {
	t.Helper()
	for _, c := range changes {
		if err := j.Record(c); err != nil {
			t.Fatal(err)
		}
	}
}

// undone returns an undo that writes down what it takes back, but for those
// that it refuses.
func undone(into *[]string, refused ...string) func(context.Context, netcfg.Change) error {
	return func(_ context.Context, c netcfg.Change) error {
		name := c.Link
		if c.File != nil {
			name = c.File.Path
		}
		if slices.Contains(refused, name) {
			return errors.New("cannot")
		}
		*into = append(*into, name)
		return nil
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestJournalUndoesTheNewestFirstAndForgets(t *testing.T) {
	dir := stateDir(t)
	j := openJournal(t, dir)
	record(t, j, link(0), link(1), link(0), file("/etc/x")) // what is undone once is written once
	if got := len(j.Pending()); got != 3 {
		t.Errorf("%d changes are pending, want 3", got)
	}
	var names []string
	done, err := j.Undo(t.Context(), undone(&names))
	if err != nil || len(done) != 3 || strings.Join(names, " ") != "/etc/x torii1 torii0" {
		t.Errorf("undid %q, %d changes, error %v", names, len(done), err)
	}
	if got := files(t, dir); len(got) != 1 || !strings.HasSuffix(got[0], ".lock") {
		t.Errorf("the folder holds %q", got)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	if got := files(t, dir); len(got) != 0 {
		t.Errorf("after Close the folder holds %q", got)
	}
}

func TestJournalIsOnDiskBeforeRecordReturns(t *testing.T) {
	dir := stateDir(t)
	j := openJournal(t, dir)
	for n := range 3 {
		record(t, j, link(n))
		// As another process would find it after a crash at this moment.
		changes, damaged, err := readJournal(j.path)
		if err != nil || damaged != 0 || len(changes) != n+1 || changes[n] != link(n) {
			t.Fatalf("the file holds %v, %d damaged, error %v", changes, damaged, err)
		}
	}
	if info, err := os.Stat(j.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, error %v", info.Mode(), err)
	}
}

func TestJournalKeepsWhatFails(t *testing.T) {
	dir := stateDir(t)
	j := openJournal(t, dir)
	record(t, j, link(0), link(1), link(2))
	var names []string
	if _, err := j.Undo(t.Context(), undone(&names, "torii1")); err == nil || !strings.Contains(err.Error(), "torii1") {
		t.Errorf("error %v", err)
	}
	record(t, j, link(3))
	j.Close()

	again := openJournal(t, dir)
	if got := again.Pending(); !slices.Equal(got, []netcfg.Change{link(1), link(3)}) {
		t.Errorf("the next helper finds %v", got)
	}
	if _, err := again.Undo(t.Context(), undone(&names)); err != nil {
		t.Error(err)
	}
	if strings.Join(names, " ") != "torii2 torii0 torii3 torii1" {
		t.Errorf("undid %q", names)
	}
}

func TestJournalWithATornLastLine(t *testing.T) {
	dir := stateDir(t)
	j := openJournal(t, dir)
	record(t, j, link(0), link(1))
	path := j.path
	j.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(text) + 1 {
		if err := os.WriteFile(path, text[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		again := openJournal(t, dir)
		want := strings.Count(string(text[:cut]), "\n")
		if got := again.Pending(); len(got) != want || again.Damaged() != 0 {
			t.Fatalf("after a cut at %d: %v, %d damaged", cut, got, again.Damaged())
		}
		record(t, again, link(7)) // must not join the torn line
		changes, damaged, err := readJournal(path)
		if err != nil || damaged != 0 || len(changes) != want+1 || changes[want] != link(7) {
			t.Fatalf("after a cut at %d and one more record: %v, %d damaged, error %v", cut, changes, damaged, err)
		}
		again.Close()
	}
}

func TestJournalAfterAWriteThatFailed(t *testing.T) {
	dir := stateDir(t)
	j := openJournal(t, dir)
	record(t, j, link(0))
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	j.file.Close()
	j.file = full
	if err := j.Record(link(1)); err == nil {
		t.Fatal("a record that is not on disk was taken for one")
	}
	if got := j.Pending(); len(got) != 1 {
		t.Errorf("pending are %v", got)
	}
	// Some of the line may have come through.
	torn, err := os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	torn.WriteString(`{"kind":"li`)
	torn.Close()
	record(t, j, link(2))
	changes, damaged, err := readJournal(j.path)
	if err != nil || damaged != 0 || !slices.Equal(changes, []netcfg.Change{link(0), link(2)}) {
		t.Errorf("the file holds %v, %d damaged, error %v", changes, damaged, err)
	}
}

func TestParseJournal(t *testing.T) {
	for _, c := range []struct {
		name, text    string
		want, damaged int
	}{
		{"nothing", "", 0, 0},
		{"one", `{"kind":"routing"}` + "\n", 1, 0},
		{"damage in the middle", `{"kind":"routing"}` + "\n\x00\x00\x00\n" + `{"kind":"link","link":"torii0"}` + "\n", 2, 1},
		{"empty lines", "\n\n", 0, 2},
		{"no change", "null\n{}\n[]\n", 0, 3},
		{"the wrong types", `{"kind":"link","link":7}` + "\n", 0, 1},
		{"what a later version adds", `{"kind":"routing","colour":"vermilion"}` + "\n", 1, 0},
		{"too many", strings.Repeat(`{"kind":"routing"}`+"\n", maxRecords+3), maxRecords, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			changes, damaged := ParseJournal([]byte(c.text))
			if len(changes) != c.want || damaged != c.damaged {
				t.Errorf("%d changes and %d damaged, want %d and %d", len(changes), damaged, c.want, c.damaged)
			}
		})
	}
	if _, damaged := ParseJournal(make([]byte, maxJournal+1)); damaged == 0 {
		t.Error("a journal without end is whole")
	}
}

func TestJournalIsBounded(t *testing.T) {
	j := openJournal(t, stateDir(t))
	j.pending = make([]netcfg.Change, maxRecords)
	if err := j.Record(link(0)); err == nil {
		t.Error("the journal grows without end")
	}
}

func TestJournalsOfOtherBootsAndNamespaces(t *testing.T) {
	dir := stateDir(t)
	leave := func(bootID string, namespace uint64, changes ...netcfg.Change) {
		t.Helper()
		j, err := OpenJournal(dir, bootID, namespace)
		if err != nil {
			t.Fatal(err)
		}
		record(t, j, changes...)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	leave("an-earlier-boot", 1, link(0), file("/etc/earlier"), file("/etc/stubborn"))
	leave("another-boot", 9, link(1), netcfg.Change{Kind: netcfg.ChangeRouting})
	leave(boot, 2, link(2), file("/etc/neighbour")) // another namespace's helper of this boot
	// A lock that nobody holds, and a journal that a crash left without its name.
	for _, name := range []string{"an-earlier-boot.1.lock", ".an-earlier-boot.1.journal123"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	j := openJournal(t, dir)
	if got := j.Pending(); len(got) != 0 {
		t.Errorf("this journal begins with %v", got)
	}
	var names []string
	done, err := j.UndoEarlier(t.Context(), undone(&names, "/etc/stubborn"))
	if err == nil || strings.Join(names, " ") != "/etc/earlier" || len(done) != 1 {
		t.Errorf("undid %q (%v), error %v", names, done, err)
	}
	want := []string{boot + ".1.lock", boot + ".2.journal", "an-earlier-boot.1.journal"}
	if got := files(t, dir); !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
	if _, err := j.UndoEarlier(t.Context(), undone(&names)); err != nil {
		t.Error(err)
	}
	if got := files(t, dir); !slices.Equal(got, want[:2]) {
		t.Errorf("in the end the folder holds %q, want %q", got, want[:2])
	}
}

func TestJournalHasOneOwner(t *testing.T) {
	dir := stateDir(t)
	first := openJournal(t, dir)
	if _, err := OpenJournal(dir, boot, 1); err == nil {
		t.Error("two helpers have one journal")
	}
	if _, err := OpenJournal(dir, boot, 2); err != nil {
		t.Errorf("another namespace's helper: %v", err)
	}
	first.Close()
	if j, err := OpenJournal(dir, boot, 1); err != nil {
		t.Errorf("after the first one's end: %v", err)
	} else {
		j.Close()
	}
}

func TestStateDirIsRootsAlone(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(dir string) error
	}{
		{"readable by others", func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o755)) }},
		{"open to the group", func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o710)) }},
		{"a symbolic link", func(dir string) error {
			return errors.Join(os.Mkdir(dir+".real", 0o700), os.Symlink(dir+".real", dir))
		}},
		{"a file", func(dir string) error { return os.WriteFile(dir, nil, 0o600) }},
		{"somebody else's", func(dir string) error {
			if os.Getuid() != 0 {
				return os.Mkdir(dir, 0o755) // the nearest that can be made
			}
			return errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, 65534, 65534))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := stateDir(t)
			if err := c.prepare(dir); err != nil {
				t.Fatal(err)
			}
			if j, err := OpenJournal(dir, boot, 1); err == nil {
				j.Close()
				t.Error("the journal was kept there")
			}
		})
	}
	dir := stateDir(t)
	openJournal(t, dir)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("a new folder's mode is %v, error %v", info.Mode(), err)
	}
}

func TestLockIsNoLinkToElsewhere(t *testing.T) {
	dir := stateDir(t)
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Symlink(elsewhere, filepath.Join(dir, boot+".1.lock"))); err != nil {
		t.Fatal(err)
	}
	if j, err := OpenJournal(dir, boot, 1); err == nil {
		j.Close()
		t.Error("the lock was made through a symbolic link")
	}
	if _, err := os.Lstat(elsewhere); err == nil {
		t.Error("a file was made through a symbolic link")
	}
}

func FuzzParseJournal(f *testing.F) {
	f.Add([]byte(`{"kind":"link","link":"torii0"}` + "\n" + `{"kind":"file","file":{"path":"/etc/resolv.conf","existed":true,"before":"YQ==","after":"Yg=="}}` + "\n"))
	f.Add([]byte(`{"kind":"network-manager","manager":{"before":{},"after":{"domains":{"*":["10.0.0.1"]}}}}` + "\n{"))
	f.Add([]byte("\n\x00\nnull\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		changes, damaged := ParseJournal(text)
		if lines := strings.Count(string(text), "\n"); len(changes)+damaged > lines+1 {
			t.Errorf("%d changes and %d damaged in %d lines", len(changes), damaged, lines)
		}
		for _, c := range changes {
			_ = c.String()
			if c.Kind == "" {
				t.Error("a change of no kind")
			}
		}
	})
}
