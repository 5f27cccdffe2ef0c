package helperd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSerialNumber(t *testing.T) {
	const (
		product = "sys/class/dmi/id/product_serial"
		board   = "sys/class/dmi/id/board_serial"
		tree    = "proc/device-tree/serial-number"
	)
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"nothing", nil, ""},
		{"the machine's", map[string]string{product: "PF-2X9Y7Z\n", board: "L1HF\n"}, "PF-2X9Y7Z"},
		{"a maker without numbers", map[string]string{product: "To Be Filled By O.E.M.\n", board: "L1HF\n"}, "L1HF"},
		{"noughts", map[string]string{product: "0000-0000.00\n", board: " \n"}, ""},
		{"a board computer's, which ends with a zero byte", map[string]string{tree: "10000000abcdef\x00"}, "10000000abcdef"},
		{"rubbish", map[string]string{product: "a\x1bb\n", board: strings.Repeat("x", maxSerial+1)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range c.files {
				if err := os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := SerialNumber(root); got != c.want {
				t.Errorf("the serial number is %q, want %q", got, c.want)
			}
		})
	}
}
