package autostart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSet(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	path := filepath.Join(config, "autostart", fileName)
	if err := set("/opt/torii/torii", false); err != nil {
		t.Errorf("switching off what is off: %v", err)
	}
	if err := set("/opt/torii/torii", true); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "[Desktop Entry]\n") || !strings.Contains(string(text), "\nExec=\"/opt/torii/torii\" --hidden\n") {
		t.Errorf("the file is\n%s", text)
	}
	if err := set("/opt/torii/torii", false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is still there")
	}
	for _, program := range []string{"torii", "/opt/line\nbreak"} {
		if err := set(program, true); err == nil {
			t.Errorf("%q was taken", program)
		}
	}
}

func TestQuote(t *testing.T) {
	for path, want := range map[string]string{
		"/opt/torii":      `"/opt/torii"`,
		"/home/a b/torii": `"/home/a b/torii"`,
		`/x/100%/$HOME`:   `"/x/100%%/\\$HOME"`,
		"/x/\"`":          "\"/x/\\\\\"\\\\`\"",
		`/x\y`:            `"/x\\\\y"`,
	} {
		if got := quote(path); got != want {
			t.Errorf("%s becomes %s, want %s", path, got, want)
		}
	}
}
