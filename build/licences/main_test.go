package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLicencesAreCurrent compares what the programs are made of with what the
// window shows.
func TestLicencesAreCurrent(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("assets", "licences.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("assets/licences.txt is out of date: run `go run ./build/licences > assets/licences.txt`")
	}
}

func TestLicencesBelongToWhatIsLinked(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"LICENSE": "the module's\r\n", "used/a.go": "package used", "used/font/OFL.txt": "the font's", "used/LICENSE.go": "no licence",
		"used/other/b.go": "package other", "used/other/LICENSE": "of what is not linked", "unused/COPYING": "neither",
		"used/testdata/LICENSE": "of a test's file",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	texts, err := licencesOf(module{name: "m v1", root: root, dirs: []string{filepath.Join(root, "used")}})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(texts, "|"); got != "the module's|the font's" {
		t.Errorf("found were %q", got)
	}
}

func TestWritePutsOursFirstAndSharedTextsOnce(t *testing.T) {
	got := write(map[string][]string{"Apache": {"z v2", own, "a v1"}, "BSD": {"b v1"}})
	want := separator + "\nTorii\na v1\nz v2\n\nApache\n" + separator + "\nb v1\n\nBSD\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
