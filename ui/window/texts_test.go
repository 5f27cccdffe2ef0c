package window

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"torii/i18n"
	"torii/tunnel"
)

// keyPattern is how the keys of the window look.
var keyPattern = regexp.MustCompile(`^(window|home|phase|prompt|error)((\.[a-z-]+)+|(\.[a-z-]+)*\.)$`)

// composed are the keys that the code puts together from a beginning that ends
// with a dot: all that can come of them.
func composed() map[string][]string {
	phases, codes := []string{}, []string{}
	for _, phase := range tunnel.Phases() {
		phases = append(phases, string(phase))
	}
	for _, code := range []tunnel.Code{tunnel.CodeInternal, tunnel.CodePolicy, tunnel.CodeTimeout, tunnel.CodeAgentMissing, tunnel.CodeNotFound} {
		codes = append(codes, string(code)+".message", string(code)+".remedy")
	}
	return map[string][]string{
		"phase.":              phases,
		"error.":              codes,
		"prompt.keyring.":     {"none", "locked", "no-bus"},
		"prompt.field.":       {"text", "password", "select", "new-password", "one-time"},
		"prompt.problem.":     {"expired", "not-yet-valid", "unknown-issuer", "name-mismatch", "self-signed", "usage"},
		"prompt.entry.error.": {"name", "taken", "address"},
	}
}

// usedKeys are the keys in the source of the window's packages.
func usedKeys(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && entry.Name() == "tray" {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			literal, ok := node.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(literal.Value); err == nil && keyPattern.MatchString(text) {
				used[text] = true
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for beginning, ends := range composed() {
		if !used[beginning] {
			t.Errorf("nothing in the source begins with %q any more", beginning)
		}
		delete(used, beginning)
		for _, end := range ends {
			used[beginning+end] = true
		}
	}
	return used
}

// TestEveryWordIsInTheCatalogue holds source and catalogue to each other.
func TestEveryWordIsInTheCatalogue(t *testing.T) {
	used := usedKeys(t)
	if len(used) < 80 {
		t.Fatalf("only %d keys were found in the source", len(used))
	}
	for _, language := range i18n.Languages() {
		texts, err := i18n.New(language)
		if err != nil {
			t.Fatal(err)
		}
		for key := range used {
			if !texts.Has(key) {
				t.Errorf("%s has no %s", language, key)
			}
		}
	}
	for _, key := range fileKeys(t, filepath.Join("..", "..", "i18n", "locales", "window.en.toml")) {
		if !used[key] {
			t.Errorf("nobody says %s", key)
		}
	}
}

// fileKeys are the keys of a message file.
func fileKeys(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	var keys []string
	var walk func(prefix string, table map[string]any)
	walk = func(prefix string, table map[string]any) {
		for name, value := range table {
			if below, ok := value.(map[string]any); ok {
				walk(prefix+name+".", below)
			} else {
				keys = append(keys, prefix+name)
			}
		}
	}
	walk("", tree)
	return keys
}
