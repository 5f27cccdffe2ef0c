package netcfg

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const original = "# the machine's\nnameserver 192.0.2.1\n"

// fileBed is a System whose names are a file in a folder of the test's.
type fileBed struct {
	*System
	path    string
	changes []Change
}

func newFileBed(t *testing.T) *fileBed {
	t.Helper()
	path := filepath.Join(t.TempDir(), "resolv.conf")
	return &fileBed{System: NewSystem(Options{ResolvConf: path, Bus: "none", Resolvconf: "/nonexistent"}), path: path}
}

func (b *fileBed) record(c Change) error {
	b.changes = append(b.changes, c)
	return nil
}

func (b *fileBed) set(t *testing.T, dns DNS) {
	t.Helper()
	if err := b.setDNS(t.Context(), &Link{Name: "torii0", Index: 7}, dns, b.record); err != nil {
		t.Fatal(err)
	}
}

// undo takes everything back, as another helper would after a crash of the
// first: it remembers nothing but the records.
func (b *fileBed) undo(t *testing.T) {
	t.Helper()
	system := NewSystem(b.options)
	for i := len(b.changes) - 1; i >= 0; i-- {
		if err := system.Undo(t.Context(), b.changes[i]); err != nil {
			t.Fatal(err)
		}
	}
}

