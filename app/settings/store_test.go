package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"torii/tunnel"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDefaults(t *testing.T) {
	s := open(t, t.TempDir())
	for key, want := range map[string]string{
		BlockUntrustedServers: On, ExternalControl: "prompt", FIPSMode: Off, Revocation: RevocationSoft, Language: "", Theme: "system",
		OpenAtLogin: Off, CloseWindow: "ask", NotifyLost: On,
	} {
		if got, err := s.Get(key); err != nil || got.Value != want || got.Default != want {
			t.Errorf("%s is %+v, %v; want %q", key, got, err, want)
		}
	}
	if len(s.All()) != len(definitions()) {
		t.Errorf("the list has %d settings", len(s.All()))
	}
}

func TestSetOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, c := range []struct{ key, value, kept string }{
		{BlockUntrustedServers, "off", Off},
		{FIPSMode, "TRUE", On},
		{FIPSMode, " no ", Off},
		{ExternalControl, "Prompt", "prompt"},
		{Language, " fr_CA.UTF-8 ", "fr_CA.UTF-8"},
		{Language, "", ""},
		{Language, "ja", "ja"},
	} {
		if got, err := s.Set(c.key, c.value); err != nil || got.Value != c.kept {
			t.Errorf("%s = %q: %+v, %v", c.key, c.value, got, err)
		}
		if got, _ := open(t, dir).Get(c.key); got.Value != c.kept {
			t.Errorf("%s is %q after a restart, want %q", c.key, got.Value, c.kept)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "settings.json"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), FIPSMode) {
		t.Error("a default is in the file, and would not follow a later one")
	}
}

func TestWhatIsRefused(t *testing.T) {
	s := open(t, t.TempDir())
	for _, c := range []struct {
		key, value string
		want       tunnel.Code
	}{
		{"no-such-setting", On, tunnel.CodeNotFound},
		{FIPSMode, "perhaps", tunnel.CodeInvalid},
		{FIPSMode, "", tunnel.CodeInvalid},
		{Theme, "pink", tunnel.CodeInvalid},
		{Language, strings.Repeat("x", 36), tunnel.CodeInvalid},
		{Language, "../ja", tunnel.CodeInvalid},
		{Language, "\x1b[31m", tunnel.CodeInvalid},
	} {
		if _, err := s.Set(c.key, c.value); tunnel.CodeOf(err) != c.want {
			t.Errorf("%s = %q: %v, want %s", c.key, c.value, err, c.want)
		}
	}
}

func TestFilesThatAreNotOurs(t *testing.T) {
	for name, text := range map[string]string{
		"damaged": `{"version":1,`, "newer": `{"version":2,"values":{}}`, "older": `{"values":{}}`, "other": `[]`,
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "settings.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil {
			t.Errorf("a %s file was taken", name)
		}
		if now, _ := os.ReadFile(path); string(now) != text {
			t.Errorf("a %s file was changed", name)
		}
	}
}

func TestAValueOfAnotherVersionIsTheDefault(t *testing.T) {
	dir := t.TempDir()
	text := `{"version":1,"values":{"theme":"pink","unknown":"x","fips-mode":"on"}}`
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if got, _ := s.Get(Theme); got.Value != "system" {
		t.Errorf("theme is %q", got.Value)
	}
	if !s.On(FIPSMode) {
		t.Error("what is known was lost")
	}
}
