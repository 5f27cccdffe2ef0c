package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// module is the path of this module; "torii/x" is ours.
const module = "torii"

// everyTag makes every file visible that a build for this system can have.
const everyTag = "x11,migrated_fynedo,no_emoji,privileged,bench,screenshots"

// pkg is what `go list -json` says of a package.
type pkg struct {
	Dir, ImportPath, Name, Doc         string
	Standard                           bool
	GoFiles, CgoFiles                  []string
	Imports, TestImports, XTestImports []string
	Deps                               []string
	Error                              *struct{ Err string }
}

// list runs `go list -json` in the module's root.
func list(t *testing.T, arguments ...string) []pkg {
	t.Helper()
	command := exec.Command("go", append([]string{"list", "-json"}, arguments...)...)
	command.Dir = ".."
	var complaints bytes.Buffer
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaints.String())
	}
	var all []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// in reports whether a path is one of the rooms or below one.
func in(path string, rooms ...string) bool {
	return slices.ContainsFunc(rooms, func(room string) bool {
		room = module + "/" + room
		return path == room || strings.HasPrefix(path, room+"/")
	})
}

// is reports whether a path is exactly one of the rooms.
func is(path string, rooms ...string) bool {
	return slices.ContainsFunc(rooms, func(room string) bool { return path == module+"/"+room })
}

// arrows are the house: what the packages of a room may import of ours. The
// first row that a package is in counts.
var arrows = []struct {
	room string
	may  func(imported string) bool
}{
	// The contract is on its own, so that a face can know its values.
	{"tunnel", func(i string) bool { return in(i, "tunnel") }},
	{"certstore", func(i string) bool { return in(i, "certstore") }},
	{"i18n", func(string) bool { return false }},
	{"assets", func(string) bool { return false }},
	// What a face may say and see is made of the contract's values and goes
	// over a framed socket; it links no engine.
	{"app/api", func(i string) bool { return is(i, "tunnel", "tunnel/wire") }},
	{"app/cmd", func(i string) bool { return in(i, "app", "ui", "tunnel", "certstore", "i18n", "assets") }},
	{"app", func(i string) bool { return in(i, "app", "tunnel", "certstore", "i18n") }},
	// tunnel itself, not what is below it: the State of app/api holds its values.
	{"ui", func(i string) bool { return in(i, "ui", "i18n", "assets") || is(i, "app/api", "tunnel") }},
	{"build", func(i string) bool { return in(i, "build") }},
}

// forbidden says why a package must not import another; "" that it may.
func forbidden(importer, imported string) string {
	fyneRooms := []string{"ui/window", "ui/theme", "ui/widgets", "ui/screens", "ui/prompts", "app/cmd/torii-window"}
	switch {
	case strings.HasPrefix(imported, "fyne.io/fyne/") && !in(importer, fyneRooms...):
		return "Fyne lives in the window and nowhere else"
	case strings.HasPrefix(imported, "fyne.io/systray") && !in(importer, "ui/tray"):
		return "the panel belongs to ui/tray"
	case !strings.HasPrefix(imported, module+"/") && imported != module:
		return ""
	case in(imported, "app/cmd"):
		return "programs are not imported"
	case in(imported, "build") && !in(importer, "build"):
		return "the program links nothing of build/"
	}
	for _, row := range arrows {
		if in(importer, row.room) {
			if row.may(imported) {
				return ""
			}
			return "no arrow leads there from " + row.room
		}
	}
	return "the house has no such room"
}

// TestArrowsPointDown holds every import of the tree, tests included, to the
// house.
func TestArrowsPointDown(t *testing.T) {
	packages := list(t, "-tags", everyTag, "./...")
	if len(packages) < 20 {
		t.Fatalf("go list found %d packages only", len(packages))
	}
	for _, p := range packages {
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			imported = strings.TrimSuffix(imported, "_test")
			if why := forbidden(p.ImportPath, imported); why != "" && imported != p.ImportPath {
				t.Errorf("%s imports %s: %s", p.ImportPath, imported, why)
			}
		}
	}
}

// TestTheHouseRefuses shows that the rules are rules.
func TestTheHouseRefuses(t *testing.T) {
	for _, c := range []struct {
		importer, imported string
		refused            bool
	}{
		{"torii/tunnel/session", "torii/tunnel", false},
		{"torii/tunnel/helperd", "torii/tunnel/internal/x", false},
		{"torii/tunnel", "torii/app/api", true},
		{"torii/tunnel/session", "torii/certstore", true},
		{"torii/certstore/verify", "torii/certstore", false},
		{"torii/certstore", "torii/tunnel", true},
		{"torii/i18n", "torii/tunnel", true},
		{"torii/assets", "torii/i18n", true},
		{"torii/app/entries", "torii/tunnel", false},
		{"torii/app", "torii/ui/tray", true},
		{"torii/app", "torii/assets", true},
		{"torii/app/settings", "fyne.io/fyne/v2", true},
		{"torii/app/api", "torii/tunnel/session", true},
		{"torii/ui/tray", "torii/app/api", false},
		{"torii/ui/tray", "torii/app", true},
		{"torii/ui/tray", "torii/tunnel/session", true},
		{"torii/ui/tray", "fyne.io/fyne/v2/app", true},
		{"torii/ui/window", "fyne.io/fyne/v2/app", false},
		{"torii/ui/screens/home", "fyne.io/fyne/v2/widget", false},
		{"torii/ui/window", "fyne.io/systray", true},
		{"torii/app/cmd/torii", "torii/ui/tray", false},
		{"torii/app", "torii/app/cmd/torii", true},
		{"torii/app", "torii/build/testsum", true},
		{"torii/attic", "torii/tunnel", true},
	} {
		if refused := forbidden(c.importer, c.imported) != ""; refused != c.refused {
			t.Errorf("%s imports %s: refused is %v, want %v", c.importer, c.imported, refused, c.refused)
		}
	}
}