func (b *fileBed) read(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func servers(texts ...string) DNS { return DNS{Servers: addresses(texts...), All: true} }

func TestFileIsGivenBack(t *testing.T) {
	b := newFileBed(t)
	write(t, b.path, original)
	if err := os.Chmod(b.path, 0o640); err != nil {
		t.Fatal(err)
	}
	b.set(t, servers("10.0.0.53"))
	if text := b.read(t); !strings.Contains(text, "nameserver 10.0.0.53\n") || strings.Contains(text, "192.0.2.1") {
		t.Errorf("while the tunnel is up the file is:\n%s", text)
	}
	b.set(t, servers("10.0.0.53")) // the same once more changes nothing
	b.set(t, servers("10.0.0.54")) // an update
	if len(b.changes) != 2 {
		t.Errorf("%d changes were recorded, want 2", len(b.changes))
	}
	if text := b.read(t); !strings.Contains(text, "nameserver 10.0.0.54\n") || strings.Contains(text, "10.0.0.53") {
		t.Errorf("after an update the file is:\n%s", text)
	}
	b.undo(t)
	if text := b.read(t); text != original {
		t.Errorf("afterwards the file is:\n%s", text)
	}
	if info, err := os.Stat(b.path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("afterwards its mode is %v, error %v", info.Mode(), err)
	}
	alone(t, b.path)
}

// alone makes sure that nothing lies beside a file.
func alone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != filepath.Base(path) {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestServersThatAreTakenBackWithinATunnel(t *testing.T) {
	b := newFileBed(t)
	write(t, b.path, original)
	b.set(t, servers("10.0.0.53"))
	b.set(t, DNS{}) // the gateway names no servers any more
	if text := b.read(t); text != original {
		t.Errorf("without servers the file is:\n%s", text)
	}
	b.set(t, servers("10.0.0.54"))
	if text := b.read(t); !strings.Contains(text, "10.0.0.54") {
		t.Errorf("with servers again the file is:\n%s", text)
	}
	b.undo(t)
	if text := b.read(t); text != original {
		t.Errorf("afterwards the file is:\n%s", text)
	}
}

func TestFileOfAnotherIsLeftAlone(t *testing.T) {
	const theirs = "nameserver 192.0.2.99\n"
	t.Run("written anew", func(t *testing.T) {
		b := newFileBed(t)
		write(t, b.path, original)
		b.set(t, servers("10.0.0.53"))
		write(t, b.path, theirs)
		b.undo(t)
		if text := b.read(t); text != theirs {
			t.Errorf("afterwards the file is:\n%s", text)
		}
	})
	t.Run("written anew, then updated by us", func(t *testing.T) {
		b := newFileBed(t)
		write(t, b.path, original)
		b.set(t, servers("10.0.0.53"))
		write(t, b.path, theirs)
		b.set(t, servers("10.0.0.54"))
		b.undo(t)
		if text := b.read(t); text != theirs {
			t.Errorf("afterwards the file is:\n%s", text)
		}
	})
	t.Run("removed", func(t *testing.T) {
		b := newFileBed(t)
		write(t, b.path, original)
		b.set(t, servers("10.0.0.53"))
		if err := os.Remove(b.path); err != nil {
			t.Fatal(err)
		}
		b.undo(t)
		if _, err := os.Lstat(b.path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file that somebody removed came back: %v", err)
		}
	})
	t.Run("replaced by a link to our text", func(t *testing.T) {
		b := newFileBed(t)
		write(t, b.path, original)
		b.set(t, servers("10.0.0.53"))
		elsewhere := filepath.Join(t.TempDir(), "theirs")
		write(t, elsewhere, b.read(t))
		if err := errors.Join(os.Remove(b.path), os.Symlink(elsewhere, b.path)); err != nil {
			t.Fatal(err)
		}
		b.undo(t)
		if target, err := os.Readlink(b.path); err != nil || target != elsewhere {
			t.Errorf("their link is gone: %q, %v", target, err)
		}
	})
}

func TestFileThatWasNotThere(t *testing.T) {
	b := newFileBed(t)
	b.set(t, servers("10.0.0.53"))
	if info, err := os.Stat(b.path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("the new file's mode is %v, error %v", info, err)
	}
	b.undo(t)
	if _, err := os.Lstat(b.path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}

func TestLinksStayLinks(t *testing.T) {
	for _, c := range []struct {
		name    string
		existed bool
	}{{"to a file", true}, {"to nothing yet", false}} {
		t.Run(c.name, func(t *testing.T) {
			b := newFileBed(t)
			folder := filepath.Dir(b.path)
			if err := errors.Join(os.Mkdir(filepath.Join(folder, "run"), 0o755), os.Symlink("middle", b.path),
				os.Symlink("run/resolv.conf", filepath.Join(folder, "middle"))); err != nil {
				t.Fatal(err)
			}
			target := filepath.Join(folder, "run", "resolv.conf")
			if c.existed {
				write(t, target, original)
			}
			b.set(t, servers("10.0.0.53"))
			links := func() {
				t.Helper()
				if text, err := os.Readlink(b.path); err != nil || text != "middle" {
					t.Errorf("the first link is %q, error %v", text, err)
				}
				if text, err := os.Readlink(filepath.Join(folder, "middle")); err != nil || text != "run/resolv.conf" {
					t.Errorf("the second link is %q, error %v", text, err)
				}
			}
			links()
			if text, err := os.ReadFile(target); err != nil || !strings.Contains(string(text), "10.0.0.53") {
				t.Errorf("where the links lead is %q, error %v", text, err)
			}
			b.undo(t)
			links()
			text, err := os.ReadFile(target)
			if c.existed && string(text) != original || !c.existed && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("afterwards it is %q, error %v", text, err)
			}
		})
	}
}

func TestLinksThatLeadNowhere(t *testing.T) {
	b := newFileBed(t)
	for _, make := range []func() error{
		func() error { return os.Symlink(filepath.Base(b.path), b.path) },
		func() error { return os.Mkdir(b.path, 0o755) },
		func() error { return os.Symlink("no/such/folder", b.path) },
	} {
		if err := make(); err != nil {
			t.Fatal(err)
		}
		if err := b.setDNS(t.Context(), &Link{Name: "torii0"}, servers("10.0.0.53"), b.record); err == nil || len(b.changes) > 0 {
			t.Errorf("no error, or a change recorded: %v", b.changes)
		}
		if err := os.Remove(b.path); err != nil {
			t.Fatal(err)
		}
	}
}

// A crash between the two steps of writing in place leaves the one text with
// the other's length.
func TestWritesThatACrashCutShort(t *testing.T) {
	long := original + strings.Repeat("# long\n", 100)
	for _, c := range []struct{ name, before string }{{"over a longer file", long}, {"over a shorter one", "#\n"}} {
		t.Run(c.name, func(t *testing.T) {
			b := newFileBed(t)
			write(t, b.path, c.before)
			b.set(t, servers("10.0.0.53"))
			ours := b.read(t)
			write(t, b.path, ours+strings.Repeat("\n", max(0, len(c.before)-len(ours))))
			b.undo(t)
			if text := b.read(t); text != c.before {
				t.Errorf("after a cut writing the file is %q", text)
			}
			write(t, b.path, c.before+strings.Repeat("\n", max(0, len(ours)-len(c.before))))
			b.undo(t)
			if text := b.read(t); text != c.before {
				t.Errorf("after a cut restoring the file is %q", text)
			}
		})
	}
}

func TestWhatACrashLeftBesideTheFileIsRemoved(t *testing.T) {
	b := newFileBed(t)
	write(t, b.path, original)
	b.set(t, servers("10.0.0.53"))
	write(t, b.path, "nameserver 192.0.2.99\n") // somebody else's, and not written again
	write(t, temporaryOf(b.path), "half")
	b.undo(t)
	alone(t, b.path)
}

func TestWriteInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, content := range []string{"something long\n", "short\n", "", "longer again\n"} {
		write(t, path, "what was there\n")
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := writeInPlace(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		after, statErr := os.Stat(path)
		if err != nil || statErr != nil || string(text) != content || !os.SameFile(before, after) {
			t.Errorf("the file is %q (want %q), errors %v, %v", text, content, err, statErr)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := writeInPlace(link, []byte("through a link")); err == nil {
		t.Error("a symbolic link was written through")
	}
}

func TestNothingIsWrittenThatIsNotRecorded(t *testing.T) {
	b := newFileBed(t)
	write(t, b.path, original)
	refusal := errors.New("the disk is full")
	err := b.setDNS(t.Context(), &Link{Name: "torii0"}, servers("10.0.0.53"), func(Change) error { return refusal })
	if !errors.Is(err, refusal) || b.read(t) != original {
		t.Errorf("error %v, and the file is:\n%s", err, b.read(t))
	}
}

func TestUndoOfRecordsThatNameNothing(t *testing.T) {
	s := NewSystem(Options{Bus: "none"})
	for _, c := range []Change{
		{Kind: ChangeFile}, {Kind: ChangeFile, File: &FileChange{Path: "relative"}}, {Kind: ChangeManager}, {Kind: "else"},
	} {
		if err := s.Undo(t.Context(), c); err == nil {
			t.Errorf("no error for %+v", c)
		}
	}
}

func TestFileIsKeptWhenSomebodyRenewsIt(t *testing.T) {
	const renewed = "nameserver 192.0.2.2\n"
	b := newFileBed(t)
	write(t, b.path, original)
	keep := func() {
		t.Helper()
		if err := b.keepFile(servers("10.0.0.53"), b.record); err != nil {
			t.Fatal(err)
		}
	}
	keep() // no tunnel: nothing to keep
	if text := b.read(t); text != original {
		t.Errorf("without a tunnel the file is:\n%s", text)
	}
	b.set(t, servers("10.0.0.53"))
	keep()
	if len(b.changes) != 1 {
		t.Errorf("a file that is in place was written again: %v", b.changes)
	}
	write(t, b.path, renewed)
	keep()
	if text := b.read(t); !strings.Contains(text, "nameserver 10.0.0.53\n") {
		t.Errorf("after a renewal the file is:\n%s", text)
	}
	b.undo(t)
	if text := b.read(t); text != renewed {
		t.Errorf("afterwards the file is:\n%s", text)
	}

	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	write(t, elsewhere, renewed)
	b.set(t, servers("10.0.0.53"))
	if err := errors.Join(os.Remove(b.path), os.Symlink(elsewhere, b.path)); err != nil {
		t.Fatal(err)
	}
	keep()
	if text, err := os.ReadFile(elsewhere); err != nil || string(text) != renewed {
		t.Errorf("another master's file is %q, error %v", text, err)
	}
}
