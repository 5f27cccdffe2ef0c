package welcome

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// TestEveryWordIsSaid holds source and catalogue to each other.
func TestEveryWordIsSaid(t *testing.T) {
	var tree map[string]any
	if _, err := toml.DecodeFile(filepath.Join("..", "..", "..", "i18n", "locales", "welcome.en.toml"), &tree); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	var walk func(prefix string, table map[string]any)
	walk = func(prefix string, table map[string]any) {
		for name, value := range table {
			if below, ok := value.(map[string]any); ok {
				walk(prefix+name+".", below)
			} else {
				known[prefix+name] = true
			}
		}
	}
	walk("", tree["welcome"].(map[string]any))
	said := map[string]bool{"again": true} // on the page Connections
	for _, way := range []string{"address", "link", "file", "practice"} {
		said["way."+way+".name"], said["way."+way+".about"], said["help."+way] = true, true, true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`\bw\.text\("([a-z.-]+[a-z])"`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range literal.FindAllStringSubmatch(string(source), -1) {
			said[found[1]] = true
		}
	}
	for key := range said {
		if !known[key] {
			t.Errorf("the catalogue has no welcome.%s", key)
		}
	}
	for key := range known {
		if !said[key] {
			t.Errorf("nobody says welcome.%s", key)
		}
	}
}