// linked lists all that a program links.
func linked(t *testing.T, program string) []string {
	t.Helper()
	command := exec.Command("go", "list", "-deps", "-tags", "x11,migrated_fynedo,no_emoji", "./app/cmd/"+program)
	command.Dir = ".."
	command.Env = os.Environ()
	if program != "torii-window" && program != "torii-token" {
		command.Env = append(command.Env, "CGO_ENABLED=0")
	}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	return strings.Fields(string(out))
}

// TestProgramsLinkOnlyTheirShare looks at all that a program links.
func TestProgramsLinkOnlyTheirShare(t *testing.T) {
	engine := []string{
		"torii/tunnel/anyconnect", "torii/tunnel/openvpn", "torii/tunnel/ipsec", "torii/tunnel/session", "torii/tunnel/gateway",
		"torii/tunnel/proxy", "torii/tunnel/netcfg", "torii/tunnel/helper", "torii/app/entries", "torii/app/secrets",
	}
	for program, never := range map[string][]string{
		"torii":        {"fyne.io/fyne/v2", "runtime/cgo", "torii/ui/window", "torii/ui/screens", "torii/certstore/token/server"},
		"toriictl":     {"fyne.io/fyne/v2", "runtime/cgo", "fyne.io/systray", "torii/ui", "torii/certstore/token/server"},
		"torii-window": append(engine, "torii/ui/tray", "torii/certstore"),
		// Beside a vendor's library there is nothing worth having.
		"torii-token": {"torii/tunnel", "torii/ui", "torii/i18n", "torii/app/api", "fyne.io", "net", "crypto/tls", "os/exec"},
	} {
		t.Run(program, func(t *testing.T) {
			for _, path := range linked(t, program) {
				for _, bad := range never {
					if path == bad || strings.HasPrefix(path, bad+"/") {
						t.Errorf("%s links %s", program, path)
					}
				}
			}
		})
	}
}

// TestHelperIsSmall holds the privileged program to a list: of ours what it is
// made of, and no reader of HTTP, XML or templates of anybody's.
func TestHelperIsSmall(t *testing.T) {
	ours := []string{"app/cmd/torii-helper", "tunnel", "tunnel/helper", "tunnel/helperd", "tunnel/netcfg", "tunnel/device", "tunnel/wire"}
	never := []string{"net/http", "encoding/xml", "encoding/gob", "text/template", "html/template", "fyne.io", "runtime/cgo"}
	for _, path := range linked(t, "torii-helper") {
		if strings.HasPrefix(path, module+"/") {
			if !is(path, ours...) && !in(path, "tunnel/internal") {
				t.Errorf("torii-helper links %s", path)
			}
		}
		for _, bad := range never {
			if path == bad || strings.HasPrefix(path, bad+"/") {
				t.Errorf("torii-helper links %s", path)
			}
		}
	}
}

// TestHelperSpeaksNoTLS looks into the program itself: the contract names
// types of crypto/tls, but no code of a connection may come along.
func TestHelperSpeaksNoTLS(t *testing.T) {
	program := filepath.Join(t.TempDir(), "torii-helper")
	build := exec.Command("go", "build", "-o", program, "./app/cmd/torii-helper")
	build.Dir = ".."
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	symbols, err := exec.Command("go", "tool", "nm", program).Output()
	if err != nil {
		t.Fatalf("go tool nm: %v", err)
	}
	if !bytes.Contains(symbols, []byte(" main.main")) {
		t.Fatal("the program has no symbols to look at")
	}
	if bytes.Contains(symbols, []byte("crypto/tls.(*Conn)")) {
		t.Error("torii-helper links TLS connections")
	}
}

// TestMainsAreShort holds programs to flags, wiring and exit codes.
func TestMainsAreShort(t *testing.T) {
	for _, p := range list(t, "-tags", everyTag, "./app/cmd/...") {
		lines := 0
		for _, file := range slices.Concat(p.GoFiles, p.CgoFiles) {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			lines += bytes.Count(text, []byte("\n"))
		}
		if lines > 80 {
			t.Errorf("%s has %d lines, more than 80", p.ImportPath, lines)
		}
	}
}

// TestPackagesSayWhatTheyAre holds every package to a comment of its own.
func TestPackagesSayWhatTheyAre(t *testing.T) {
	for _, p := range list(t, "-tags", everyTag, "./...") {
		if len(p.GoFiles)+len(p.CgoFiles) == 0 {
			continue // tests only
		}
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + filepath.Base(p.ImportPath) + " "
		}
		if !strings.HasPrefix(p.Doc, want) {
			t.Errorf("%s: the comment begins %q, want %q", p.ImportPath, p.Doc, want)
		}
	}
}

// TestSecurityNamesRealTests holds SECURITY.md to tests and fuzz targets that
// exist.
func TestSecurityNamesRealTests(t *testing.T) {
	page, err := os.ReadFile("../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`").FindAllSubmatch(page, -1)
	if len(named) < 20 {
		t.Fatalf("SECURITY.md names %d tests only", len(named))
	}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
	exists := map[string]bool{}
	err = filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range function.FindAllSubmatch(text, -1) {
			exists[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range named {
		if !exists[string(name[1])] {
			t.Errorf("SECURITY.md names %s, and there is no such test", name[1])
		}
	}
}
