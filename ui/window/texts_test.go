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
var keyPattern = regexp.MustCompile(`^(window|home|phase|prompt|error|nav|details|settings|about|diagnostics)((\.[a-z-]+)+|(\.[a-z-]+)*\.)$`)

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
	both := func(keys ...string) []string {
		var all []string
		for _, key := range keys {
			all = append(all, key+".name", key+".text")
		}
		return all
	}
	kept := []string{"block-untrusted-servers", "external-control", "revocation", "fips-mode", "open-at-login", "connect-when-opened", "close-window",
		"language", "theme", "notify-lost", "notify-reconnected", "notify-needs-you", "notify-expiry", "notify-failed"}
	return map[string][]string{
		"nav.page.":      {"home", "connections", "details", "diagnostics", "settings"},
		"nav.help.":      both("switch", "mark", "entry", "traffic"),
		"details.state.": {"disconnected", "connecting", "connected", "reconnecting", "disconnecting", "failed"},
		"details.fact.": {"state", "duration", "since", "ends", "entry", "first-name", "gateway", "server", "outside", "inside", "dns", "domains",
			"protocol", "transport", "cipher", "mtu", "interface", "proxy", "bytes-received", "bytes-sent", "packets-received", "packets-sent"},
		"details.span.":   {"minute", "ten", "hour"},
		"details.help.":   both("graph", "server", "transport", "routes", "copy"),
		"settings.group.": {"security", "start", "display", "notifications", "others", "stored"},
		"settings.name.":  kept, "settings.about.": kept,
		"settings.value.": {"external-control.enabled", "external-control.disabled", "external-control.prompt", "revocation.soft", "revocation.hard", "revocation.off",
			"close-window.ask", "close-window.keep", "close-window.quit", "theme.system", "theme.light", "theme.dark", "theme.contrast"},
		"settings.help.":         both("block", "external", "revocation", "fips", "close", "locked"),
		"about.":                 {"guide.title", "guide.text", "licences.title", "licences.text", "access.title", "access.text"},
		"about.key.":             {"screens", "settings", "new", "import", "disconnect", "move", "leave", "help", "close", "quit"},
		"diagnostics.":           {"helper.ok", "keyring.ok", "keyring.none", "keyring.locked", "keyring.no-bus", "notifications.ok", "notifications.none"},
		"diagnostics.help.":      both("system", "logs", "device"),
		"phase.":                 phases,
		"error.":                 codes,
		"prompt.keyring.":        {"none", "locked", "no-bus"},
		"prompt.field.":          {"text", "password", "select", "new-password", "one-time"},
		"prompt.consent.action.": {"create", "connect", "disconnect", "import-certificate", "import-localization", "import-profile"},
		"prompt.problem.": {"expired", "not-yet-valid", "unknown-issuer", "name-mismatch", "self-signed", "usage", "unreadable",
			"revoked", "revocation-unreachable", "certificate-changed"},
	}
}

// usedKeys are the keys in the source of the window's packages.
func usedKeys(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		// The tray's words are its own; Connections puts its keys together in a
		// way that its tests look after.
		if err != nil || entry.IsDir() && (entry.Name() == "tray" || entry.Name() == "connections") {
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
	for _, room := range []string{"window", "navigation", "details", "settings", "about", "diagnostics"} {
		for _, key := range fileKeys(t, filepath.Join("..", "..", "i18n", "locales", room+".en.toml")) {
			if !used[key] {
				t.Errorf("nobody says %s", key)
			}
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
			below, table := value.(map[string]any)
			if _, plural := below["other"].(string); table && !plural {
				walk(prefix+name+".", below)
			} else {
				keys = append(keys, prefix+name)
			}
		}
	}
	walk("", tree)
	return keys
}
